#include "api/doors/refusal_log.h"

#include <string_view>
#include <utility>

#include "api/log/log.h"
#include "core/base/error_names.h"

namespace millrace::doors {
namespace {

constexpr std::size_t kSourcesMax = 1000;  // beyond them those without a line of late are forgotten

bool is_mistake(const Error& error) {
    return error.code() == Code::invalid || error.code() == Code::too_large;
}

std::string reason_of(const Error& error) {
    const auto& text = error.client_text();
    const bool may_quote = error.name() == error_names::kInInvalidValue ||
                           error.name() == error_names::kInTemplateFailed;
    return may_quote ? text.substr(0, text.find("\": ") + 1) : text;
}

}  // namespace

std::optional<RefusedRecord> refused_in(const pipeline::Request& request) {
    const auto& outcome = request.outcome;
    const auto& route = *request.route;
    const auto refused = [&](const Error& error, std::string_view sink) {
        return RefusedRecord{.source = route.key.source.value,
                             .sink = std::string(sink),
                             .error = error.name(),
                             .reason = reason_of(error)};
    };
    if (outcome.error) {
        if (!is_mistake(*outcome.error)) return {};
        return refused(*outcome.error, {});
    }
    for (std::size_t i = 0; i < outcome.sinks.size(); ++i) {
        const auto& sink = outcome.sinks[i];
        if (sink.rejected == 0 || sink.problems.empty()) continue;
        const auto& error = sink.problems.front().error;
        if (is_mistake(error)) return refused(error, route.sinks[i].sink.value);
    }
    return {};
}

std::optional<std::uint64_t> RefusalLog::turn(const std::string& source, SteadyTime now) {
    return sources_.with([&](BySource& sources) -> std::optional<std::uint64_t> {
        const auto found = sources.find(source);
        if (found != sources.end() && now < found->second.last + kEvery) {
            ++found->second.left_out;
            return {};
        }
        if (found == sources.end() && sources.size() >= kSourcesMax) {
            std::erase_if(sources,
                          [&](const auto& one) { return now >= one.second.last + kEvery; });
        }
        auto& turns = sources[source];
        turns.last = now;
        return std::exchange(turns.left_out, 0);
    });
}

void RefusalLog::note_signature(const std::string& source, std::string_view reason) {
    const auto left_out = turn(source, clock_.steady());
    if (!left_out) return;
    log::info("signature_refused",
              {{"source", source}, {"reason", std::string(reason)}, {"left_out", *left_out}});
}

void RefusalLog::tell(const pipeline::Request& request) {
    const auto refused = refused_in(request);
    if (!refused) return;
    const auto left_out = turn(refused->source, clock_.steady());
    if (!left_out) return;
    log::info("record_refused", {{"source", refused->source},
                                 {"sink", refused->sink},
                                 {"error", refused->error},
                                 {"reason", refused->reason},
                                 {"left_out", *left_out}});
}

}  // namespace millrace::doors
