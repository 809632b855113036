// The order of loads and sinks of one table: commits, with the real catalog and a journal by hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/error_names.h"
#include "core/pipeline/load_ends.h"
#include "core/pipeline/volumes.h"
#include "storage/catalog/sqlite_catalog.h"
#include "tests/sim/sim_rng.h"
#include "tests/support/manual_executor.h"
#include "tests/support/quiet_journal.h"
#include "tests/support/quiet_slices.h"
#include "tests/support/some_load.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/storage/catalog/test_secrets.h"

namespace millrace::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const VolumeId kVolume("default");
const LoadScope kScope{.project = ProjectId(1), .branch = BranchId(1)};
const SinkVersion kSink{.sink = SinkNumber(900), .mapping = MappingVersion(1)};
const SinkVersion kSinkOfOther{.sink = SinkNumber(901), .mapping = MappingVersion(1)};

FileId file_id(std::uint64_t number) {
    return FileId(make_uuid_v7(AgeTime{1}, number, 0));
}
SliceId slice_id(std::uint64_t number) {
    return SliceId(make_uuid_v7(AgeTime{2}, number, 0));
}

MappingSnapshot table(const std::string& name, bool keyed = true) {
    return testing_support::load_table(kScope, name, keyed);
}

// Files are open and slices are being sealed as the test says.
class HandJournal final : public testing_support::QuietJournal {
public:
    std::vector<OpenFile> open_files() const override { return files; }
    std::vector<OpenSlice> local_slices() const override { return slices; }
    std::vector<VolumeId> unknown_volumes() const override { return unknown; }
    void close_file(FileId file) override {
        asked.push_back(file);
        std::erase_if(files, [&](const OpenFile& open) { return open.id == file; });
    }

    std::vector<OpenFile> files;
    std::vector<OpenSlice> slices;
    std::vector<VolumeId> unknown;
    std::vector<FileId> asked;  // to close
};

class LoadOrderTest : public testing::Test {
protected:
    LoadOrderTest()
        : catalog_(catalog::SqliteCatalog::open(folder_ / "catalog.sqlite", catalog::test_secrets())
                       .value()),
          volumes_({{.id = kVolume,
                     .name = "default",
                     .journal = journal_,
                     .slices = slices_,
                     .has_room = [] { return true; }}}),
          ends_({.stores = {.loads = *catalog_,
                            .slices = volumes_,
                            .clock = clock_,
                            .random = random_,
                            .has_room = testing_support::always_room},
                 .lifecycle = *catalog_,
                 .definitions = *catalog_,
                 .journal = journal_,
                 .executor = executor_}) {
        save(kSink, table("in.c-shop.orders"));
        save(kSinkOfOther, table("in.c-shop.items"));
    }

    void save(const SinkVersion& sink, const MappingSnapshot& snapshot) {
        DefinitionEdit edit{.source = {}, .sinks = {}, .mappings = {}};
        edit.mappings.push_back({sink, snapshot});
        ASSERT_TRUE(catalog_->save(edit).ok());
    }
    LoadNumber written(const MappingSnapshot& into, std::uint64_t slice) {
        const auto load =
            catalog_
                ->begin_load(testing_support::load_into(into, kScope,
                                                        "label-" + std::to_string(slice), kVolume),
                             instant_of(clock_))
                .value()
                .load.number;
        const SliceContent content{.bytes = 10, .rows = 1, .crc = 1, .last_sequence = {}};
        EXPECT_TRUE(catalog_->announce_part(load, 0, slice_id(slice)).ok());
        EXPECT_TRUE(catalog_->adopt_part(load, 0, slice_id(slice), content).ok());
        EXPECT_TRUE(catalog_->finish_load(load, {.rows = 1, .bytes = 10}, instant_of(clock_)).ok());
        return load;
    }
    OpenFile open_file(std::uint64_t number, const SinkVersion& sink) {
        OpenFile file;
        file.id = file_id(number);
        file.sink = sink;
        file.slices = 1;
        file.volume = kVolume;
        return file;
    }
    OpenSlice slice_of(const OpenFile& file, std::uint64_t number) {
        return {.opening = {.slice = slice_id(number),
                            .file = file.id,
                            .sink = file.sink,
                            .opened_at = {},
                            .volume = file.volume},
                .content = {.bytes = 10, .rows = 1, .crc = 1, .last_sequence = Sequence(1)}};
    }
    void commit(LoadNumber load) {
        outcome_.reset();
        ends_.commit(load, [this](Result<Load> outcome) { outcome_ = std::move(outcome); });
    }
    void pass(Milliseconds span) {
        clock_.advance(span);
        executor_.run_ready();
    }

    testing_support::TempDirectory folder_;
    test::ManualClock clock_;
    test::ManualExecutor executor_{clock_};
    SimRng random_{1};
    HandJournal journal_;
    testing_support::QuietSlices slices_;
    std::unique_ptr<catalog::SqliteCatalog> catalog_;
    pipeline::Volumes volumes_;
    pipeline::LoadEnds ends_;
    std::optional<Result<Load>> outcome_;
};

