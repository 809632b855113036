#include "storage/catalog/ages.h"

namespace millrace::catalog {
namespace {

// Where the clock goes on; where it never went, the newest time of all that is kept, if that is
// before ?1.
constexpr const char* kBegin = R"sql(
SELECT coalesce(
    (SELECT at FROM age_clock),
    min(?1, (SELECT max(at) FROM (
        SELECT max(arrived_at) AS at FROM rejects
        UNION ALL SELECT max(created_at) FROM tasks
        UNION ALL SELECT max(imported_at) FROM files
        UNION ALL SELECT max(last_at) FROM slices))),
    ?1)
)sql";

}  // namespace

Result<AgeTime> Ages::load_age(WallTime now) {
    return connections_.read([&](sqlite::Database& database) -> Result<AgeTime> {
        TRY_ASSIGN(const auto at, database.number(kBegin, now.unix_ms));
        return AgeTime{at};
    });
}

Result<void> Ages::save_age(AgeTime age) {
    return connections_.write([&](sqlite::Database& database) -> Result<void> {
        TRY(
            database.run("INSERT INTO age_clock (one, at) VALUES (1, ?1)"
                         " ON CONFLICT (one) DO UPDATE SET at = max(at, excluded.at)",
                         age.ms));
        return {};
    });
}

}  // namespace millrace::catalog
