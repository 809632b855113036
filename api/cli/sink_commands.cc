#include "api/cli/sink_commands.h"

#include "api/cli/api_client.h"
#include "api/cli/column_argument.h"
#include "api/cli/known_names.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kNameMax = 40;  // of the API; an id may be longer

std::string sinks_path(std::string_view source) {
    return source_path(source) + "/sinks";
}

std::string state_of(const Json& sink) {
    return member(sink, {"disabled"}).is_null() ? "enabled" : "disabled";
}

// Where a column gets its value from.
std::string origin_of(const Json& column) {
    const auto type = text_at(column, {"type"});
    if (type == "path") return text_at(column, {"path"});
    if (type == "template") return text_at(column, {"template", "content"});
    return "@" + type;
}

std::string remarks_of(const Json& column) {
    if (member(column, {"primaryKey"}) == true) return "key";
    if (text_at(column, {"type"}) == "path" && member(column, {"defaultValue"}).is_null()) {
        return "required";
    }
    return {};
}

Result<void> create(const config::ClientLine& line, Output& out) {
    auto columns = Json::array();
    for (const auto& argument : line.values("column")) {
        auto column = parse_column(argument);
        if (!column.ok()) return wrong_usage(line, column.error().client_text());
        columns.push_back(std::move(column).value());
    }
    const auto& source = line.operands[0];
    const auto& id = line.operands[1];
    Json body = {{"sinkId", id},
                 {"name", line.value("name").value_or(id.substr(0, kNameMax))},
                 {"type", "table"},
                 {"table",
                  {{"type", "keboola"},
                   {"tableId", *line.value("table")},
                   {"mapping", {{"columns", columns}}}}}};
    if (const auto target = line.value("target")) body["table"]["target"] = *target;
    if (line.has("add-columns")) body["table"]["addColumns"] = true;

    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto done = api.change("POST", sinks_path(source), body);
    if (!done.ok()) return with_what_there_is(api, done.error(), source);
    const auto made = text_at(done.value(), {"outputs", "sinkId"});
    if (!line.has("json")) {
        if (made != id) Progress().say(fmt::format("millrace: the sink has the id {}", made));
        return out.print(text_at(done.value(), {"result"}) + "\n");
    }
    TRY_ASSIGN(const auto sink, api.get_sink(source, made));
    return out.print(to_line(sink));
}

Result<void> list(const config::ClientLine& line, Output& out) {
    const auto& source = line.operands[0];
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto sinks = api.list(sinks_path(source), "sinks");
    if (!sinks.ok()) return with_what_there_is(api, sinks.error(), source);
    if (line.has("json")) return out.print(to_array(sinks.value()));
    if (sinks.value().empty()) {
        return out.print(fmt::format("The source {} has no sink yet: millrace sink create --help\n",
                                     printable(source)));
    }
    TextTable table{.heads = {"SINK", "NAME", "STATE", "TABLE", "COLUMNS"},
                    .rows = {},
                    .is_number = {false, false, false, false, true},
                    .least = {kWhole, 0, 0, kWhole}};
    for (const auto& sink : sinks.value()) {
        table.rows.push_back(
            {text_at(sink, {"sinkId"}), text_at(sink, {"name"}), state_of(sink),
             text_at(sink, {"table", "tableId"}),
             fmt::format("{}", member(sink, {"table", "mapping", "columns"}).size())});
    }
    return out.print(render(table, Output::width()));
}