TEST_F(LoadOrderTest, ACommitClosesTheFilesOfSinksOfItsTableAndWaitsUntilTheyAreKnown) {
    const auto file = open_file(1, kSink);
    journal_.files = {file, open_file(2, kSinkOfOther)};
    commit(written(table("in.c-shop.orders"), 9));
    EXPECT_THAT(journal_.asked, ElementsAre(file_id(1)));
    EXPECT_FALSE(outcome_);
    ASSERT_TRUE(catalog_->record_sealed(slice_of(file, 1)).ok());
    pass(Milliseconds(100));
    EXPECT_FALSE(outcome_);
    ASSERT_TRUE(catalog_->close_file(file).ok());
    pass(Milliseconds(100));
    ASSERT_TRUE(outcome_);
    EXPECT_EQ(outcome_->value().state, LoadState::committed);
}

TEST_F(LoadOrderTest, ACommitWaitsForFilesThatAreClosedAndNotKnownYet) {
    const auto file = open_file(1, kSink);
    journal_.slices = {slice_of(file, 1)};
    commit(written(table("in.c-shop.orders"), 9));
    EXPECT_FALSE(outcome_);
    ASSERT_TRUE(catalog_->record_reports({slice_of(file, 1)}, {file}).ok());
    pass(Milliseconds(100));
    EXPECT_TRUE(outcome_);
}

TEST_F(LoadOrderTest, ACommitWaitsForFilesThatOnlyTheCatalogHas) {
    const auto file = open_file(1, kSink);
    ASSERT_TRUE(catalog_->record_sealed(slice_of(file, 1)).ok());
    commit(written(table("in.c-shop.orders"), 9));
    EXPECT_FALSE(outcome_);
    ASSERT_TRUE(catalog_->close_file(file).ok());
    pass(Milliseconds(100));
    EXPECT_TRUE(outcome_);
}

TEST_F(LoadOrderTest, ACommitThatWaitsTooLongHasNotHappenedAndMayBeTriedAgain) {
    const auto file = open_file(1, kSink);
    journal_.slices = {slice_of(file, 1)};
    const auto load = written(table("in.c-shop.orders"), 9);
    commit(load);
    pass(std::chrono::seconds(31));
    ASSERT_TRUE(outcome_);
    EXPECT_EQ(outcome_->error().name(), error_names::kLoadCommitDelayed);
    EXPECT_EQ(catalog_->find_load(load).value()->state, LoadState::written);
    journal_.slices.clear();
    commit(load);
    EXPECT_TRUE(outcome_->ok());
}

TEST_F(LoadOrderTest, WithoutAKeyACommitWaitsForNobody) {
    save({.sink = SinkNumber(902), .mapping = MappingVersion(1)}, table("in.c-shop.events", false));
    journal_.files = {open_file(1, {.sink = SinkNumber(902), .mapping = MappingVersion(1)})};
    commit(written(table("in.c-shop.events", false), 9));
    EXPECT_THAT(journal_.asked, IsEmpty());
    EXPECT_TRUE(outcome_ && outcome_->ok());
}

TEST_F(LoadOrderTest, WhileItsVolumeIsUnknownALoadIsNeitherCommittedNorAborted) {
    const auto load = written(table("in.c-shop.orders"), 9);
    journal_.unknown = {kVolume};
    commit(load);
    ASSERT_TRUE(outcome_);
    EXPECT_EQ(outcome_->error().name(), error_names::kLoadVolumeAway);
    EXPECT_EQ(ends_.abort(load, "user").error().name(), error_names::kLoadVolumeAway);
    EXPECT_EQ(catalog_->find_load(load).value()->state, LoadState::written);
    journal_.unknown.clear();
    commit(load);
    EXPECT_TRUE(outcome_->ok());
    journal_.unknown = {kVolume};
    commit(load);
    EXPECT_EQ(outcome_->error().name(), error_names::kLoadAlreadyCommitted);
    commit(LoadNumber(77));
    EXPECT_EQ(outcome_->error().name(), error_names::kLoadNotFound);
}

TEST_F(LoadOrderTest, TimeEndsALoadAndRemovesItsFiles) {
    const auto load = written(table("in.c-shop.orders"), 9);
    EXPECT_EQ(ends_.tidy().value().aborted, 0U);
    clock_.advance(std::chrono::hours(72));
    EXPECT_EQ(ends_.tidy().value().aborted, 1U);
    EXPECT_EQ(catalog_->find_load(load).value()->state, LoadState::aborted);
    EXPECT_THAT(catalog_->leftover_parts(true, SliceId(), 10).value(), IsEmpty());
    clock_.advance(std::chrono::hours(72));
    EXPECT_EQ(ends_.tidy().value().forgotten, 1U);
}

}  // namespace
}  // namespace millrace::sim
