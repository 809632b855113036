#include "api/ingest/outcome_answer.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "api/doors/door_answer.h"
#include "api/doors/remembered_outcome.h"
#include "api/ingest/report.h"
#include "core/model/http_settings.h"

namespace millrace::ingest {

namespace {

// With the body that the source wants.
http::Answer success_of(const pipeline::Request& request) {
    const auto settings = resolve_http_settings(request.route->kind_settings);
    if (settings.answer_body.empty()) return http::text_answer(status_of(request), "OK");
    return {.status = status_of(request),
            .media = http::Media::none,
            .headers = fmt::format("Content-Type: {}\r\n", settings.answer_type),
            .body = settings.answer_body};
}

}  // namespace

void answer_outcome(http::ResponseWriter& writer, const pipeline::Request& request,
                    const pipeline::Place& place, bool verbose, doors::ReceiptLines& receipts) {
    const auto& outcome = request.outcome;
    if (outcome.error)
        return writer.reply(doors::error_answer(*outcome.error, outcome.retry_after));
    std::string_view headers;
    if (outcome.is_stored) headers = receipts.of(request, place);
    if (request.route->sinks.empty()) headers = doors::kAckNone;
    if (!needs_report(request, verbose)) {
        if (request.route->kind_settings.empty()) {
            return writer.reply_ok(status_of(request), headers);
        }
        auto answer = success_of(request);
        answer.headers += headers;
        return writer.reply(answer);
    }
    auto all = report(request);
    all.headers += headers;
    writer.reply(all);
}

std::string outcome_to_remember(const pipeline::Request& request, bool verbose) {
    const auto answer = needs_report(request, verbose) ? report(request) : success_of(request);
    return doors::encode_outcome(answer, request.outcome.records);
}

std::uint64_t answer_again(http::ResponseWriter& writer, const std::string& remembered) {
    auto first = doors::decode_outcome(remembered);
    if (!first) {
        writer.reply(
            doors::error_answer(Error(Code::corrupt, "what was remembered cannot be read")));
        return 0;
    }
    writer.reply(doors::replayed(std::move(first->answer)));
    return first->records;
}

}  // namespace millrace::ingest
