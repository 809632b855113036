#include "api/pinot/query_endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "api/pinot/pinot_changes.h"

namespace millrace::pinot {
namespace {

using control::Response;

constexpr int kQueriesMax = 4;  // at the same time; others are told to come again
constexpr std::uint64_t kDefaultRows = 10;

// Pinot's codes of exceptions.
enum ErrorCode : int {
    kSqlParsing = 150,
    kAccessDenied = 180,
    kTableDoesNotExist = 190,
    kExecution = 200,
    kTimeout = 250,
    kTooManyRequests = 429,
    kInternal = 450,
    kCancelled = 503,
    kValidation = 700,
    kUnknownColumn = 710
};

struct Asked {
    std::string sql;
    std::string options;  // "timeoutMs=1000;enableNullHandling=true"
};

int status_of_exception(int code) {
    switch (code) {
        case kSqlParsing:
        case kValidation:
        case kUnknownColumn:
            return 400;
        case kAccessDenied:
            return 403;
        case kTableDoesNotExist:
            return 404;
        case kTooManyRequests:
            return 429;
        case kTimeout:
            return 408;
        default:
            return 500;
    }
}

std::string exception_of(const QueryProblem& problem, int& code) {
    using Kind = QueryProblem::Kind;
    switch (problem.kind) {
        case Kind::syntax:
            code = kSqlParsing;
            return fmt::format("SQLParsingError: {}", problem.text);
        case Kind::unknown_table:
            code = kTableDoesNotExist;
            return fmt::format("TableDoesNotExistError: {}", problem.text);
        case Kind::unknown_column:
            code = kUnknownColumn;
            return fmt::format("UnknownColumnError: {}", problem.text);
        case Kind::not_allowed:
            code = kAccessDenied;
            return fmt::format("AccessDenied: {}", problem.text);
        case Kind::time:
            code = kTimeout;
            return fmt::format("ExecutionTimeoutError: {}", problem.text);
        case Kind::stopped:  // which nobody reads
            code = kCancelled;
            return fmt::format("QueryCancellationError: {}", problem.text);
        case Kind::size:
        case Kind::failed:
            code = kExecution;
            return fmt::format("QueryExecutionError: {}", problem.text);
    }
    return "";
}

bool wants_status(const control::Request& request) {
    return std::ranges::any_of(request.headers, [](const auto& header) {
        std::string name = header.first;
        for (auto& c : name) {
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        }
        return name == "pinot-use-http-status-for-errors" && header.second == "true";
    });
}

Response failed(const PinotCall& call, int code, const std::string& message) {
    Json answer = {{"exceptions", Json::array({{{"errorCode", code}, {"message", message}}})},
                   {"partialResult", false},
                   {"numRowsResultSet", 0},
                   {"numServersQueried", 1},
                   {"numServersResponded", code == kTooManyRequests ? 0 : 1},
                   {"requestId", call.request.id},
                   {"brokerId", "Broker_millrace"}};
    auto response =
        json_answer(answer, wants_status(call.request) ? status_of_exception(code) : 200);
    response.headers.emplace_back("X-Pinot-Error-Code", fmt::format("{}", code));
    return response;
}

Result<Asked> read_asked(const PinotCall& call) {
    const auto missing = [] {
        return Error(Code::invalid, "Payload is missing the query string field 'sql'");
    };
    if (call.request.method == "GET" || call.request.method == "HEAD") {
        Asked asked{.sql = call.parameter("sql"), .options = call.parameter("queryOptions")};
        if (asked.sql.empty()) return missing();
        return asked;
    }
    TRY_ASSIGN(const auto json, parse_pinot_document(call.request.body));
    const auto sql = json.find("sql");
    if (sql == json.end() || !sql->is_string()) return missing();
    Asked asked{.sql = sql->get<std::string>(), .options = {}};
    const auto options = json.find("queryOptions");
    if (options != json.end() && options->is_string()) asked.options = options->get<std::string>();
    return asked;
}

// "timeoutMs=1000;..." -> the time, if it is shorter than what is allowed.
Milliseconds time_of(const std::string& options, Milliseconds at_most) {
    constexpr std::string_view kKey = "timeoutMs=";
    const auto begin = options.find(kKey);
    if (begin == std::string::npos) return at_most;
    std::int64_t millis = 0;
    const auto* const from = options.data() + begin + kKey.size();
    const auto read = std::from_chars(from, options.data() + options.size(), millis);
    if (read.ec != std::errc() || millis <= 0) return at_most;
    return std::min(at_most, Milliseconds(millis));
}

// The schemas of the tables that an answer has columns of.
class AnswerSchemas {
public:
    explicit AnswerSchemas(const PinotApi& api) : api_(api) {}

