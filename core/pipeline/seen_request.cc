#include "core/pipeline/seen_request.h"

#include <algorithm>

#include "core/base/client_text.h"
#include "core/pipeline/secret_names.h"

namespace millrace::pipeline {
namespace {

constexpr std::size_t kBodyMax = 4 << 10;
constexpr std::size_t kHeadersMax = 4 << 10;  // of names and values together
constexpr std::size_t kQueryMax = 1 << 10;
constexpr std::size_t kTextMax = 256;  // of the other texts

std::vector<SeenHeader> see_headers(std::span<const RequestHeader> headers) {
    std::vector<SeenHeader> seen;
    seen.reserve(headers.size());
    std::size_t room = kHeadersMax;
    for (const auto& header : headers) {
        const bool is_masked = is_secret_header(header.name);
        const auto value = is_masked ? std::string_view() : header.value;
        if (header.name.size() + value.size() > room) break;
        room -= header.name.size() + value.size();
        seen.push_back({.name = std::string(header.name),
                        .value = with_masked_url(value),
                        .is_masked = is_masked});
    }
    return seen;
}

}  // namespace

std::size_t SeenRequest::bytes() const {
    auto bytes = sizeof(SeenRequest) + client_ip.size() + content_type.size() + query.size() +
                 body.size() + receipt.size() + (place ? place->topic.size() : 0);
    for (const auto& header : headers) {
        bytes += sizeof(SeenHeader) + header.name.size() + header.value.size();
    }
    for (const auto& sink : sinks) bytes += sizeof(SinkId) + sink.value.size();
    for (const auto& sink : outcome.sinks) {
        bytes += sizeof(SinkOutcome);
        for (const auto& problem : sink.problems) {
            bytes += sizeof(RecordProblem) + problem.error.client_text().size();
        }
    }
    return bytes;
}

SeenEnd end_of(const SeenRequest& request) {
    const auto& outcome = request.outcome;
    if (request.is_duplicate) return SeenEnd::duplicate;
    if (outcome.error)
        return is_fault_of_service(*outcome.error) ? SeenEnd::failed : SeenEnd::refused;
    const auto takes_some = [](const SinkOutcome& sink) { return sink.accepted > 0; };
    const auto lacks_some = [](const SinkOutcome& sink) { return sink.rejected > 0; };
    if (std::ranges::any_of(outcome.sinks, lacks_some)) {
        if (std::ranges::any_of(outcome.sinks, takes_some)) return SeenEnd::partly;
        for (const auto& sink : outcome.sinks) {
            if (!sink.problems.empty() && is_fault_of_service(sink.problems.front().error)) {
                return SeenEnd::failed;
            }
        }
        return SeenEnd::refused;
    }
    return outcome.kept > 0 ? SeenEnd::kept : SeenEnd::accepted;
}

std::string_view to_string(SeenEnd end) {
    switch (end) {
        case SeenEnd::accepted:
            return "accepted";
        case SeenEnd::partly:
            return "partly";
        case SeenEnd::kept:
            return "kept";
        case SeenEnd::refused:
            return "refused";
        case SeenEnd::failed:
            return "failed";
        case SeenEnd::duplicate:
            return "duplicate";
    }
    return "failed";
}

SeenRequest see(const Record& record) {
    SeenRequest seen;
    seen.arrived_at = record.arrived_at;
    seen.client_ip = record.client_ip.substr(0, kTextMax);
    seen.content_type = record.content_type.substr(0, kTextMax);
    seen.query = with_masked_parameters(record.query.substr(0, kQueryMax));
    seen.headers = see_headers(record.headers);
    if (record.message != nullptr) {
        seen.place = SeenPlace{.topic = std::string(record.message->topic),
                               .partition = record.message->partition,
                               .offset = record.message->offset};
        if (record.message->is_tombstone) return seen;
    }
    seen.body_bytes = record.body.size();
    seen.body = record.body.substr(0, kBodyMax);
    return seen;
}

}  // namespace millrace::pipeline
