// Loads on a simulated disk that fails and loses power, with the real catalog beside it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/crc32c.h"
#include "core/base/error_names.h"
#include "core/pipeline/load_ends.h"
#include "core/pipeline/load_writer.h"
#include "core/pipeline/volumes.h"
#include "storage/catalog/sqlite_catalog.h"
#include "storage/local/slice_files.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_executor.h"
#include "tests/sim/sim_rng.h"
#include "tests/support/clocks.h"
#include "tests/support/quiet_journal.h"
#include "tests/support/some_load.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/storage/catalog/test_secrets.h"

namespace millrace::sim {
namespace {

const VolumeId kVolume("default");
const VolumeId kAway("away");
const LoadScope kScope{.project = ProjectId(1), .branch = BranchId(1)};
const std::string kDirectory = "/volume/slices";
constexpr int kRows = 12;

std::string row(int number) {
    return "\"" + std::to_string(number) + "\",\"text\"\n";
}

std::string all_rows() {
    std::string csv;
    for (int i = 0; i < kRows; ++i) csv += row(i);
    return csv;
}

MappingSnapshot table() {
    return testing_support::load_table(kScope, "in.c-shop.orders", false);
}

// A machine with one volume. The catalog survives every power loss, as its synced commits do.
class Machine {
public:
    explicit Machine(const SimDisk::Options& options)
        : disk(options), scheduler_(clock_, options.seed), rng_(options.seed) {
        catalog = catalog::SqliteCatalog::open(folder_ / "catalog.sqlite", catalog::test_secrets())
                      .value();
    }

    // False: the disk failed.
    bool start() {
        volumes_.reset();
        slices_.emplace(disk, clock_, scheduler_.make_executor(),
                        local::SliceFiles::Options{.directory = kDirectory},
                        local::SliceEvents{.write_failed = [](SliceId, const Error&) {},
                                           .sync_failed = [](const Error&) {}});
        if (!slices_->prepare().ok() || !slices_->finish_recovery().ok()) return false;
        if (!slices_->remove_strays({}).ok()) return false;
        std::vector<pipeline::Volume> here = {{.id = kVolume,
                                               .name = "default",
                                               .journal = journal_,
                                               .slices = *slices_,
                                               .has_room = [this] { return has_room; }}};
        std::vector<pipeline::AbsentVolume> absent;
        if (is_away) absent.push_back({.id = kAway, .name = "away"});
        if (!is_away) here.push_back(here.front());
        if (!is_away) here.back().id = kAway;
        volumes_.emplace(std::move(here), std::move(absent));
        ends.emplace(pipeline::LoadEnds::Ports{.stores = stores(),
                                               .lifecycle = *catalog,
                                               .definitions = *catalog,
                                               .journal = *volumes_,
                                               .executor = scheduler_.make_executor()});
        return ends->recover().ok();
    }

    pipeline::LoadStores stores() {
        return {.loads = *catalog,
                .slices = *volumes_,
                .clock = clock_,
                .random = rng_,
                .has_room = [this](const VolumeId& volume) { return volumes_->has_room(volume); }};
    }

    Load begin(const std::string& label, const VolumeId& volume = kVolume) {
        return catalog
            ->begin_load(testing_support::load_into(table(), kScope, label, volume),
                         instant_of(clock_))
            .value()
            .load;
    }

    Result<Load> commit(LoadNumber load) {
        std::optional<Result<Load>> committed;
        ends->commit(load, [&](Result<Load> outcome) { committed = std::move(outcome); });
        scheduler_.run_until_idle();
        return std::move(*committed);
    }

    std::vector<std::string> files() { return disk.list(kDirectory).value(); }

    // The rows of a committed load, in the order of their import.
    std::string rows_of(const Load& load) {
        std::string csv;
        const auto slices = catalog->slices_of(load.file.value()).value();
        for (const auto& slice : slices) {
            auto source = volumes_->read(slice);
            EXPECT_TRUE(source.ok());
            if (!source.ok()) continue;
            std::vector<char> buffer(4096);
            while (true) {
                const auto count = source.value()->read(buffer);
                EXPECT_TRUE(count.ok());
                if (!count.ok() || count.value() == 0) break;
                csv.append(buffer.data(), count.value());
            }
        }
        return csv;
    }

