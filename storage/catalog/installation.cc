#include "storage/catalog/installation.h"

#include "storage/catalog/rows.h"
#include "storage/catalog/start_records.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

Result<Restored> restored_of(Row row) {
    Restored restored;
    restored.epoch = row.unsigned_integer();
    restored.token = row.text();
    restored.backup_at = WallTime{row.integer()};
    restored.restored_at = WallTime{row.integer()};
    restored.remembered = Milliseconds(row.integer());
    restored.has_started = row.boolean();
    return restored;
}

}  // namespace

Result<std::optional<Restored>> read_restored(Database& database) {
    TRY_ASSIGN(auto query, database.query("SELECT epoch, token, backup_at, restored_at, remembered,"
                                          " has_started FROM installation"));
    return read_one<Restored>(std::move(query), restored_of);
}

Result<std::optional<Restored>> Installation::restored() {
    return connections_.read(read_restored);
}

Result<void> Installation::mark_started() {
    return connections_.write([](Database& database) -> Result<void> {
        TRY(database.run("UPDATE installation SET has_started = 1"));
        return {};
    });
}

Result<bool> Installation::is_from_before(const VolumeId& volume) {
    return connections_.read([&](Database& database) -> Result<bool> {
        TRY_ASSIGN(
            const auto found,
            database.number("SELECT count(*) FROM volumes_before WHERE volume = ?1", volume.value));
        return found > 0;
    });
}

}  // namespace millrace::catalog
