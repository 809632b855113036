#include "api/cli/load_commands.h"

#include <fmt/ranges.h>

#include "api/cli/api_client.h"
#include "api/cli/entity_fields.h"
#include "api/cli/known_names.h"
#include "api/cli/number_option.h"
#include "api/cli/text_table.h"
#include "core/base/error_names.h"

namespace millrace::cli {
namespace {

using Line = config::ClientLine;

constexpr auto kLoads = "/branches/default/loads";

// Committed rows are not yet in the table, or do not come by themselves.
std::string state_of(const Json& load) {
    auto state = text_at(load, {"state"});
    if (state != "committed" || member(load, {"isImported"}) == true) return state;
    const auto reason = printable(text_at(load, {"reason"}));
    if (member(load, {"setAside"}) == true) return "set aside: " + reason;
    if (member(load, {"discarded"}) == true) return "discarded: " + reason;
    return reason.empty() ? "committed, on its way" : "failing: " + reason;
}

Result<void> list(const Line& line, Output& out) {
    TRY_ASSIGN(const auto limit, number_option(line, "limit"));
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    std::string path = kLoads;
    if (const auto label = line.value("label")) path += "?label=" + encoded(*label);
    const auto most = limit.value_or(kUsualLimit);
    TRY_ASSIGN(const auto loads, api.list(path, "loads", most));
    if (line.has("json")) return out.print(to_array(loads));
    if (loads.empty()) {
        const auto label = line.value("label");
        return out.print(
            label ? fmt::format("No load has the label {}, or no longer; millrace load list "
                                "shows all.\n",
                                printable(*label))
                  : "There is no load, or no longer.\n");
    }
    TextTable table{.heads = {"LOAD", "LABEL", "TABLE", "STATE", "ROWS", "LEFT OUT", "BEGUN"},
                    .rows = {},
                    .is_number = {true, false, false, false, true, true, false},
                    .least = {kWhole, kWhole, kWhole, kSentence}};
    for (const auto& load : loads) {
        table.rows.push_back(
            {text_at(load, {"loadId"}), text_at(load, {"label"}), text_at(load, {"tableId"}),
             state_of(load), grouped(count_at(load, {"rows"})),
             grouped(count_at(load, {"filteredRows"})), text_at(load, {"begunAt"})});
    }
    TRY(out.print(render(table, Output::width())));
    if (loads.size() < most) return {};
    TRY(out.flush());
    Progress().say(fmt::format("The oldest {}; more by --limit", loads.size()));
    return {};
}

// By its number, or else by its label.
Result<Json> find_load(ApiClient& api, const std::string& wanted) {
    auto found = api.get(fmt::format("{}/{}", kLoads, encoded(wanted)), "loadId");
    if (found.ok() || found.error().name() != error_names::kLoadNotFound) return found;
    TRY_ASSIGN(const auto labelled,
               api.list(fmt::format("{}?label={}", kLoads, encoded(wanted)), "loads"));
    if (labelled.size() > 1) {
        std::vector<std::string> labels;
        for (const auto& load : labelled) labels.push_back(text_at(load, {"label"}));
        return Error(Code::conflict,
                     fmt::format("{} loads have the label \"{}\": {}. Name the one that is meant.",
                                 labels.size(), wanted, fmt::join(labels, ", ")));
    }
    if (!labelled.empty()) {
        return api.get(fmt::format("{}/{}", kLoads, text_at(labelled.front(), {"loadId"})),
                       "loadId");
    }
    const auto all = api.list(kLoads, "loads");
    if (!all.ok()) return found;
    KnownNames known{.names = {}, .remedy = {}};
    for (const auto& load : all.value()) known.names.push_back(text_at(load, {"label"}));
    for (const auto& load : all.value()) known.names.push_back(text_at(load, {"loadId"}));
    return with_names(
        Error(Code::not_found,
              fmt::format("No load has the number or the label \"{}\", or no longer.", wanted))
            .named(error_names::kLoadNotFound),
        wanted, known);
}

Result<void> get(const Line& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto load, find_load(api, line.operands[0]));
    if (line.has("json")) return out.print(to_line(load));
    std::string text = fmt::format(
        "load      {}\nlabel     {}\ntable     {}\ntarget    {}\nstate     {}\nrows      {}\n"
        "bytes     {}\nleft out  {}\nbegun     {}\n",
        text_at(load, {"loadId"}), printable(text_at(load, {"label"})), text_at(load, {"tableId"}),
        text_at(load, {"target"}), state_of(load), grouped(count_at(load, {"rows"})),
        grouped(count_at(load, {"bytes"})), grouped(count_at(load, {"filteredRows"})),
        text_at(load, {"begunAt"}));
    if (const auto ended = text_at(load, {"endedAt"}); !ended.empty()) {
        text += fmt::format("ended     {}\n", ended);
    }
    const bool is_committed = text_at(load, {"state"}) == "committed";  // its state has the reason
    if (const auto why = text_at(load, {"reason"}); !why.empty() && !is_committed) {
        text += fmt::format("reason    {}\n", printable(why));
    }
    for (const auto& [name, value] : member(load, {"info"}).items()) {
        if (!value.is_structured()) {
            text += fmt::format("{:<8}  {}\n", printable(name), printable(text_of(value)));
        }
    }
    TRY(out.print(text));
    auto log = text_at(load, {"errorLog"});
    if (log.empty()) return {};
    TRY(out.print("\nRows that were left out:\n"));
    for (std::string_view rest = log; !rest.empty();) {
        const auto row = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), row.size() + 1));
        TRY(out.print(printable(row) + "\n"));
    }
    return {};
}