Result<void> get(const config::ClientLine& line, Output& out) {
    const auto& source = line.operands[0];
    const auto& id = line.operands[1];
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto found = api.get_sink(source, id);
    if (!found.ok()) return with_what_there_is(api, found.error(), source, id);
    const auto& sink = found.value();
    if (line.has("json")) return out.print(to_line(sink));

    TextTable columns{.heads = {"COLUMN", "TYPE", "FROM", ""}, .rows = {}, .is_number = {}};
    for (const auto& column : member(sink, {"table", "mapping", "columns"})) {
        const auto type = text_at(column, {"dataType"});
        columns.rows.push_back({text_at(column, {"name"}), type.empty() ? "STRING" : type,
                                origin_of(column), remarks_of(column)});
    }
    return out.print(fmt::format(
        "sink     {}\nsource   {}\nname     {}\nstate    {}\ntable    {}\ntarget   {}\n"
        "created  {}\nversion  {}\n\n{}",
        text_at(sink, {"sinkId"}), text_at(sink, {"sourceId"}), printable(text_at(sink, {"name"})),
        state_of(sink), text_at(sink, {"table", "tableId"}), text_at(sink, {"table", "target"}),
        text_at(sink, {"created", "at"}), text_at(sink, {"version", "number"}),
        render(columns, Output::width())));
}

// Of the commands that are a task on one sink.
Result<void> run_task(const config::ClientLine& line, Output& out, const std::string& method,
                      const std::string& behind) {
    const auto& source = line.operands[0];
    const auto& sink = line.operands[1];
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto done = api.change(method, sink_path(source, sink) + behind);
    if (!done.ok()) return with_what_there_is(api, done.error(), source, sink);
    if (line.has("json")) return out.print(to_line(done.value()));
    return out.print(text_at(done.value(), {"result"}) + "\n");
}

Result<void> remove(const config::ClientLine& line, Output& out) {
    return run_task(line, out, "DELETE", "");
}

Result<void> flush(const config::ClientLine& line, Output& out) {
    return run_task(line, out, "POST", "/flush");
}

}  // namespace

std::vector<ClientCommand> sink_commands() {
    return {
        {.spec = {.words = "sink create",
                  .sentence = "Makes a sink: every event of the source becomes a row of a table.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {{.name = "table",
                               .placeholder = "TABLE",
                               .sentence = "Where the rows go: in.c-BUCKET.NAME.",
                               .is_required = true},
                              {.name = "column",
                               .placeholder = "NAME=PATH[:TYPE][:key][:required]",
                               .sentence =
                                   "A column with the value at PATH of the event, or of @datetime, "
                                   "@uuid, @ip, @body, @headers. TYPE is STRING, INTEGER, DECIMAL, "
                                   "DOUBLE, BOOLEAN, DATE, TIMESTAMP or JSON. The last row of a "
                                   "key counts.",
                               .is_repeated = true,
                               .is_required = true},
                              {.name = "name",
                               .placeholder = "NAME",
                               .sentence = "What people call it. Default: SINK."},
                              {.name = "target",
                               .placeholder = "TARGET",
                               .sentence = "A configured target. Default: default."},
                              {.name = "add-columns",
                               .placeholder = {},
                               .sentence = "Adds columns that a table which is there lacks."},
                              kJson},
                  .example = "millrace sink create shop orders --table in.c-shop.orders \\\n"
                             "    --column id=order.id:INTEGER:key --column at=@datetime"},
         .run = create},
        {.spec = {.words = "sink list",
                  .sentence = "Lists the sinks of a source.",
                  .operands = {"SOURCE"},
                  .options = {kJson},
                  .example = "millrace sink list shop"},
         .run = list},
        {.spec = {.words = "sink get",
                  .sentence = "Shows a sink with its columns.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {kJson},
                  .example = "millrace sink get shop orders"},
         .run = get},
        {.spec = {.words = "sink delete",
                  .sentence = "Deletes a sink; its table stays.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {kJson},
                  .example = "millrace sink delete shop orders"},
         .run = remove},
        {.spec = {.words = "flush",
                  .sentence = "Brings all rows that a sink has accepted to its table, now.",
                  .operands = {"SOURCE", "SINK"},
                  .options = {kJson},
                  .example = "millrace flush shop orders"},
         .run = flush},
    };
}

}  // namespace millrace::cli
