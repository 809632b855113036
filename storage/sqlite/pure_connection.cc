#include "storage/sqlite/pure_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "storage/sqlite/sqlite_error.h"

namespace millrace::sqlite {
namespace {

constexpr int kStepsBetweenLooks = 1'000;

// As SQLite calls them: names that were defined or allowed, and reading no table.
int authorize(void* functions, int action, const char* /*first*/, const char* second,
              const char* /*database*/, const char* /*trigger*/) {
    if (action == SQLITE_SELECT) return SQLITE_OK;
    if (action != SQLITE_FUNCTION || second == nullptr) return SQLITE_DENY;
    const auto& names = *static_cast<const std::unordered_set<std::string>*>(functions);
    return names.contains(second) ? SQLITE_OK : SQLITE_DENY;
}

int spend_steps(void* budget) {
    return static_cast<StepBudget*>(budget)->spend(kStepsBetweenLooks) ? 0 : 1;
}

// What SQLite keeps of a function.
struct Definition {
    PureConnection::Function function;
    StepBudget* budget = nullptr;
};

constexpr auto kTooManySteps = "an expression takes too many steps";

void forget(void* definition) {
    delete static_cast<Definition*>(definition);
}

// Pays for the texts it gets.
void call(sqlite3_context* context, int count, sqlite3_value** values) noexcept {
    const auto& definition = *static_cast<const Definition*>(sqlite3_user_data(context));
    FunctionResult result(context, *definition.budget);
    std::uint64_t steps = 1;
    for (int i = 0; i < count; ++i) {
        const int type = sqlite3_value_type(values[i]);
        if (type == SQLITE_NULL && definition.function.null_for_null) return;
        if (type == SQLITE_TEXT) {
            steps += static_cast<std::uint64_t>(sqlite3_value_bytes(values[i]));
        }
    }
    if (!result.spend(steps)) return;
    try {
        definition.function.function(Arguments(count, values), result, definition.function.context);
    } catch (...) {
        sqlite3_result_error_nomem(context);  // nothing else is thrown there
    }
}

}  // namespace

ValueKind Arguments::kind_of(int position) const {
    switch (sqlite3_value_type(values_[position])) {
        case SQLITE_INTEGER:
            return ValueKind::integer;
        case SQLITE_FLOAT:
            return ValueKind::real;
        case SQLITE_TEXT:
            return ValueKind::text;
        case SQLITE_BLOB:
            return ValueKind::blob;
        default:
            return ValueKind::null;
    }
}

std::int64_t Arguments::integer(int position) const {
    return sqlite3_value_int64(values_[position]);
}

double Arguments::real(int position) const {
    return sqlite3_value_double(values_[position]);
}

// As bytes: SQLite would copy a text that was bound, to end it with a zero.
std::string_view Arguments::text(int position) const {
    auto* value = values_[position];
    const void* bytes = kind_of(position) == ValueKind::text ? sqlite3_value_blob(value)
                                                             : sqlite3_value_text(value);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

void FunctionResult::set_null() {
    sqlite3_result_null(context_);
}

void FunctionResult::set(std::int64_t value) {
    sqlite3_result_int64(context_, value);
}

void FunctionResult::set(double value) {
    sqlite3_result_double(context_, value);
}

void FunctionResult::set(std::string_view text) {
    if (!spend(text.size())) return;
    sqlite3_result_text64(context_, text.data() == nullptr ? "" : text.data(), text.size(),
                          SQLITE_TRANSIENT,  // NOLINT: a cast inside the macro
                          SQLITE_UTF8);
}

void FunctionResult::fail(const std::string& text) {
    sqlite3_result_error(context_, text.data(), static_cast<int>(text.size()));
}

bool FunctionResult::spend(std::uint64_t steps) {
    if (budget_.spend(steps)) return true;
    fail(kTooManySteps);
    return false;
}

void PureConnection::Close::operator()(sqlite3* handle) const noexcept {
    sqlite3_close_v2(handle);
}

PureConnection::PureConnection(sqlite3* handle, int value_bytes_max, StepBudget& budget)
    : value_bytes_max_(value_bytes_max),
      budget_(&budget),
      functions_(std::make_unique<std::unordered_set<std::string>>()),
      handle_(handle) {}
PureConnection::PureConnection(PureConnection&&) noexcept = default;
PureConnection::~PureConnection() = default;

Result<PureConnection> PureConnection::open(const Limits& limits, StepBudget& budget) {
    sqlite3* handle = nullptr;
    const int rc = sqlite3_open_v2(
        ":memory:", &handle,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        nullptr);
    PureConnection connection(handle, limits.value_bytes_max, budget);
    if (rc != SQLITE_OK) {
        return error_from(rc, handle == nullptr ? "out of memory" : sqlite3_errmsg(handle));
    }
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, limits.value_bytes_max);
    sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, limits.statement_bytes_max);
    sqlite3_limit(handle, SQLITE_LIMIT_EXPR_DEPTH, limits.depth_max);
    sqlite3_limit(handle, SQLITE_LIMIT_COMPOUND_SELECT, 1);
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(handle, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_set_authorizer(handle, authorize, connection.functions_.get());
    sqlite3_progress_handler(handle, kStepsBetweenLooks, spend_steps, &budget);
    return connection;
}

Result<void> PureConnection::define(const Function& function) {
    if (!functions_->insert(function.name).second) return {};
    const int rc = sqlite3_create_function_v2(
        handle_.get(), function.name, function.arguments, SQLITE_UTF8 | SQLITE_DIRECTONLY,
        new Definition{function, budget_}, call, nullptr, nullptr, forget);
    if (rc != SQLITE_OK) return error_from(rc, function.name);
    return {};
}

void PureConnection::allow(std::string name) {
    functions_->insert(std::move(name));
}

Result<Statement> PureConnection::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int rc = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (rc == SQLITE_OK) return Statement(statement);
    const std::string_view message = sqlite3_errmsg(handle_.get());
    if (message == "parser stack overflow" || message.starts_with("Expression tree is too large")) {
        return Error(Code::too_large, "nested deeper than SQLite can");
    }
    return error_from(sqlite3_extended_errcode(handle_.get()), message);
}

Result<void> PureConnection::evaluate(Statement& statement) {
    auto stepped = statement.step();
    if (stepped.ok()) {
        check(stepped.value(), "a SELECT without FROM returned no row");
        return {};
    }
    const int rc = sqlite3_extended_errcode(handle_.get());
    const std::string message = sqlite3_errmsg(handle_.get());
    statement.reset();
    switch (rc & 0xff) {
        case SQLITE_ERROR:
            return Error(Code::invalid, message);
        case SQLITE_INTERRUPT:
            return Error(Code::invalid, kTooManySteps);
        case SQLITE_TOOBIG:
            return Error(Code::invalid, fmt::format("a value of an expression is over {} bytes",
                                                    value_bytes_max_));
        default:
            return std::move(stepped).error();
    }
}

}  // namespace millrace::sqlite
