#pragma once
// A database of the shared server, and files to import into it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/ports/target.h"
#include "storage/target/postgres/postgres_target.h"
#include "tests/support/postgres_server.h"

namespace millrace::postgres {

class TargetFixture : public testing::Test {
protected:
    using Texts = std::vector<std::vector<std::string>>;

    // `server` must outlive it.
    explicit TargetFixture(
        testing_support::PostgresServer& server = testing_support::PostgresServer::shared());

    static TableSpec spec(std::vector<TableColumn> columns,
                          const std::string& table = "in.c-shop.orders");
    static TableSpec plain() { return spec({{.name = "id"}, {.name = "name"}}); }
    static TableSpec keyed() {
        return spec({{.name = "id", .primary_key = true}, {.name = "name"}});
    }

    // A file of these slices; every file has another id. `before_slice` is called before each.
    ImportRequest file(const TableSpec& table, const std::vector<std::string>& slices,
                       std::function<void(std::uint32_t)> before_slice = nullptr);

    Texts query(const std::string& sql) const { return server_.query(database_, sql); }
    Texts rows(const TableSpec& table) const;
    void make(const TableSpec& table);
    void import(const ImportRequest& request);
    // It fails so, with these words, and the tables have what they had.
    void expect_failure(const ImportRequest& request, Code code, std::string_view words);

    testing_support::PostgresServer& server_;
    const std::string database_ = server_.new_database();
    // Short where tests wait for them.
    ConnectOptions options_{.dsn = server_.dsn(database_),
                            .statement_timeout = std::chrono::milliseconds(20'000),
                            .lock_timeout = std::chrono::milliseconds(300)};
    PostgresTarget target_{options_, PoolLimits{}};

private:
    std::uint64_t files_ = 0;
};

}  // namespace millrace::postgres