    SimDisk disk;
    bool has_room = true;  // above the reserve
    bool is_away = true;   // the second volume; else it has the files of the first one
    std::unique_ptr<catalog::SqliteCatalog> catalog;
    std::optional<pipeline::LoadEnds> ends;

private:
    testing_support::TempDirectory folder_;
    test::ManualClock clock_;
    SimScheduler scheduler_;
    SimRng rng_;
    testing_support::QuietJournal journal_;
    std::optional<local::SliceFiles> slices_;
    std::optional<pipeline::Volumes> volumes_;

public:
    // Those of processes that died do not come to their end before the checks are over.
    std::vector<std::unique_ptr<pipeline::LoadWriter>> writers;
};

// Takes a load as far as `state` and returns the state that a client was told, open at first.
LoadState take_load_to(Machine& machine, LoadState state) {
    const auto begun = machine.begin("x");
    const auto load = begun.number;
    auto& writer = *machine.writers.emplace_back(std::make_unique<pipeline::LoadWriter>(
        machine.stores(), begun, std::nullopt,
        pipeline::LoadLimits{.part_bytes = 50, .gather_bytes = 20}));
    for (int i = 0; i < kRows; ++i) {
        if (!writer.append(row(i), 1, WallTime{i}).ok()) return LoadState::aborted;
    }
    if (state == LoadState::open) return LoadState::open;
    if (!writer.finish(0, 0).ok()) return LoadState::aborted;
    if (state == LoadState::written) return state;
    if (state == LoadState::aborted) {
        EXPECT_TRUE(machine.ends->abort(load, "user").ok());
        return state;
    }
    EXPECT_TRUE(machine.ends->prepare(load).ok());
    if (state == LoadState::prepared) return state;
    EXPECT_TRUE(machine.commit(load).ok());
    return state;
}

constexpr LoadState kStates[] = {LoadState::open, LoadState::written, LoadState::prepared,
                                 LoadState::committed, LoadState::aborted};

// A load in `state`, after a failure of the disk on the way (-1: none) and a power loss, is whole
// or not there. Returns whether the failure came.
bool is_whole_or_not_there(LoadState state, std::uint64_t seed, int fail_at) {
    Machine machine({.seed = seed});
    EXPECT_TRUE(machine.start());
    if (fail_at >= 0) {
        machine.disk.fail_at(static_cast<std::int64_t>(machine.disk.operations()) + fail_at);
    }
    const auto told = take_load_to(machine, state);
    const bool failed = machine.disk.fault_fired();
    EXPECT_TRUE(failed || told == state);
    machine.disk.fail_at(-1);
    machine.disk.lose_power();
    EXPECT_TRUE(machine.start());

    auto load = machine.catalog->find_load(kScope, "x").value().value();
    if (told == LoadState::prepared || told == LoadState::committed) {
        EXPECT_EQ(load.state, told);
        if (told == LoadState::prepared) load = machine.commit(load.number).value();
        EXPECT_EQ(machine.rows_of(load), all_rows());
        return failed;
    }
    EXPECT_EQ(load.state, LoadState::aborted);
    EXPECT_TRUE(machine.catalog->rows_to_import().value().empty());
    EXPECT_TRUE(machine.catalog->leftover_parts(true, SliceId(), 10).value().empty());
    EXPECT_NE(machine.begin("x").number, load.number);
    return failed;
}

// Goal    what was prepared or committed has all its rows, once and in order, and of all else no
//         slice is known, whatever a power loss keeps.
TEST(LoadsSimTest, ALoadIsWholeOrNotThereWheneverThePowerGoes) {
    for (const auto state : kStates) {
        for (std::uint64_t seed = 0; seed < 8; ++seed) {
            SCOPED_TRACE(testing::Message() << to_string(state) << " seed=" << seed);
            is_whole_or_not_there(state, seed, -1);
            if (HasFailure()) return;
        }
    }
}

// Goal    the same when the disk has failed before.
// Method  fail the n-th operation for n = 0, 1, 2 ... until a run has no failure left.
TEST(LoadsSimTest, ALoadIsWholeOrNotThereWhateverFails) {
    for (const auto state : kStates) {
        for (int fail_at = 0;; ++fail_at) {
            SCOPED_TRACE(testing::Message() << to_string(state) << " fail_at=" << fail_at);
            if (!is_whole_or_not_there(state, static_cast<std::uint64_t>(fail_at), fail_at)) break;
            if (HasFailure()) return;
        }
    }
}

TEST(LoadsSimTest, WhatIsGivenUpLeavesNoFiles) {
    Machine machine({.seed = 1});
    ASSERT_TRUE(machine.start());
    EXPECT_EQ(take_load_to(machine, LoadState::aborted), LoadState::aborted);
    EXPECT_THAT(machine.files(), testing::IsEmpty());
    {
        pipeline::LoadWriter writer(machine.stores(), machine.begin("y"), std::nullopt,
                                    {.part_bytes = 50, .gather_bytes = 20});
        for (int i = 0; i < kRows; ++i) EXPECT_TRUE(writer.append(row(i), 1, WallTime{i}).ok());
    }
    EXPECT_THAT(machine.files(), testing::IsEmpty());
    EXPECT_EQ(machine.catalog->find_load(kScope, "y").value()->state, LoadState::aborted);
}

TEST(LoadsSimTest, AFullDiskAbortsTheLoadAndGivesItsRoomBack) {
    Machine machine({.seed = 1, .capacity_bytes = 120});
    ASSERT_TRUE(machine.start());
    pipeline::LoadWriter writer(machine.stores(), machine.begin("x"), std::nullopt,
                                {.part_bytes = 50, .gather_bytes = 20});
    Result<void> appended;
    for (int i = 0; i < kRows && appended.ok(); ++i) appended = writer.append(row(i), 1, {});
    ASSERT_FALSE(appended.ok());
    EXPECT_EQ(appended.error().name(), "stream.in.diskFull");
    EXPECT_EQ(writer.append(row(0), 1, {}).error().name(), "stream.in.diskFull");
    EXPECT_EQ(writer.finish(0, 0).error().name(), "stream.in.diskFull");
    EXPECT_THAT(machine.files(), testing::IsEmpty());
    const auto load = machine.catalog->find_load(writer.load().number).value().value();
    EXPECT_EQ(load.state, LoadState::aborted);
    EXPECT_EQ(load.reason, "the disk was full");
}

// A load is not more urgent than the uploads that make room again.
TEST(LoadsSimTest, ALoadEndsWhereTheReserveOfItsVolumeBegins) {
    Machine machine({.seed = 1});
    ASSERT_TRUE(machine.start());
    pipeline::LoadWriter writer(machine.stores(), machine.begin("x"), std::nullopt,
                                {.part_bytes = 50, .gather_bytes = 1});
    ASSERT_TRUE(writer.append(row(0), 1, {}).ok());
    machine.has_room = false;
    const auto appended = writer.append(row(1), 1, {});
    ASSERT_FALSE(appended.ok());
    EXPECT_EQ(appended.error().code(), Code::overloaded);
    EXPECT_EQ(appended.error().name(), "stream.in.diskFull");
    EXPECT_THAT(machine.files(), testing::IsEmpty());
    EXPECT_EQ(machine.catalog->find_load(kScope, "x").value()->reason, "the disk was full");
}

TEST(LoadsSimTest, EveryPartOfALoadWithAHeaderBeginsWithIt) {
    Machine machine({.seed = 1});
    ASSERT_TRUE(machine.start());
    const SliceHeader header{.has_operation = true, .columns = {"id", "text"}, .sequence = {}};
    const auto line = render_slice_header(header);
    const auto delete_of = [](int number) { return "delete," + row(number); };
    pipeline::LoadWriter writer(machine.stores(), machine.begin("x"), header,
                                {.part_bytes = line.size() + 1, .gather_bytes = 1});
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(writer.append(delete_of(i), 1, WallTime{i}).ok());
    ASSERT_TRUE(writer.finish(0, 0).ok());
    const auto load = machine.commit(writer.load().number).value();
    EXPECT_EQ(machine.rows_of(load), line + delete_of(0) + line + delete_of(1));
    EXPECT_EQ(load.counts.rows, 2U);
    EXPECT_EQ(load.counts.bytes, machine.rows_of(load).size());
    const auto slices = machine.catalog->slices_of(*load.file).value();
    ASSERT_EQ(slices.size(), 2U);
    for (int i = 0; i < 2; ++i) {
        const auto csv = line + delete_of(i);
        const auto& content = slices[static_cast<std::size_t>(i)].content;
        EXPECT_EQ(content.rows, 1U);
        EXPECT_EQ(content.bytes, csv.size());
        EXPECT_EQ(content.crc, crc32c(0, csv));
    }
}

// Goal    a file on a volume that is away is not forgotten, and hides none of those that are here.
TEST(LoadsSimTest, WhatALoadHasLeftOnAVolumeThatIsAwayIsRemovedWhenItIsBack) {
    Machine machine({.seed = 1});
    machine.is_away = false;
    ASSERT_TRUE(machine.start());
    for (const auto& volume : {kAway, kVolume}) {
        pipeline::LoadWriter writer(machine.stores(), machine.begin(volume.value, volume),
                                    std::nullopt, {.part_bytes = 1, .gather_bytes = 1});
        ASSERT_TRUE(writer.append(row(0), 1, {}).ok());
        ASSERT_TRUE(writer.finish(0, 0).ok());
    }
    EXPECT_EQ(machine.files().size(), 2U);
    machine.is_away = true;
    ASSERT_TRUE(machine.start());  // aborts both
    EXPECT_EQ(machine.files().size(), 1U);
    const auto left = machine.catalog->leftover_parts(true, SliceId(), 10).value();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].volume, kAway);
    machine.is_away = false;
    ASSERT_TRUE(machine.start());
    EXPECT_THAT(machine.files(), testing::IsEmpty());
    EXPECT_TRUE(machine.catalog->leftover_parts(true, SliceId(), 10).value().empty());
}

TEST(LoadsSimTest, AWriterWhoseLoadIsAbortedMeanwhileStopsAndRemovesItsFiles) {
    Machine machine({.seed = 1});
    ASSERT_TRUE(machine.start());
    pipeline::LoadWriter writer(machine.stores(), machine.begin("x"), std::nullopt,
                                {.part_bytes = 500, .gather_bytes = 20});
    ASSERT_TRUE(writer.append(row(0) + row(1), 2, {}).ok());
    ASSERT_TRUE(machine.ends->abort(writer.load().number, "user").ok());
    EXPECT_EQ(machine.files().size(), 1U);  // it belongs to the writer
    EXPECT_EQ(writer.finish(0, 0).error().name(), error_names::kLoadAlreadyAborted);
    EXPECT_THAT(machine.files(), testing::IsEmpty());
    EXPECT_TRUE(machine.catalog->leftover_parts(true, SliceId(), 10).value().empty());
}

}  // namespace
}  // namespace millrace::sim
