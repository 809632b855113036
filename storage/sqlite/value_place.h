#pragma once
// ValuePlace: where SQLite takes one value from: a parameter of a statement, or a column of rows
// that it pulls (row_table.h).

#include <cstdint>
#include <string_view>

#include "storage/sqlite/statement.h"

namespace millrace::sqlite {

class ValuePlace {
public:
    virtual void put_null() = 0;
    virtual void put(std::int64_t value) = 0;
    virtual void put(double value) = 0;
    virtual void put_copy(std::string_view text) = 0;
    // Stay valid until the statement has run; of rows, until the next one.
    virtual void put_borrowed(std::string_view text) = 0;
    virtual void put_borrowed_blob(std::string_view bytes) = 0;

protected:
    ~ValuePlace() = default;
};

class Parameter final : public ValuePlace {
public:
    // Positions count from 1.
    Parameter(Statement& statement, int position) : statement_(statement), position_(position) {}

    void put_null() override { statement_.bind(position_, std::nullopt); }
    void put(std::int64_t value) override { statement_.bind(position_, value); }
    void put(double value) override { statement_.bind(position_, value); }
    void put_copy(std::string_view text) override { statement_.bind(position_, text); }
    void put_borrowed(std::string_view text) override { statement_.bind_borrowed(position_, text); }
    void put_borrowed_blob(std::string_view bytes) override {
        statement_.bind_borrowed_blob(position_, bytes);
    }

private:
    Statement& statement_;
    int position_;
};

}  // namespace millrace::sqlite
