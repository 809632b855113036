#include "storage/catalog/table_numbers.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;

Result<std::uint64_t> next_owner_number(Database& database) {
    TRY(database.run("UPDATE last_numbers SET number = number + 1 WHERE name = 'sink'"));
    TRY_ASSIGN(const auto number,
               database.number("SELECT number FROM last_numbers WHERE name = 'sink'"));
    return static_cast<std::uint64_t>(number);
}

}  // namespace

Result<SinkNumber> number_of_table(Database& database, const TableOfBranch& wanted) {
    const auto& table = wanted.table.table.text();
    TRY_ASSIGN(const auto known,
               database.number("SELECT coalesce((SELECT number FROM tables WHERE project = ?1"
                               " AND branch = ?2 AND target = ?3 AND table_id = ?4), 0)",
                               wanted.project.value, wanted.branch.value, wanted.table.target.value,
                               table));
    if (known > 0) return SinkNumber(static_cast<std::uint64_t>(known));
    TRY_ASSIGN(const auto number, next_owner_number(database));
    TRY(database.run(
        "INSERT INTO tables (project, branch, target, table_id, number)"
        " VALUES (?1, ?2, ?3, ?4, ?5)",
        wanted.project.value, wanted.branch.value, wanted.table.target.value, table, number));
    return SinkNumber(number);
}

}  // namespace millrace::catalog
