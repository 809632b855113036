#include "api/cli/table_commands.h"

#include "api/cli/api_client.h"
#include "api/cli/known_names.h"
#include "api/cli/table_column.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

using Line = config::ClientLine;

Result<void> list(const Line& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto tables, api.list(tables_path(), "tables"));
    if (line.has("json")) return out.print(to_array(tables));
    if (tables.empty()) {
        return out.print("There is no table but those of sinks: millrace table create --help\n");
    }
    TextTable table{.heads = {"TABLE", "TARGET", "KIND", "COLUMNS", "CREATED"},
                    .rows = {},
                    .is_number = {false, false, false, true, false},
                    .least = {kWhole}};
    for (const auto& one : tables) {
        table.rows.push_back(
            {text_at(one, {"tableId"}), text_at(one, {"target"}), text_at(one, {"kind"}),
             fmt::format("{}", member(one, {"columns"}).size()), text_at(one, {"created", "at"})});
    }
    return out.print(render(table, Output::width()));
}

std::string text_of_table(const Json& table) {
    TextTable columns{.heads = {"COLUMN", "TYPE", ""}, .rows = {}, .is_number = {}};
    for (const auto& column : member(table, {"columns"})) {
        const bool is_key = member(column, {"primaryKey"}) == true;
        const bool is_required = member(column, {"nullable"}) == false;
        columns.rows.push_back({text_at(column, {"name"}), text_at(column, {"dataType"}),
                                is_key        ? "key"
                                : is_required ? "required"
                                              : ""});
    }
    return fmt::format("table    {}\ntarget   {}\nkind     {}\ncreated  {}\n\n{}",
                       text_at(table, {"tableId"}), text_at(table, {"target"}),
                       text_at(table, {"kind"}), text_at(table, {"created", "at"}),
                       render(columns, Output::width()));
}

Result<void> get(const Line& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto found = api.get(table_path(line.operands[0]), "tableId");
    if (!found.ok()) return with_made_tables(api, found.error(), line.operands[0]);
    return out.print(line.has("json") ? to_line(found.value()) : text_of_table(found.value()));
}

Result<void> create(const Line& line, Output& out) {
    Json body = {{"tableId", line.operands[0]}, {"columns", Json::array()}};
    for (const auto& argument : line.values("column")) {
        auto column = parse_table_column(argument);
        if (!column.ok()) return wrong_usage(line, column.error().client_text());
        body["columns"].push_back(std::move(column).value());
    }
    if (const auto target = line.value("target")) body["target"] = *target;
    if (const auto kind = line.value("kind")) body["kind"] = *kind;
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto table, api.post(tables_path(), body, "tableId"));
    return out.print(line.has("json")
                         ? to_line(table)
                         : fmt::format("The table {} is there.\n", text_at(table, {"tableId"})));
}

Result<void> remove(const Line& line, Output& out) {
    const auto& table = line.operands[0];
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    const auto* const query = line.has("force") ? "?force=true" : "";
    const auto done = api.remove(table_path(table) + query);
    if (!done.ok()) return with_made_tables(api, done.error(), table);
    if (line.has("json")) return out.print(to_line({{"tableId", table}, {"deleted", true}}));
    return out.print(fmt::format("The table {} is dropped.\n", table));
}

}  // namespace

std::vector<ClientCommand> table_commands() {
    return {
        {.spec = {.words = "table list",
                  .sentence = "Lists the tables that were made to load into.",
                  .options = {kJson},
                  .example = "millrace table list"},
         .run = list},
        {.spec = {.words = "table get",
                  .sentence = "Shows such a table, with its columns.",
                  .operands = {"TABLE"},
                  .options = {kJson},
                  .example = "millrace table get in.c-shop.stock"},
         .run = get},
        {.spec = {.words = "table create",
                  .sentence = "Makes a table to load into, without a source.",
                  .operands = {"TABLE"},
                  .options = {{.name = "column",
                               .placeholder = "NAME[:TYPE][:key][:required]",
                               .sentence = "A column. TYPE is STRING, INTEGER, DECIMAL, DOUBLE, "
                                           "BOOLEAN, DATE, TIMESTAMP or JSON. One that is required "
                                           "takes no NULL.",
                               .is_repeated = true,
                               .is_required = true},
                              {.name = "target",
                               .placeholder = "TARGET",
                               .sentence = "A configured target. Default: default."},
                              {.name = "kind",
                               .placeholder = "KIND",
                               .sentence = "logical or standalone: how uploads write to it. "
                                           "Default: logical."},
                              kJson},
                  .example = "millrace table create in.c-shop.stock \\\n"
                             "    --column sku:key --column count:INTEGER --column at:TIMESTAMP"},
         .run = create},
        {.spec = {.words = "table delete",
                  .sentence = "Drops a table that was made to load into.",
                  .operands = {"TABLE"},
                  .options =
                      {{.name = "force", .placeholder = {}, .sentence = "Also one that has rows."},
                       kJson},
                  .example = "millrace table delete in.c-shop.stock --force"},
         .run = remove},
    };
}

}  // namespace millrace::cli
