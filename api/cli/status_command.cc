#include "api/cli/status_command.h"

#include "api/cli/api_client.h"
#include "api/cli/readable.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

std::uint64_t rows_at(const Json& sink, std::string_view level) {
    return count_at(sink, {"statistics", "levels", level, "recordsCount"});
}

// Why a file of the sink does not come in; empty where all go well.
std::string failure_of(const Json& sink) {
    for (const auto& file : member(sink, {"statistics", "files"})) {
        if (const auto why = text_at(file, {"retryReason"}); !why.empty()) return why;
    }
    return {};
}

Json summary_of(const Json& source, const Json& sink) {
    return {{"sourceId", text_at(source, {"sourceId"})},
            {"sinkId", text_at(sink, {"sinkId"})},
            {"tableId", text_at(sink, {"table", "tableId"})},
            {"enabled", member(sink, {"disabled"}).is_null()},
            {"waiting", rows_at(sink, "local") + rows_at(sink, "staging")},
            {"inTable", rows_at(sink, "target")},
            {"failure", failure_of(sink)}};
}

std::string state_of(const Json& summary) {
    if (const auto failure = text_at(summary, {"failure"}); !failure.empty()) {
        return "failing: " + failure;
    }
    return member(summary, {"enabled"}) == true ? "ok" : "disabled";
}

TextTable table_of(const std::vector<Json>& sinks) {
    TextTable table{.heads = {"SOURCE", "SINK", "TABLE", "WAITING", "IN TABLE", "STATE"},
                    .rows = {},
                    .is_number = {false, false, false, true, true, false}};
    for (const auto& sink : sinks) {
        table.rows.push_back({text_at(sink, {"sourceId"}), text_at(sink, {"sinkId"}),
                              text_at(sink, {"tableId"}), grouped(count_at(sink, {"waiting"})),
                              grouped(count_at(sink, {"inTable"})), state_of(sink)});
    }
    return table;
}

// Rather than rows out of their tables.
bool keeps_records_out(const Json& failing) {
    const auto kind = text_at(failing, {"kind"});
    return kind == "volume" || kind == "source";
}

// A line for each volume that does not serve, or is full, and for each source that gets nothing.
std::string troubles_of(const Json& volumes, const Json& overview) {
    std::string text;
    for (const auto& volume : member(volumes, {"volumes"})) {
        const auto standing = text_at(volume, {"standing"});
        if (standing.empty() || standing == "serving") continue;
        text += fmt::format("Volume {}: {}\n", text_at(volume, {"name"}), standing);
    }
    for (const auto& failing : member(overview, {"failing"})) {
        if (!keeps_records_out(failing)) continue;
        const auto source = text_at(failing, {"sourceId"});
        text += fmt::format("{}{} {}\n", source.empty() ? "" : "Source " + printable(source) + ": ",
                            printable(text_at(failing, {"reason"})),
                            printable(text_at(failing, {"remedy"})));
    }
    return text;
}

// A line for each table whose rows do not come by themselves, and for those of loads that fail: the
// table of sinks below has neither.
std::string stuck_of(const Json& overview) {
    std::string text;
    for (const auto& failing : member(overview, {"failing"})) {
        const auto kind = text_at(failing, {"kind"});
        if (keeps_records_out(failing)) continue;
        const bool is_aside = kind == "setAside";
        const bool is_of_sink = !text_at(failing, {"sinkId"}).empty();
        if (is_of_sink && !is_aside) continue;
        text += fmt::format("{} of {}{}: {}\n", counted(count_at(failing, {"waitingRows"}), "row"),
                            printable(text_at(failing, {"tableId"})),
                            is_aside ? " set aside" : ", failing",
                            printable(text_at(failing, {"reason"})));
    }
    return text;
}

Result<void> status(const config::ClientLine& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto sources, api.list("/branches/default/aggregation/sources", "sources"));
    TRY_ASSIGN(const auto volumes, api.get("/volumes", "volumes"));
    TRY_ASSIGN(const auto overview, api.get("/overview", "failing"));
    std::vector<Json> sinks;
    std::uint64_t waiting = 0;
    for (const auto& source : sources) {
        for (const auto& sink : member(source, {"sinks"})) {
            sinks.push_back(summary_of(source, sink));
            waiting += count_at(sinks.back(), {"waiting"});
        }
    }
    if (line.has("json")) {
        return out.print(to_line({{"api", api.url()},
                                  {"sources", sources.size()},
                                  {"waiting", waiting},
                                  {"sinks", sinks},
                                  {"failing", member(overview, {"failing"})},
                                  {"volumes", member(volumes, {"volumes"})}}));
    }
    const auto head =
        fmt::format("{}, {}, {} wait ({})", counted(sources.size(), "source"),
                    counted(sinks.size(), "sink"), counted(waiting, "row"), api.url());
    const auto width = Output::width();
    TRY(out.print((width == 0 ? head : cut_to(head, width)) + "\n"));
    TRY(out.print(troubles_of(volumes, overview)));
    TRY(out.print(stuck_of(overview)));
    if (sinks.empty()) return {};
    return out.print("\n" + render(table_of(sinks), Output::width()));
}

}  // namespace

ClientCommand status_command() {
    return {.spec = {.words = "status",
                     .sentence = "Shows sources and sinks, and how many rows wait.",
                     .options = {kJson},
                     .example = "millrace status"},
            .run = status};
}

}  // namespace millrace::cli
