// A backup that is taken at any moment, and restored beside tables that went on.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/lifecycle/lifecycle.h"
#include "tests/unit/core/lifecycle/lifecycle_world.h"

namespace millrace::lifecycle {
namespace {

using std::chrono::seconds;

// What a backup has: the catalog of one moment, and the slices that it names and no table has.
struct Copy {
    std::map<SliceId, test::FakeCatalog::Row> slices;
    std::map<FileId, test::FakeCatalog::FileRow> files;
    std::map<FileId, std::vector<RefusedRow>> refused;
    std::map<SliceId, std::string> bytes;
};

bool is_owed(const test::FakeCatalog::Row& row) {
    return row.slice.state != SliceState::imported && row.slice.state != SliceState::discarded;
}

// An installation with a backup, as make_backup() takes it: close the files, wait for the catalog,
// copy it, then copy the slices, while everything goes on.
class Installation {
public:
    explicit Installation(std::uint64_t seed) : random_(seed), world(seed) {
        auto settings = import_at(5);
        settings.upload.count = 2;
        settings.import.interval = seconds(20);
        for (std::uint64_t number : {1U, 2U}) {
            sinks_.push_back(world.fakes.add_sink(number, settings));
        }
        world.make_lifecycle();
        world.start();
    }

    // Some events come, and some threads get on.
    void go_on(int steps) {
        for (int i = 0; i < steps; ++i) {
            if (random_() % 4 == 0) {
                answered.push_back(std::to_string(answered.size()));
                for (const auto& sink : sinks_) world.journal.append(sink, answered.back());
            }
            if (random_() % 8 == 0) world.clock.advance(seconds(1));
            world.turn();
        }
    }

    Copy back_up() {
        const RemovalHold::Held held(world.fakes.hold);
        std::set<FileId> files;
        for (const auto& file : world.journal.open_files()) files.insert(file.id);
        for (const auto& [id, row] : world.fakes.catalog.files) {
            if (row.file.state == FileState::writing) files.insert(id);
        }
        for (const auto& file : files) world.journal.close_file(file);
        while (!std::ranges::all_of(files, [&](FileId file) { return is_settled(file); })) {
            go_on(1);
            world.clock.advance(std::chrono::milliseconds(1));
        }
        Copy copy{.slices = world.fakes.catalog.slices,
                  .files = world.fakes.catalog.files,
                  .refused = world.fakes.catalog.refused,
                  .bytes = {}};
        for (const auto& [id, row] : copy.slices) {
            if (!is_owed(row)) continue;
            go_on(1);
            copy.bytes[id] = bytes_of(row.slice);
        }
        return copy;
    }

    // What tables and their ledgers have at the end.
    const test::FakeTarget& target() const { return world.fakes.target; }

    std::vector<std::string> answered;

private:
    bool is_settled(FileId id) const {
        const auto known = world.fakes.catalog.files.find(id);
        if (known == world.fakes.catalog.files.end()) return false;
        const auto& file = known->second.file;
        if (file.state == FileState::writing) return false;
        const auto slices = std::ranges::count_if(world.fakes.catalog.slices, [&](const auto& row) {
            return row.second.slice.opening.file == id;
        });
        return file.state != FileState::closing || slices >= file.slices;
    }

    // From where the copy of the catalog says that it is.
    std::string bytes_of(const Slice& slice) const {
        if (slice.state == SliceState::uploaded) {
            return world.fakes.staging.objects.at(slice.staged.key)
                .substr(1);  // as FakeCodec packs
        }
        return world.fakes.slices.files.at(slice.opening.slice);
    }

    std::mt19937_64 random_;
    World world;
    std::vector<SinkVersion> sinks_;
};

// As make_restored() does it: files that are open in the copy are forgotten, what waits is local
// and was never tried, and of what is done nothing is left to remove.
void restore(const Copy& copy, World& world) {
    auto& catalog = world.fakes.catalog;
    for (const auto& [id, row] : copy.files) {
        const auto& file = row.file;
        const auto slices = std::ranges::count_if(
            copy.slices, [&](const auto& slice) { return slice.second.slice.opening.file == id; });
        if (file.state == FileState::writing) continue;
        if (file.state == FileState::closing && file.slices > slices) continue;
        catalog.files[id] = row;
        catalog.files[id].file.retry = {};
        if (file.state == FileState::importing) catalog.files[id].file.state = FileState::closing;
    }
    for (const auto& [id, row] : copy.slices) {
        if (!catalog.files.contains(row.slice.opening.file)) continue;
        auto& restored = catalog.slices[id] = row;
        restored.staged_left = false;
        restored.local_left = is_owed(row);
        if (!is_owed(row)) continue;
        restored.slice.state = SliceState::closing;
        restored.slice.staged = {};
        restored.slice.retry = {};
        world.fakes.slices.files[id] = copy.bytes.at(id);
    }
}

// Goal    every row that was answered before a backup is in its table once after a restore, and no
//         row is there twice, whatever the old installation has done since, and whenever it was
//         lost.
// Method  by a seed events come and threads get on before, amid and behind the backup; then the
//         old installation is gone, and a new one of the copy goes on beside its tables.
TEST(LifecycleBackupTest, RowsAnsweredBeforeABackupAreInTheirTableOnce) {
    std::size_t behind = 0;  // rows of all runs that were imported between backup and loss
    for (std::uint64_t seed = 1; seed <= 80; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed=" << seed);
        std::mt19937_64 random(seed);
        Installation old(seed);
        old.go_on(static_cast<int>(random() % 400));
        const auto owed = old.answered;
        const auto copy = old.back_up();
        const auto there = old.target().ledger.size();
        old.go_on(static_cast<int>(random() % 400));
        behind += old.target().ledger.size() - there;

        World restored(seed + 1000);
        for (std::uint64_t number : {1U, 2U}) restored.fakes.add_sink(number, import_at(5));
        restored.clock.advance(std::chrono::hours(24));
        restore(copy, restored);
        auto& target = restored.fakes.target;
        target.ledger = old.target().ledger;
        target.tables = old.target().tables;
        target.knows_other_imports = true;
        restored.start();
        restored.quiesce();

        for (const auto* table : {"in.c-shop.sink1", "in.c-shop.sink2"}) {
            std::map<std::string, int> counted;
            for (const auto& row : target.tables[table]) ++counted[row];
            for (const auto& row : owed) EXPECT_EQ(counted[row], 1) << row << " in " << table;
            for (const auto& [row, count] : counted) {
                EXPECT_EQ(count, 1) << row << " in " << table;
                EXPECT_LT(std::stoul(row), old.answered.size());
            }
        }
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(behind, 50U) << "the runs tell something";
}

}  // namespace
}  // namespace millrace::lifecycle