    const PinotField* field_of(const QueryColumn& column) {
        if (column.table.empty()) return nullptr;
        auto found = schemas_.find(column.table);
        if (found == schemas_.end()) {
            PinotFindings ignored;
            const auto document = find_document(api_, kSchemaKind, column.table);
            const bool is_there = document.ok() && document.value();
            found =
                schemas_
                    .emplace(column.table, is_there ? read_pinot_schema(*document.value(), ignored)
                                                    : PinotSchema{})
                    .first;
        }
        return found->second.find(column.column);
    }

private:
    const PinotApi& api_;
    std::map<std::string, PinotSchema> schemas_;
};

Json result_table(const PinotApi& api, const QueryAnswer& answer) {
    AnswerSchemas schemas(api);
    Json names = Json::array();
    std::vector<std::string> types;
    for (std::size_t i = 0; i < answer.columns.size(); ++i) {
        const auto& column = answer.columns[i];
        names.push_back(column.name);
        types.push_back(answered_type(schemas.field_of(column), column, answer.rows, i));
    }
    Json rows = Json::array();
    for (const auto& row : answer.rows) {
        Json values = Json::array();
        for (std::size_t i = 0; i < row.size(); ++i) {
            values.push_back(answered_value(row[i], types[i]));
        }
        rows.push_back(std::move(values));
    }
    return {{"dataSchema", {{"columnNames", std::move(names)}, {"columnDataTypes", types}}},
            {"rows", std::move(rows)}};
}

// One of the few queries that run at the same time.
class Turn {
public:
    explicit Turn(std::atomic<int>& running)
        : running_(running), is_given_(++running <= kQueriesMax) {}
    ~Turn() { --running_; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    bool is_given() const { return is_given_; }

private:
    std::atomic<int>& running_;
    const bool is_given_;
};

Result<Response> query(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(const auto asked, read_asked(call));
    if (api.ports.query == nullptr) {
        return failed(call, kInternal,
                      "InternalError: queries are answered for tables in SQLite only; ask the "
                      "database of the target itself");
    }
    const Turn turn(api.queries);
    if (!turn.is_given()) {
        return failed(call, kTooManyRequests,
                      fmt::format("TooManyRequests: {} queries are running", kQueriesMax));
    }
    const auto begun = std::chrono::steady_clock::now();
    const auto& options = api.ports.options;
    TRY_ASSIGN(
        const auto answer,
        api.ports.query->query({.bucket = options.bucket,
                                .sql = asked.sql,
                                .default_rows = kDefaultRows,
                                .limits = {.time = time_of(asked.options, options.query_time),
                                           .rows = options.query_rows,
                                           .bytes = options.query_bytes},
                                .is_stopped = call.request.is_abandoned}));
    if (answer.problem) {
        int code = 0;
        const auto message = exception_of(*answer.problem, code);
        return failed(call, code, message);
    }
    const auto took =
        std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begun);
    Json json = {{"resultTable", result_table(api, answer)},
                 {"numRowsResultSet", answer.rows.size()},
                 {"partialResult", false},
                 {"exceptions", Json::array()},
                 {"numGroupsLimitReached", false},
                 {"timeUsedMs", took.count()},
                 {"requestId", call.request.id},
                 {"brokerId", "Broker_millrace"},
                 {"numDocsScanned", answer.rows_in_tables},
                 {"totalDocs", answer.rows_in_tables},
                 {"numEntriesScannedInFilter", 0},
                 {"numEntriesScannedPostFilter", 0},
                 {"numServersQueried", 1},
                 {"numServersResponded", 1},
                 {"numSegmentsQueried", 1},
                 {"numSegmentsProcessed", 1},
                 {"numSegmentsMatched", 1},
                 {"numConsumingSegmentsQueried", 0},
                 {"numConsumingSegmentsProcessed", 0},
                 {"numConsumingSegmentsMatched", 0},
                 {"minConsumingFreshnessTimeMs", 0}};
    auto response = json_answer(json);
    response.headers.emplace_back("X-Pinot-Error-Code", "-1");
    return response;
}

// "2026-01-31T09:30:00.500000Z" -> "2026-01-31 09:30:00.5"
std::string shown_timestamp(const std::string& text) {
    if (text.size() < 20 || text[10] != 'T' || !text.ends_with('Z')) return text;
    auto shown = text.substr(0, text.size() - 1);
    shown[10] = ' ';
    if (shown.find('.') == std::string::npos) return shown + ".0";
    while (shown.ends_with('0') && shown[shown.size() - 2] != '.') shown.pop_back();
    return shown;
}

}  // namespace

std::string answered_type(const PinotField* field, const QueryColumn& column,
                          const std::vector<std::vector<TableCell>>& rows, std::size_t index) {
    if (field != nullptr) {
        const bool is_stored_as_json =
            field->kind == FieldKind::complex && field->type != PinotType::map;
        const auto type =
            is_stored_as_json ? std::string("JSON") : std::string(to_string(field->type));
        return field->is_single ? type : type + "_ARRAY";
    }
    if (column.declared == "INTEGER") return "LONG";
    if (column.declared == "DOUBLE") return "DOUBLE";
    if (column.declared == "BOOLEAN") return "BOOLEAN";
    if (column.declared == "TIMESTAMP") return "TIMESTAMP";
    if (column.declared == "DECIMAL_TEXT") return "BIG_DECIMAL";
    if (column.declared == "JSON_TEXT") return "JSON";
    if (!column.declared.empty()) return "STRING";
    // Computed: what its values are.
    std::string type;
    for (const auto& row : rows) {
        const auto& cell = row[index];
        if (std::holds_alternative<std::string>(cell)) return "STRING";
        if (std::holds_alternative<double>(cell)) type = "DOUBLE";
        if (std::holds_alternative<std::int64_t>(cell) && type.empty()) type = "LONG";
        if (std::holds_alternative<bool>(cell) && type.empty()) type = "BOOLEAN";
    }
    return type.empty() ? "STRING" : type;
}

Json answered_value(const TableCell& cell, const std::string& type) {
    if (const auto* const truth = std::get_if<bool>(&cell)) return *truth;
    if (const auto* const number = std::get_if<std::int64_t>(&cell)) return *number;
    if (const auto* const number = std::get_if<double>(&cell)) {
        if (std::isnan(*number)) return "NaN";
        if (std::isinf(*number)) return *number > 0 ? "Infinity" : "-Infinity";
        return *number;
    }
    const auto* const text = std::get_if<std::string>(&cell);
    if (text == nullptr) return nullptr;
    if (type == "TIMESTAMP") return shown_timestamp(*text);
    if (type.ends_with("_ARRAY") || type == "MAP") {
        auto json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
        if (json.is_discarded()) return *text;
        if (json.is_array() || json.is_object()) return json;
        return Json::array({std::move(json)});
    }
    return *text;
}

void add_query_endpoints(control::Router& router, const std::shared_ptr<const PinotApi>& api) {
    for (const auto* const path : {"/query/sql", "/sql"}) {
        add_endpoint(router, api, "POST", path, PinotAccess::read, query);
        add_endpoint(router, api, "GET", path, PinotAccess::read, query);
    }
}

}  // namespace millrace::pinot
