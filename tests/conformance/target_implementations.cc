#include <algorithm>
#include <filesystem>

#include "storage/sqlite/database.h"
#include "storage/target/postgres/postgres_target.h"
#include "storage/target/sqlite/sqlite_target.h"
#include "tests/conformance/target_suite.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_directory.h"

namespace millrace::conformance {
namespace {

class SqliteUnderTest : public TargetUnderTest {
public:
    Target& target() override { return target_; }

    std::unique_ptr<Target> restarted() override {
        return std::make_unique<target::SqliteTarget>(directory_.path());
    }

    std::optional<std::vector<Cells>> rows(const TableSpec& table) override {
        const auto path = directory_ / (std::string(table.id.bucket()) + ".sqlite");
        if (!std::filesystem::exists(path)) return std::nullopt;
        auto database = sqlite::Database::open(path, {.read_only = true}).value();
        auto prepared =
            database.query(fmt::format("SELECT * FROM \"{}\" ORDER BY 1, rowid", table.id.table()));
        if (!prepared.ok()) return std::nullopt;
        auto query = std::move(prepared).value();
        std::vector<Cells> rows;
        while (query->step().value()) {
            auto row = query.row();
            auto& cells = rows.emplace_back();
            for (std::size_t i = 0; i < table.columns.size(); ++i) {
                cells.push_back(row.optional_text());
            }
        }
        return rows;
    }

    void refuse(const TableSpec& table, std::string_view column, std::string_view value) override {
        const auto path = directory_ / (std::string(table.id.bucket()) + ".sqlite");
        auto database = sqlite::Database::open(path, {.commits_checkpoint = false}).value();
        for (const auto* act : {"INSERT", "UPDATE"}) {
            const auto made = database.execute(
                fmt::format("CREATE TRIGGER \"no {3} {0} {1}\" BEFORE {0} ON \"{1}\" WHEN "
                            "CAST(NEW.\"{2}\" AS TEXT)"
                            " = '{3}' BEGIN SELECT RAISE(ABORT, 'it is not wanted'); END",
                            act, table.id.table(), column, value));
            check(made.ok(), "a trigger");
        }
    }

    void require(const TableSpec& table, std::string_view column) override {
        const auto path = directory_ / (std::string(table.id.bucket()) + ".sqlite");
        auto database = sqlite::Database::open(path, {.commits_checkpoint = false}).value();
        std::string sql;
        {
            auto made =
                database
                    .query("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1",
                           table.id.table())
                    .value();
            check(made->step().value(), "the table is there");
            auto row = made.row();
            sql = row.text();
        }
        const auto declared = fmt::format("\"{}\" TEXT", column);
        const auto at = sql.find(declared);
        check(at != std::string::npos, "a column of text");
        sql.insert(at + declared.size(), " NOT NULL");
        check(database.execute(fmt::format("DROP TABLE \"{}\"", table.id.table())).ok(), "dropped");
        check(database.execute(sql).ok(), "made anew");
    }

private:
    testing_support::TempDirectory directory_;
    target::SqliteTarget target_{directory_.path()};
};

class PostgresUnderTest : public TargetUnderTest {
public:
    Target& target() override { return target_; }
    std::unique_ptr<Target> restarted() override {
        return std::make_unique<postgres::PostgresTarget>(options_, postgres::PoolLimits{});
    }
    std::optional<std::string> kept(std::string_view /*bytes*/) const override {
        return std::nullopt;
    }

    std::optional<std::vector<Cells>> rows(const TableSpec& table) override {
        auto session = postgres::Connection::open(options_, nullptr).value();
        std::string columns;
        for (const auto& column : table.columns) {
            columns += fmt::format("{}\"{}\"::text", columns.empty() ? "" : ", ", column.name);
        }
        const auto found = session.run(fmt::format("SELECT {} FROM \"{}\".\"{}\" ORDER BY 1, ctid",
                                                   columns, table.id.bucket(), table.id.table()));
        if (!found.ok()) return std::nullopt;
        std::vector<Cells> rows(found.value().size());
        for (std::size_t row = 0; row < rows.size(); ++row) {
            for (std::size_t i = 0; i < table.columns.size(); ++i) {
                const int column = static_cast<int>(i);
                rows[row].push_back(
                    found.value().is_null(row, column)
                        ? std::nullopt
                        : std::optional<std::string>(found.value().text(row, column)));
            }
        }
        return rows;
    }

    void refuse(const TableSpec& table, std::string_view column, std::string_view value) override {
        auto session = postgres::Connection::open(options_, nullptr).value();
        const auto made =
            session.run(fmt::format("ALTER TABLE \"{}\".\"{}\" ADD CHECK (\"{}\"::text <> '{}')",
                                    table.id.bucket(), table.id.table(), column, value));
        check(made.ok(), "a constraint");
    }

    void require(const TableSpec& table, std::string_view column) override {
        auto session = postgres::Connection::open(options_, nullptr).value();
        const auto made =
            session.run(fmt::format("ALTER TABLE \"{}\".\"{}\" ALTER \"{}\" SET NOT NULL",
                                    table.id.bucket(), table.id.table(), column));
        check(made.ok(), "a constraint");
    }

private:
    static testing_support::PostgresServer& server() {
        return testing_support::PostgresServer::shared();
    }

    const postgres::ConnectOptions options_{.dsn = server().dsn(server().new_database())};
    postgres::PostgresTarget target_{options_, postgres::PoolLimits{}};
};

INSTANTIATE_TEST_SUITE_P(
    Implementations, TargetConformance,
    testing::Values(TargetImplementation{"SqliteTarget",
                                         [] { return std::make_unique<SqliteUnderTest>(); }},
                    TargetImplementation{"PostgresTarget",
                                         [] { return std::make_unique<PostgresUnderTest>(); }}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace millrace::conformance
