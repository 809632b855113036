#pragma once
// Statement: a prepared SQL statement. Row: its current row, read from left to right.
//
// Lifetime  dies before its Database.
// Thread    that of its Database.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

struct sqlite3_stmt;

namespace millrace::sqlite {

class Statement {
public:
    explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    ~Statement();

    // Positions count from 1. A bind that fails is reported by the next step().
    void bind(int position, std::int64_t value);
    void bind(int position, std::uint64_t value);  // at most 2^63 - 1
    void bind(int position, std::uint32_t value) { bind(position, std::uint64_t{value}); }
    void bind(int position, int value) { bind(position, std::int64_t{value}); }
    void bind(int position, bool value) { bind(position, std::int64_t{value}); }
    void bind(int position, double value);
    void bind(int position, std::string_view text);  // any bytes; copied
    void bind(int position, const std::string& text) { bind(position, std::string_view(text)); }
    void bind(int position, const char* text) { bind(position, std::string_view(text)); }
    void bind(int position, std::nullopt_t);
    template <typename T>
    void bind(int position, const std::optional<T>& value) {
        value ? bind(position, *value) : bind(position, std::nullopt);
    }

    // Like bind(), but `text` must stay valid until the next step() has returned.
    void bind_borrowed(int position, std::string_view text);
    void bind_borrowed_blob(int position, std::string_view bytes);

    // Binds positions 1, 2, 3 ...
    template <typename... Values>
    void bind_all(const Values&... values) {
        int position = 0;
        (bind(++position, values), ...);
    }

    // Moves to the next row; false when there is none.
    // Errors  see error_from()
    Result<bool> step();

    // Runs a statement that returns no rows, and makes it ready to run again.
    Result<void> run();

    // Makes the statement ready to run again; bindings stay.
    void reset();
    void clear_bindings();

    // Steps of SQLite's machine since it was prepared: what it cost, whatever else runs.
    std::uint64_t cost() const;

    sqlite3_stmt* handle() const { return handle_; }

private:
    void note(int rc);

    sqlite3_stmt* handle_;
    int bind_failure_ = 0;
};

// What SQLite keeps a value as, whatever its column was declared as.
enum class ValueKind { null, integer, real, text, blob };

// Reads the columns of the current row of `statement` from left to right.
class Row {
public:
    explicit Row(const Statement& statement) : handle_(statement.handle()) {}

    std::int64_t integer();
    std::uint64_t unsigned_integer();
    std::uint32_t unsigned32();
    bool boolean() { return integer() != 0; }
    std::string text();  // any bytes; empty for NULL
    double real();
    bool next_is_null() const;
    ValueKind next_kind() const;
    void skip() { ++column_; }

    std::optional<std::string> optional_text();
    std::optional<std::int64_t> optional_integer();

private:
    sqlite3_stmt* handle_;
    int column_ = 0;
};

}  // namespace millrace::sqlite
