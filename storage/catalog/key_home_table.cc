#include "storage/catalog/key_home_table.h"

#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

// As a UUID is written: both have 16 bytes.
std::string text_of(const Fingerprint& source) {
    return to_string(Uuid{source.bytes});
}

Result<KeyHome> read_home(Row row) {
    KeyHome home;
    const auto source = parse_uuid(row.text());
    if (!source) return Error(Code::corrupt, "the source of a key home is none");
    home.source = Fingerprint{source->bytes};
    home.volume = VolumeId(row.text());
    home.window = Milliseconds(row.integer());
    if (const auto until = row.optional_integer()) home.until = AgeTime{*until};
    return home;
}

}  // namespace

Result<std::vector<KeyHome>> KeyHomes::key_homes() {
    return connections_.read([](Database& database) -> Result<std::vector<KeyHome>> {
        TRY_ASSIGN(auto query, database.query("SELECT source, volume, window, until FROM key_homes"
                                              " ORDER BY source, volume"));
        return read_all<KeyHome>(std::move(query), read_home);
    });
}

Result<void> KeyHomes::save_key_homes(std::span<const KeyHome> homes) {
    return connections_.write([&](Database& database) -> Result<void> {
        for (const auto& home : homes) {
            std::optional<std::int64_t> until;
            if (home.until) until = home.until->ms;
            TRY(database.run(
                "INSERT OR REPLACE INTO key_homes (source, volume, window, until)"
                " VALUES (?1, ?2, ?3, ?4)",
                text_of(home.source), home.volume.value, std::int64_t{home.window.count()}, until));
        }
        return {};
    });
}

Result<void> KeyHomes::delete_key_homes(std::span<const KeyHome> homes) {
    return connections_.write([&](Database& database) -> Result<void> {
        for (const auto& home : homes) {
            TRY(database.run("DELETE FROM key_homes WHERE source = ?1 AND volume = ?2",
                             text_of(home.source), home.volume.value));
        }
        return {};
    });
}

}  // namespace millrace::catalog
