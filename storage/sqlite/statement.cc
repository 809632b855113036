#include "storage/sqlite/statement.h"

#include <sqlite3.h>

#include <limits>
#include <utility>

#include "storage/sqlite/last_error.h"
#include "storage/sqlite/sqlite_error.h"

namespace millrace::sqlite {
namespace {

// SQLite takes a null pointer for NULL; an empty text must stay a text.
const char* start_of(std::string_view text) {
    return text.data() == nullptr ? "" : text.data();
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), bind_failure_(other.bind_failure_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(bind_failure_, other.bind_failure_);
    return *this;
}

Statement::~Statement() {
    sqlite3_finalize(handle_);
}

void Statement::note(int rc) {
    if (rc != SQLITE_OK && bind_failure_ == SQLITE_OK) bind_failure_ = rc;
}

void Statement::bind(int position, std::int64_t value) {
    note(sqlite3_bind_int64(handle_, position, value));
}

void Statement::bind(int position, std::uint64_t value) {
    check(value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()),
          "{} does not fit in an SQLite integer", value);
    bind(position, static_cast<std::int64_t>(value));
}

void Statement::bind(int position, double value) {
    note(sqlite3_bind_double(handle_, position, value));
}

void Statement::bind(int position, std::string_view text) {
    note(sqlite3_bind_text64(handle_, position, start_of(text), text.size(),
                             SQLITE_TRANSIENT,  // NOLINT: a cast inside the macro
                             SQLITE_UTF8));
}

void Statement::bind(int position, std::nullopt_t) {
    note(sqlite3_bind_null(handle_, position));
}

void Statement::bind_borrowed(int position, std::string_view text) {
    note(sqlite3_bind_text64(handle_, position, start_of(text), text.size(), SQLITE_STATIC,
                             SQLITE_UTF8));
}

void Statement::bind_borrowed_blob(int position, std::string_view bytes) {
    note(sqlite3_bind_blob64(handle_, position, start_of(bytes), bytes.size(), SQLITE_STATIC));
}

Result<bool> Statement::step() {
    if (bind_failure_ != SQLITE_OK) return error_from(bind_failure_, "bind a value");
    const int rc = sqlite3_step(handle_);
    if (rc == SQLITE_ROW) return true;
    if (rc == SQLITE_DONE) return false;
    return last_error(sqlite3_db_handle(handle_));
}

Result<void> Statement::run() {
    auto stepped = step();
    reset();
    if (!stepped.ok()) return std::move(stepped).error();
    check(!stepped.value(), "run() of a statement that returns rows: {}", sqlite3_sql(handle_));
    return {};
}

void Statement::reset() {
    sqlite3_reset(handle_);
}

std::uint64_t Statement::cost() const {
    return static_cast<std::uint64_t>(sqlite3_stmt_status(handle_, SQLITE_STMTSTATUS_VM_STEP, 0));
}

void Statement::clear_bindings() {
    sqlite3_clear_bindings(handle_);
    bind_failure_ = SQLITE_OK;
}

std::int64_t Row::integer() {
    return sqlite3_column_int64(handle_, column_++);
}

std::uint64_t Row::unsigned_integer() {
    return static_cast<std::uint64_t>(integer());
}

std::uint32_t Row::unsigned32() {
    return static_cast<std::uint32_t>(integer());
}

std::string_view Row::view() {
    const int column = column_++;
    const void* bytes = sqlite3_column_blob(handle_, column);
    const int size = sqlite3_column_bytes(handle_, column);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::string Row::text() {
    return std::string(view());
}

bool Row::next_is_null() const {
    return sqlite3_column_type(handle_, column_) == SQLITE_NULL;
}

double Row::real() {
    return sqlite3_column_double(handle_, column_++);
}

ValueKind Row::next_kind() const {
    switch (sqlite3_column_type(handle_, column_)) {
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

std::optional<std::string> Row::optional_text() {
    if (!next_is_null()) return text();
    skip();
    return std::nullopt;
}

std::optional<std::int64_t> Row::optional_integer() {
    if (!next_is_null()) return integer();
    skip();
    return std::nullopt;
}

}  // namespace millrace::sqlite
