#include "api/cli/tap_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "api/cli/readable.h"
#include "api/cli/terminal.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

Colour colour_of(std::string_view status) {
    if (status == "accepted") return Colour::green;
    if (status == "refused" || status == "failed") return Colour::red;
    return Colour::yellow;
}

// "03:04:05.678" of "2026-11-30T03:04:05.678Z"
std::string time_of(const Json& request) {
    const auto at = text_at(request, {"at"});
    return at.size() == 24 ? at.substr(11, 12) : at;
}

// Where the records went.
std::string sinks_of(const Json& request) {
    std::vector<std::string> names;
    for (const auto& sink : member(request, {"sinks"})) {
        if (count_at(sink, {"accepted"}) + count_at(sink, {"kept"}) == 0) continue;
        const bool is_kept = count_at(sink, {"accepted"}) == 0;
        names.push_back(text_at(sink, {"sinkId"}) + (is_kept ? " (reject)" : ""));
    }
    return names.empty() ? "" : fmt::format("-> {}", fmt::join(names, ", "));
}

// Who sent it; where it is, if it is a message of a topic.
std::string origin_of(const Json& request) {
    if (!member(request, {"kafka"}).is_object()) return text_at(request, {"clientIp"});
    return fmt::format("{}/{}/{}", text_at(request, {"kafka", "topic"}),
                       text_at(request, {"kafka", "partition"}),
                       text_at(request, {"kafka", "offset"}));
}

std::string outcome_of(const Json& request) {
    const auto status = text_at(request, {"status"});
    auto text = sinks_of(request);
    if (status == "accepted" || status == "duplicate") return text;
    const auto message = text_at(request, {"message"});
    const auto error = text_at(request, {"error"});
    const auto why = message.empty() ? error : fmt::format("{} ({})", message, error);
    return text.empty() || why.empty() ? text + why : fmt::format("{}; {}", text, why);
}

std::string body_of(const Json& request) {
    if (member(request, {"isBodyHidden"}) == true) {
        return "(an admin's token shows the body)";
    }
    const bool is_text = member(request, {"body"}).is_string();
    auto text = is_text ? text_at(request, {"body"}) : "base64 " + text_at(request, {"bodyBase64"});
    if (member(request, {"isBodyCut"}) == true) text += " …";
    return printable(text);
}

}  // namespace

std::string tap_lines(const Json& request, const TapView& view) {
    const auto cut = [&](const std::string& line) {
        return view.width == 0 ? line : cut_to(line, view.width);
    };
    const auto status = text_at(request, {"status"});
    const auto first = cut(printable(fmt::format(
        "{}  {:<9}  {:>3}  {}  {}  {}  {}", time_of(request), status,
        text_at(request, {"statusCode"}), counted(count_at(request, {"records"}), "record"),
        readable_bytes(static_cast<double>(count_at(request, {"bodyBytes"}))), origin_of(request),
        outcome_of(request))));
    auto text = coloured(first, colour_of(status)) + "\n";
    for (const auto& sink : member(request, {"sinks"})) {
        for (const auto& problem : member(sink, {"problems"})) {
            const auto* const noun = problem.contains("line") ? "line" : "record";
            text += cut(printable(fmt::format("    {}, {} {}: {}", text_at(sink, {"sinkId"}), noun,
                                              text_at(problem, {noun}),
                                              text_at(problem, {"message"})))) +
                    "\n";
        }
    }
    if (view.has_body) text += cut("    " + body_of(request)) + "\n";
    return text;
}

}  // namespace millrace::cli
