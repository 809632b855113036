#include "storage/sqlite/restricted_query.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <unordered_set>
#include <utility>

#include "storage/sqlite/sqlite_error.h"
#include "storage/sqlite/watched_functions.h"

namespace millrace::sqlite {
namespace {

// Of SQLite's machine: microseconds, or where functions make the longest values a part of a second.
constexpr int kStepsBetweenLooks = 100;
constexpr int kStatementBytesMax = 1 << 20;
constexpr int kDepthMax = 200;
constexpr int kCompoundMax = 50;
constexpr int kColumnsMax = 2'000;

// SQLite's own that compute from their arguments, or know the time.
const std::unordered_set<std::string_view>& allowed_functions() {
    static const std::unordered_set<std::string_view> names = {
        "->",           "->>",         "abs",          "avg",          "char",
        "coalesce",     "count",       "cume_dist",    "date",         "datetime",
        "dense_rank",   "first_value", "glob",         "group_concat", "hex",
        "ifnull",       "iif",         "instr",        "json",         "json_array_length",
        "json_extract", "json_type",   "json_valid",   "julianday",    "lag",
        "last_value",   "lead",        "length",       "like",         "lower",
        "ltrim",        "max",         "min",          "now",          "nth_value",
        "ntile",        "nullif",      "percent_rank", "printf",       "quote",
        "rank",         "replace",     "round",        "row_number",   "rtrim",
        "sign",         "strftime",    "substr",       "substring",    "sum",
        "time",         "total",       "trim",         "typeof",       "unicode",
        "unixepoch",    "upper"};
    return names;
}

// Milliseconds since 1970.
void now(sqlite3_context* context, int /*count*/, sqlite3_value** /*values*/) {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    sqlite3_result_int64(context,
                         std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

bool is_disk_failure(int rc) {
    switch (rc & 0xff) {
        case SQLITE_IOERR:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_CANTOPEN:
        case SQLITE_BUSY:
        case SQLITE_PROTOCOL:
        case SQLITE_FULL:
            return true;
        default:
            return false;
    }
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (auto& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

std::set<std::string, std::less<>> lower_case(const std::set<std::string, std::less<>>& texts) {
    std::set<std::string, std::less<>> lower;
    for (const auto& text : texts) lower.insert(lower_case(text));
    return lower;
}

std::string text_of(const char* text) {
    return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

struct RestrictedQuery::State {
    Rules rules;
    std::shared_ptr<Deadline> deadline;
    bool is_stopped = false;
};

namespace {

template <typename State>
int authorize(void* context, int action, const char* first, const char* second,
              const char* database, const char* /*trigger*/) {
    const auto& rules = static_cast<const State*>(context)->rules;
    if (action == SQLITE_SELECT) return SQLITE_OK;
    if (action == SQLITE_FUNCTION) {
        return second != nullptr && allowed_functions().contains(second) ? SQLITE_OK : SQLITE_DENY;
    }
    if (action != SQLITE_READ || first == nullptr) return SQLITE_DENY;
    // Of a table that only its rows are counted of, the name as the query spells it, and perhaps no
    // database.
    const auto name = lower_case(first);
    const bool is_temporary = database != nullptr && std::string_view(database) == "temp";
    const bool is_known = (!is_temporary && rules.tables.contains(name)) ||
                          ((is_temporary || database == nullptr) && rules.views.contains(name));
    return is_known ? SQLITE_OK : SQLITE_DENY;
}

template <typename State>
int look_at_clock(void* context) {
    auto& state = *static_cast<State*>(context);
    state.is_stopped = state.rules.is_stopped && state.rules.is_stopped();
    return state.deadline->look() || state.is_stopped ? 1 : 0;
}

}  // namespace

RestrictedQuery::RestrictedQuery(Database& database, Rules rules)
    : database_(database), state_(std::make_unique<State>()) {
    state_->deadline = std::make_shared<Deadline>(Deadline::Time::now() + rules.time);
    state_->rules = std::move(rules);
    state_->rules.tables = lower_case(state_->rules.tables);
    state_->rules.views = lower_case(state_->rules.views);
    auto* const handle = database_.handle();
    sqlite3_create_function_v2(handle, "now", 0, SQLITE_UTF8, nullptr, now, nullptr, nullptr,
                               nullptr);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, state_->rules.value_bytes_max);
    sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, kStatementBytesMax);
    sqlite3_limit(handle, SQLITE_LIMIT_EXPR_DEPTH, kDepthMax);
    sqlite3_limit(handle, SQLITE_LIMIT_COMPOUND_SELECT, kCompoundMax);
    sqlite3_limit(handle, SQLITE_LIMIT_COLUMN, kColumnsMax);
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    // "x" is a name and never a text.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_set_authorizer(handle, authorize<State>, state_.get());
    sqlite3_progress_handler(handle, kStepsBetweenLooks, look_at_clock<State>, state_.get());
}

RestrictedQuery::~RestrictedQuery() {
    statement_.reset();
    sqlite3_set_authorizer(database_.handle(), nullptr, nullptr);
    sqlite3_progress_handler(database_.handle(), 0, nullptr, nullptr);
}

Result<std::optional<RestrictedQuery::Problem>> RestrictedQuery::failed(
    int rc, Problem::Kind otherwise) const {
    std::string message = sqlite3_errmsg(database_.handle());
    if (state_->is_stopped) {
        return std::optional(
            Problem{.kind = Problem::Kind::stopped, .message = std::move(message)});
    }
    if (state_->deadline->is_missed()) {
        return std::optional(Problem{.kind = Problem::Kind::time, .message = std::move(message)});
    }
    if (is_disk_failure(rc)) return error_from(rc, message);
    const int primary = rc & 0xff;
    if (primary == SQLITE_TOOBIG || primary == SQLITE_NOMEM) {
        return std::optional(Problem{.kind = Problem::Kind::size,
                                     .message = fmt::format("a value is larger than {} bytes",
                                                            state_->rules.value_bytes_max)});
    }
    return std::optional(Problem{.kind = otherwise, .message = std::move(message)});
}

Result<std::optional<RestrictedQuery::Problem>> RestrictedQuery::prepare(std::string_view sql) {
    TRY(add_watched_functions(*database_.handle(), state_->deadline));
    sqlite3_stmt* prepared = nullptr;
    const char* tail = nullptr;
    const int rc = sqlite3_prepare_v3(database_.handle(), sql.data(), static_cast<int>(sql.size()),
                                      0, &prepared, &tail);
    if (rc != SQLITE_OK) return failed(rc, Problem::Kind::text);
    if (prepared == nullptr) {
        return std::optional(Problem{.kind = Problem::Kind::text, .message = "the query is empty"});
    }
    statement_.emplace(prepared);
    if (sqlite3_stmt_readonly(prepared) == 0 || sqlite3_column_count(prepared) == 0) {
        return std::optional(
            Problem{.kind = Problem::Kind::text, .message = "not authorized: only SELECT is"});
    }
    if (sqlite3_bind_parameter_count(prepared) > 0) {  // which would be NULL
        return std::optional(
            Problem{.kind = Problem::Kind::text,
                    .message = fmt::format("there are no parameters, such as {}",
                                           text_of(sqlite3_bind_parameter_name(prepared, 1)))});
    }
    const auto rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
    if (rest.find_first_not_of("; \t\r\n") == std::string_view::npos) {
        return std::optional<Problem>();
    }
    return std::optional(
        Problem{.kind = Problem::Kind::text, .message = "there is more than one statement"});
}

std::vector<RestrictedQuery::Column> RestrictedQuery::columns() const {
    auto* const handle = statement_->handle();
    std::vector<Column> columns;
    for (int i = 0; i < sqlite3_column_count(handle); ++i) {
        Column column{.name = text_of(sqlite3_column_name(handle, i)),
                      .declared = text_of(sqlite3_column_decltype(handle, i)),
                      .table = text_of(sqlite3_column_table_name(handle, i)),
                      .column = text_of(sqlite3_column_origin_name(handle, i))};
        columns.push_back(std::move(column));
    }
    return columns;
}

Result<RestrictedQuery::Step> RestrictedQuery::next() {
    const int rc = sqlite3_step(statement_->handle());
    if (rc == SQLITE_ROW) return Step::row;
    if (rc == SQLITE_DONE) return Step::end;
    TRY_ASSIGN(auto problem, failed(rc, Problem::Kind::value));
    problem_ = std::move(*problem);
    return Step::problem;
}

}  // namespace millrace::sqlite