// What is to become of the rows of a load that do not come into their table.
Result<void> act(const Line& line, Output& out, std::string_view call,
                 const std::optional<Json>& body = {}) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto load, find_load(api, line.operands[0]));
    const auto number = text_at(load, {"loadId"});
    TRY_ASSIGN(const auto file,
               api.post(fmt::format("{}/{}/file/{}", kLoads, number, call), body, "fileId"));
    if (line.has("json")) return out.print(to_line(file));
    return out.print(fmt::format("The file of load {} {}.\n", number, file_outcome(file)));
}

Result<void> retry(const Line& line, Output& out) {
    return act(line, out, "retry");
}

Result<void> set_aside(const Line& line, Output& out) {
    return act(line, out, "set-aside", Json{{"reason", *line.value("reason")}});
}

Result<void> restore(const Line& line, Output& out) {
    return act(line, out, "restore");
}

Result<void> discard(const Line& line, Output& out) {
    return act(line, out, "discard");
}

}  // namespace

std::vector<ClientCommand> load_commands() {
    return {
        {.spec = {.words = "load list",
                  .sentence = "Lists loads that are under way, and those that ended not long ago.",
                  .options = {{.name = "label",
                               .placeholder = "LABEL",
                               .sentence =
                                   "Only those with that label, with its database or without."},
                              kLimit,
                              kJson},
                  .example = "millrace load list"},
         .run = list},
        {.spec = {.words = "load get",
                  .sentence = "Shows a load, with the rows that it has left out and why.",
                  .operands = {"LOAD"},
                  .options = {kJson},
                  .example = "millrace load get 17"},
         .run = get},
        {.spec = {.words = "load retry",
                  .sentence = "Tries the import of the rows of a load now.",
                  .operands = {"LOAD"},
                  .options = {kJson},
                  .example = "millrace load retry 17"},
         .run = retry},
        {.spec = {.words = "load set-aside",
                  .sentence = "Takes the rows of a load out of the way of later ones.",
                  .operands = {"LOAD"},
                  .options = {{.name = "reason",
                               .placeholder = "TEXT",
                               .sentence = "Why; it is shown with the load.",
                               .is_required = true},
                              kJson},
                  .example = "millrace load set-aside 17 --reason \"column total is too narrow\""},
         .run = set_aside},
        {.spec = {.words = "load restore",
                  .sentence = "Imports the rows of a load that were set aside after all.",
                  .operands = {"LOAD"},
                  .options = {kJson},
                  .example = "millrace load restore 17"},
         .run = restore},
        {.spec = {.words = "load discard",
                  .sentence = "Deletes the rows of a load that were set aside, for good.",
                  .operands = {"LOAD"},
                  .options = {kJson},
                  .example = "millrace load discard 17"},
         .run = discard},
    };
}

}  // namespace millrace::cli
