#include "api/control/tables_resource.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>

#include "api/control/api_errors.h"
#include "api/control/column_request.h"
#include "api/control/json_body.h"
#include "api/control/paging.h"
#include "api/control/query_flag.h"
#include "api/control/render.h"
#include "api/control/wait_request.h"
#include "core/base/error_names.h"

namespace millrace::control {
namespace {

constexpr std::string_view kList = "/v1/branches/{branchId}/tables";
constexpr std::string_view kOne = "/v1/branches/{branchId}/tables/{tableId}";
constexpr std::string_view kRows = "/v1/branches/{branchId}/tables/{tableId}/rows";
constexpr std::size_t kColumnsMax = 1000;
constexpr std::uint32_t kRowsMax = 1000;  // of a page
constexpr std::uint32_t kRowsUsually = 100;
constexpr std::uint64_t kCountMax = 1'000'000;

CsvParser parse_csv_parser(const Json& json, const std::string& path, Problems& problems) {
    constexpr TextLength kShort{.min = 1, .max = 64};
    ObjectReader reader(json, path, problems);
    CsvParser parser{.separator = reader.text("separator", kShort),
                     .quote = reader.text("quote", kShort),
                     .escape = reader.text("escape", kShort),
                     .line_separator = reader.text("lineSeparator", kShort),
                     .null_value = reader.text("nullValue", {.min = 0, .max = 64}),
                     .header = reader.boolean("header"),
                     .repeated_header = reader.boolean("repeatedHeader")};
    reader.finish();
    if (const auto checked = check_csv_parser(parser); !checked.ok()) {
        problems.add(kBadRequest, checked.error().client_text());
    }
    return parser;
}

OrderedJson render_csv_parser(const CsvParser& parser) {
    auto json = OrderedJson::object();
    const auto put = [&](const char* name, const auto& value) {
        if (value) json[name] = *value;
    };
    put("separator", parser.separator);
    put("quote", parser.quote);
    put("escape", parser.escape);
    put("lineSeparator", parser.line_separator);
    put("nullValue", parser.null_value);
    put("header", parser.header);
    put("repeatedHeader", parser.repeated_header);
    return json;
}

Result<DefinedTable> parse_table(std::string_view body) {
    TRY_ASSIGN(const auto json, parse_json_object(body));
    DefinedTable table;
    Problems problems;
    ObjectReader reader(json, "body", problems);
    if (const auto text = reader.required_text("tableId", {.min = 1, .max = 1000})) {
        auto id = TableId::parse(*text);
        if (id.ok()) {
            table.key.table = std::move(id).value();
        } else {
            problems.add(kBadRequest, id.error().client_text());
        }
    }
    if (auto target = reader.text("target", {.min = 1, .max = 100})) {
        table.target = TargetName(std::move(*target));
    }
    if (const auto* const columns = reader.array("columns")) {
        table.columns =
            parse_defined_columns(*columns, reader.path_of("columns"), kColumnsMax, problems);
    } else if (const auto* const given = reader.any("columns");
               given == nullptr || given->is_null()) {
        reader.missing("columns");
    }
    if (const auto kind = reader.text("kind", {.min = 1, .max = 100})) {
        if (*kind == to_string(TableKind::standalone)) {
            table.kind = TableKind::standalone;
        } else if (*kind != to_string(TableKind::logical)) {
            problems.add(kInvalidEnumValue,
                         fmt::format("invalid value \"{}\" for \"{}\", must be one of logical, "
                                     "standalone",
                                     shortened(*kind, 60), reader.path_of("kind")));
        }
    }
    if (const auto* const parser = reader.object("csvParser")) {
        table.csv_parser = parse_csv_parser(*parser, reader.path_of("csvParser"), problems);
    }
    reader.finish();
    TRY(problems.result());
    return table;
}

OrderedJson render_table(const DefinedTable& table, const Scope& scope) {
    auto columns = OrderedJson::array();
    for (const auto& column : table.columns) {
        columns.push_back({{"name", column.name},
                           {"dataType", to_string(column.data_type)},
                           {"primaryKey", column.primary_key},
                           {"nullable", column.nullable}});
    }
    OrderedJson json = {{"projectId", scope.project.value},      {"branchId", scope.branch.value},
                        {"tableId", table.key.table.text()},     {"target", table.target.value},
                        {"kind", to_string(table.kind)},         {"columns", std::move(columns)},
                        {"created", render_stamp(table.created)}};
    if (!table.csv_parser.is_empty()) json["csvParser"] = render_csv_parser(table.csv_parser);
    return json;
}

// A name that no table can have is that of none.
Result<TableKey> key_of(const Scope& scope, const Call& call) {
    auto table = TableId::parse(call.path.table);
    if (!table.ok()) {
        return Error(Code::not_found,
                     fmt::format("Table \"{}\" not found.", shortened(call.path.table, 200)))
            .named(error_names::kApiTableNotFound);
    }
    return TableKey{
        .project = scope.project, .branch = scope.branch, .table = std::move(table).value()};
}

// Imports hold the lock of their bucket as long as they take. What that keeps from happening is
// tried again when one has ended.
Result<Response> or_later(const TablesApi& api, const Call& call, std::uint64_t steps_seen,
                          Result<Response> done) {
    constexpr Milliseconds kWait = std::chrono::seconds(20);
    if (done.ok() || done.error().name() != error_names::kApiTargetBusy) return done;
    auto waiting = wait_on(api.progress, call.request, kWait, steps_seen);
    if (!waiting.ok() || !waiting.value()) return done;
    return Response{.waiting = std::move(waiting).value()};
}

Result<Response> make_now(const TablesApi& api, const DefinedTable& wanted) {
    TRY_ASSIGN(const auto made, api.tables.make(wanted));
    return json_response(made.is_new ? 201 : 200, render_table(made.table, api.scope));
}

Result<Response> create(const TablesApi& api, const Call& call) {
    TRY_ASSIGN(auto wanted, parse_table(call.request.body));
    wanted.key.project = api.scope.project;
    wanted.key.branch = api.scope.branch;
    wanted.created = call.stamp;
    const auto steps_seen = api.progress.steps();
    return or_later(api, call, steps_seen, make_now(api, wanted));
}

Result<Response> list(const TablesApi& api, const Call& call) {
    TRY_ASSIGN(const auto page, parse_page(call.request));
    TRY_ASSIGN(const auto found, api.tables.list(api.scope.project, api.scope.branch, page));
    auto tables = OrderedJson::array();
    for (const auto& table : found.items) tables.push_back(render_table(table, api.scope));
    const auto last_id = found.items.empty() ? "" : found.items.back().key.table.text();
    return json_response(200, {{"projectId", api.scope.project.value},
                               {"branchId", api.scope.branch.value},
                               {"page", render_page(page, found.total_count, last_id)},
                               {"tables", std::move(tables)}});
}

Result<Response> show(const TablesApi& api, const Call& call) {
    TRY_ASSIGN(const auto key, key_of(api.scope, call));
    TRY_ASSIGN(const auto table, api.tables.find(key));
    return json_response(200, render_table(table, api.scope));
}

Result<Response> drop_now(const TablesApi& api, const TableKey& key, bool with_rows) {
    TRY(api.tables.drop(key, with_rows));
    return Response{.status = 204, .body = "", .content_type = "", .headers = {}};
}

Result<Response> drop(const TablesApi& api, const Call& call) {
    TRY_ASSIGN(const auto key, key_of(api.scope, call));
    TRY_ASSIGN(const bool with_rows, parse_flag(call.request, "force"));
    const auto steps_seen = api.progress.steps();
    return or_later(api, call, steps_seen, drop_now(api, key, with_rows));
}

std::string query_text(const Request& request, std::string_view name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
}

OrderedJson render_cell(const TableCell& cell) {
    return std::visit(
        [](const auto& value) -> OrderedJson {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
                return nullptr;
            } else {
                return value;
            }
        },
        cell);
}

// Whether the newest come first.
Result<bool> parse_order(const Request& request) {
    const auto order = query_text(request, "order");
    if (order.empty() || order == "first") return false;
    if (order == "newest") return true;
    return Error(Code::invalid,
                 fmt::format("Value of order must be one of \"first\", \"newest\" but got value "
                             "\"{}\".",
                             shortened(order, 60)))
        .named(kInvalidEnumValue);
}

Result<Response> rows(const TablesApi& api, const Call& call) {
    TRY_ASSIGN(const auto key, key_of(api.scope, call));
    TRY_ASSIGN(const auto limit, parse_limit(call.request, kRowsUsually, kRowsMax));
    TRY_ASSIGN(const bool is_newest, parse_order(call.request));
    TRY_ASSIGN(const bool is_counted, parse_flag(call.request, "count"));
    TRY_ASSIGN(const auto page,
               api.tables.read_rows(key, TargetName(query_text(call.request, "target")),
                                    {.table = key.table,
                                     .after = query_text(call.request, "after"),
                                     .rows_max = limit,
                                     .newest_first = is_newest,
                                     .count_max = is_counted ? kCountMax : 0}));
    auto shown = OrderedJson::array();
    for (const auto& row : page.rows) {
        auto object = OrderedJson::object();
        for (std::size_t i = 0; i < row.size(); ++i) object[page.columns[i]] = render_cell(row[i]);
        shown.push_back(std::move(object));
    }
    OrderedJson place = {{"limit", limit}};
    if (!page.next.empty()) place["next"] = page.next;
    if (page.total) {
        place["totalCount"] = *page.total;
        if (*page.total == kCountMax) place["isTotalCut"] = true;
    }
    return json_response(200, {{"projectId", api.scope.project.value},
                               {"branchId", api.scope.branch.value},
                               {"tableId", key.table.text()},
                               {"page", std::move(place)},
                               {"columns", page.columns},
                               {"rows", std::move(shown)}});
}

}  // namespace

void add_tables(Router& router, const TablesApi& api) {
    const Routes<TablesApi> routes(router, api);
    routes.add("POST", kList, create);
    routes.add("GET", kList, list, {"afterId", "limit"});
    routes.add("GET", kOne, show);
    routes.add("GET", kRows, rows, {"limit", "after", "target", "order", "count"});
    routes.add("DELETE", kOne, drop, {"force"});
}

}  // namespace millrace::control
