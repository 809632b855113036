#include "storage/sqlite/row_table.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <optional>
#include <string>
#include <utility>

#include "storage/sqlite/sqlite_error.h"

namespace millrace::sqlite {

struct RowTableState {
    sqlite3* database = nullptr;
    RowSource* source = nullptr;
    std::size_t columns = 0;

    std::int64_t place = 0;
    bool has_row = false;
    bool is_read = false;        // it cannot be read again
    std::optional<Error> error;  // of the source

    int note(Error failed) {
        error = std::move(failed);
        return SQLITE_ERROR;
    }

    int next() {
        auto moved = source->next();
        if (!moved.ok()) return note(std::move(moved).error());
        has_row = std::move(moved).value();
        ++place;
        return SQLITE_OK;
    }
};

namespace {

// A value that SQLite asks for.
class Answer final : public ValuePlace {
public:
    explicit Answer(sqlite3_context* context) : context_(context) {}

    void put_null() override { sqlite3_result_null(context_); }
    void put(std::int64_t value) override { sqlite3_result_int64(context_, value); }
    void put(double value) override { sqlite3_result_double(context_, value); }
    void put_copy(std::string_view text) override {
        sqlite3_result_text64(context_, text.data(), text.size(),
                              SQLITE_TRANSIENT,  // NOLINT: a cast inside the macro
                              SQLITE_UTF8);
    }
    void put_borrowed(std::string_view text) override {
        sqlite3_result_text64(context_, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    void put_borrowed_blob(std::string_view bytes) override {
        sqlite3_result_blob64(context_, bytes.data(), bytes.size(), SQLITE_STATIC);
    }

private:
    sqlite3_context* context_;
};

// What SQLite keeps of a table: its own part first, so that its pointer is one to the whole.
struct Table : sqlite3_vtab {
    RowTableState* state;
};

RowTableState& state_of(sqlite3_vtab_cursor* cursor) {
    return *static_cast<Table*>(cursor->pVtab)->state;
}

// The functions of the table, under the names that SQLite's documentation has for them.

int x_connect(sqlite3* database, void* state, int /*count*/, const char* const* /*words*/,
              sqlite3_vtab** table, char** /*error*/) {
    auto* rows = static_cast<RowTableState*>(state);
    std::string sql = "CREATE TABLE rows (";
    for (std::size_t i = 0; i < rows->columns; ++i) sql += fmt::format("c{}, ", i);
    sql += "place)";
    const int rc = sqlite3_declare_vtab(database, sql.c_str());
    if (rc == SQLITE_OK) *table = new Table{{}, rows};
    return rc;
}

int x_disconnect(sqlite3_vtab* table) {
    delete static_cast<Table*>(table);
    return SQLITE_OK;
}

int x_best_index(sqlite3_vtab* /*table*/, sqlite3_index_info* plan) {
    plan->estimatedCost = 1e9;
    return SQLITE_OK;
}

int x_open(sqlite3_vtab* /*table*/, sqlite3_vtab_cursor** cursor) {
    *cursor = new sqlite3_vtab_cursor{};
    return SQLITE_OK;
}

int x_close(sqlite3_vtab_cursor* cursor) {
    delete cursor;
    return SQLITE_OK;
}

int x_filter(sqlite3_vtab_cursor* cursor, int /*plan*/, const char* /*name*/, int /*count*/,
             sqlite3_value** /*values*/) {
    auto& rows = state_of(cursor);
    if (std::exchange(rows.is_read, true)) {
        return rows.note(Error(Code::internal, "the rows were read before"));
    }
    return rows.next();
}

int x_next(sqlite3_vtab_cursor* cursor) {
    return state_of(cursor).next();
}

int x_eof(sqlite3_vtab_cursor* cursor) {
    return state_of(cursor).has_row ? 0 : 1;
}

int x_column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int column) {
    auto& rows = state_of(cursor);
    const auto place = static_cast<std::size_t>(column);
    if (place == rows.columns) {
        sqlite3_result_int64(context, rows.place);
        return SQLITE_OK;
    }
    Answer answer(context);
    if (rows.source->put(place, answer)) return SQLITE_OK;
    return rows.note(rows.source->no_value(place));
}

int x_rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
    *id = state_of(cursor).place;
    return SQLITE_OK;
}

const sqlite3_module* functions() {
    static const sqlite3_module kFunctions = [] {
        sqlite3_module made{};
        made.xConnect = x_connect;  // no xCreate: the table is there without being made
        made.xDisconnect = x_disconnect;
        made.xBestIndex = x_best_index;
        made.xOpen = x_open;
        made.xClose = x_close;
        made.xFilter = x_filter;
        made.xNext = x_next;
        made.xEof = x_eof;
        made.xColumn = x_column;
        made.xRowid = x_rowid;
        return made;
    }();
    return &kFunctions;
}

}  // namespace

RowTable::RowTable(std::unique_ptr<RowTableState> state) : state_(std::move(state)) {}

Result<RowTable> RowTable::make(Database& database, RowSource& source, std::size_t columns) {
    auto state = std::make_unique<RowTableState>();
    state->database = database.handle();
    state->source = &source;
    state->columns = columns;
    const int rc = sqlite3_create_module_v2(database.handle(), kName.data(), functions(),
                                            state.get(), nullptr);
    if (rc != SQLITE_OK) return error_from(rc, sqlite3_errmsg(database.handle()));
    return RowTable(std::move(state));
}

RowTable::RowTable(RowTable&&) noexcept = default;

RowTable::~RowTable() {
    if (!state_) return;
    // Without functions it is taken away.
    sqlite3_create_module_v2(state_->database, kName.data(), nullptr, nullptr, nullptr);
}

Result<void> RowTable::run(Statement& statement) {
    auto done = statement.run();
    if (state_->error) return *std::exchange(state_->error, std::nullopt);
    return done;
}

}  // namespace millrace::sqlite
