// What a volume does when frames of its journal are damaged.

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "storage/journal/volume_journal.h"
#include "storage/local/slice_files.h"
#include "tests/sim/sim_catalog.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_executor.h"
#include "tests/sim/sim_rng.h"

namespace millrace::sim {
namespace {

// A volume whose sealed slices come into the catalog only if that is wanted.
class JournalDamageTest : public ::testing::Test, private VolumeObserver {
protected:
    void open() {
        slices_ = std::make_unique<local::SliceFiles>(
            disk_, clock_, scheduler_.make_executor(),
            local::SliceFiles::Options{.directory = "/data/slices"}, local::SliceEvents{});
        ASSERT_TRUE(slices_->prepare().ok());
        auto opened = journal::VolumeJournal::open(
            {.disk = disk_,
             .clock = clock_,
             .rng = rng_,
             .executor = scheduler_.make_executor(),
             .background = scheduler_.make_executor(),
             .slices = *slices_,
             .catalog = catalog_,
             .losses = catalog_,
             .registry = catalog_},
            {.volume = VolumeId("default"), .volume_directory = "/data", .segment_bytes = 64 << 10},
            {});
        ASSERT_TRUE(opened.ok()) << opened.error().operator_text();
        journal_ = std::move(opened).value();
        journal_->start(*this);
        run();
    }
    void kill() {
        scheduler_.drop_all();
        journal_.reset();
        slices_.reset();
    }
    void TearDown() override { kill(); }

    void write(std::uint64_t sink) {
        RowBatch batch;
        batch.csv = kRow;
        batch.arrived_at = clock_.wall();
        batch.age = clock_.age();
        batch.groups = {
            {.sink = {SinkNumber(sink), MappingVersion(1)}, .rows = 1, .bytes = batch.csv.size()}};
        batch.done = [](const Result<void>& outcome) { EXPECT_TRUE(outcome.ok()); };
        ASSERT_TRUE(journal_->submit(std::move(batch)).ok());
        run();
    }
    FileId file_of(std::uint64_t sink) {
        for (const auto& file : journal_->open_files()) {
            if (file.sink.sink == SinkNumber(sink)) return file.id;
        }
        return {};
    }
    void run() { scheduler_.run_for(std::chrono::seconds(1)); }

    static constexpr std::string_view kRow = "\"a row that is found\"\n";
    static constexpr const char* kSegment = "/data/journal/0000000001.segment";
    // Behind the header of the first frame of the segment.
    static constexpr std::uint64_t kInFirstFrame = 4096 + 80;
    // A frame of 200 bytes that opens a slice, then another: header, batch, opening, rows.
    static constexpr std::uint64_t kInSecondCsv = 4096 + 200 + 64 + 16 + 56 + 40 + 2;

    bool records_slices_ = true;
    test::ManualClock clock_;
    SimRng rng_{1};
    SimDisk disk_{{.seed = 1}};
    MemoryCatalog catalog_;
    SimScheduler scheduler_{clock_, 1};
    std::unique_ptr<local::SliceFiles> slices_;
    std::unique_ptr<journal::VolumeJournal> journal_;

private:
    void slice_sealed(const OpenSlice& slice) override {
        if (!records_slices_) return;
        ASSERT_TRUE(catalog_.record_sealed(slice).ok());
        journal_->slice_recorded(slice.opening.slice);
    }
    void file_closed(const OpenFile& file) override { ASSERT_TRUE(catalog_.close_file(file).ok()); }
    void checkpointed(const VolumeId&, Sequence) override {}
    void batches_lost(const VolumeId&, BatchNumber, BatchNumber) override {}
};

// Goal    a closed file does not wait for a slice whose opening is lost with a damaged frame.
// Method  close a file; crash before its slice is in the catalog; damage the frame that opened the
//         slice, with a valid one behind it, so that it is no tail.
TEST_F(JournalDamageTest, AClosedFileDoesNotWaitForASliceWhoseOpeningIsLost) {
    open();
    records_slices_ = false;
    write(1);
    const auto file = file_of(1);
    journal_->close_file(file);
    run();
    write(2);
    ASSERT_EQ(catalog_.files().at(file).slices, 1U);
    kill();
    disk_.flip_bit(kSegment, kInFirstFrame);
    records_slices_ = true;

    open();
    EXPECT_EQ(journal_->recovery().damages.size(), 1U);
    ASSERT_EQ(journal_->recovery().shortened_files.size(), 1U);
    EXPECT_EQ(journal_->recovery().shortened_files[0].file, file);
    EXPECT_EQ(journal_->recovery().shortened_files[0].slices_lost, 1U);
    EXPECT_EQ(catalog_.files().at(file).state, FileState::closing);
    EXPECT_EQ(catalog_.files().at(file).slices, 0U) << "it waits for nothing";
}

// The same crash, and nothing damaged.
TEST_F(JournalDamageTest, AClosedFileWaitsForASliceThatIsStillToBeSealed) {
    open();
    records_slices_ = false;
    write(1);
    const auto file = file_of(1);
    journal_->close_file(file);
    run();
    kill();
    records_slices_ = true;

    open();
    EXPECT_TRUE(journal_->recovery().shortened_files.empty());
    EXPECT_EQ(catalog_.files().at(file).slices, 1U);
    EXPECT_EQ(catalog_.slices().size(), 1U) << "it is sealed now";
}

// Goal    a volume whose newest sealed rows are in a damaged frame opens at the second start as at
//         the first.
// Method  the catalog knows of a frame behind the end of a damaged journal; the checkpoint of the
//         first start hides the damage from the second.
TEST_F(JournalDamageTest, ADamagedEndIsAcceptedForGood) {
    open();
    write(1);
    write(2);
    kill();
    disk_.flip_bit(kSegment, kInFirstFrame);
    catalog_.know_sealed(Sequence(1000));

    open();
    EXPECT_FALSE(journal_->recovery().damages.empty());
    kill();
    open();
    EXPECT_TRUE(journal_->recovery().damages.empty()) << "behind the checkpoint";
}

// Goal    rows that a checkpoint knows of and the disk does not are counted, and a restart more
//         does not count them again.
TEST_F(JournalDamageTest, RowsOfASliceThatLostItsFileAreCountedOnce) {
    open();
    write(1);
    journal_->checkpoint([](const Result<void>& stored) { EXPECT_TRUE(stored.ok()); });
    run();
    const auto slice = journal_->local_slices().at(0).opening.slice;
    kill();
    ASSERT_TRUE(disk_.remove("/data/slices/" + to_string(slice) + ".csv").ok());
    for (int restarts = 0; restarts < 2; ++restarts) {
        open();
        EXPECT_EQ(journal_->recovery().damaged_slices.size(), restarts == 0 ? 1U : 0U);
        write(2);
        kill();
    }
    ASSERT_EQ(catalog_.lost_rows().size(), 1U);
    EXPECT_EQ(catalog_.lost_rows().begin()->second.content.rows, 1U);
}

// Goal    a damaged frame costs its own rows where something else confirms the opening in it.
// Method  a file that the catalog knows from its first slice; the frame that opens the second is
//         damaged behind the opening, and two more have rows of it.
TEST_F(JournalDamageTest, RowsOfWholeFramesAreThereWhereTheCatalogKnowsTheirFile) {
    open();
    write(1);
    journal_->close_slice(journal_->local_slices().at(0).opening.slice);
    run();
    ASSERT_EQ(catalog_.slices().size(), 1U);
    for (int i = 0; i < 3; ++i) write(1);
    kill();
    disk_.flip_bit(kSegment, kInSecondCsv);

    open();
    ASSERT_EQ(journal_->recovery().damages.size(), 1U);
    ASSERT_EQ(journal_->local_slices().size(), 1U);
    EXPECT_EQ(journal_->local_slices()[0].content.rows, 2U);
    ASSERT_EQ(catalog_.lost_rows().size(), 1U);
    const auto& lost = catalog_.lost_rows().begin()->second;
    EXPECT_EQ(lost.content.rows, 1U);
    EXPECT_EQ(lost.opening.sink.sink, SinkNumber(1));
    kill();
    open();
    EXPECT_EQ(journal_->local_slices().at(0).content.rows, 2U);
    EXPECT_EQ(catalog_.lost_rows().size(), 1U);
}

// Goal    every row that cannot be brought back is counted, once, also where no sink is known.
TEST_F(JournalDamageTest, RowsWhoseOpeningIsLostAreCounted) {
    open();
    for (int i = 0; i < 3; ++i) write(1);
    kill();
    disk_.flip_bit(kSegment, kInFirstFrame);

    for (int restarts = 0; restarts < 2; ++restarts) {
        open();
        EXPECT_TRUE(journal_->local_slices().empty());
        std::uint64_t rows = 0;
        for (const auto& [_, lost] : catalog_.lost_rows()) {
            rows += lost.content.rows;
            EXPECT_EQ(lost.opening.sink.sink, SinkNumber());
        }
        EXPECT_EQ(rows, 3U);
        kill();
    }
}

class DamagedHeaderTest : public JournalDamageTest,
                          public ::testing::WithParamInterface<std::uint64_t> {
protected:
    std::uint64_t rows() const {
        std::uint64_t rows = 0;
        for (const auto& slice : journal_->local_slices()) rows += slice.content.rows;
        return rows;
    }
};
INSTANTIATE_TEST_SUITE_P(Bytes, DamagedHeaderTest, ::testing::Range<std::uint64_t>(0, 64));

// Goal    whichever byte of the header of a segment is changed, its rows are there after a start,
//         the damage is told, and what comes later is kept as ever.
TEST_P(DamagedHeaderTest, CostsNoRow) {
    open();
    write(1);
    write(1);
    kill();
    disk_.flip_bit(kSegment, GetParam());
    catalog_.know_sealed(Sequence(2));

    open();
    EXPECT_EQ(journal_->recovery().damaged_headers, std::vector<std::string>{kSegment});
    EXPECT_TRUE(journal_->recovery().damages.empty());
    EXPECT_EQ(rows(), 2U);
    write(1);
    kill();
    open();
    EXPECT_TRUE(journal_->recovery().damaged_headers.empty()) << "behind the checkpoint";
    EXPECT_EQ(rows(), 3U);
}

// Goal    a segment of which nothing can be read is named and kept, and the volume goes on without.
TEST_F(JournalDamageTest, ASegmentOfWhichNothingCanBeReadIsPutAsideAndNamed) {
    open();
    write(1);
    kill();
    disk_.flip_bit(kSegment, 3);
    disk_.flip_bit(kSegment, kInFirstFrame);
    catalog_.know_sealed(Sequence(1));

    open();
    EXPECT_EQ(journal_->recovery().unreadable_segments, std::vector<std::string>{kSegment});
    const auto kept = std::string(kSegment) + ".damaged";
    EXPECT_TRUE(disk_.open(kept, Disk::Open::existing).ok());
    kill();
    open();
    EXPECT_TRUE(journal_->recovery().unreadable_segments.empty());
    write(1);
    EXPECT_FALSE(disk_.open(kSegment, Disk::Open::existing).ok()) << "the name is not used again";
    kill();
    open();
    EXPECT_EQ(journal_->local_slices().size(), 1U);
    EXPECT_TRUE(disk_.open(kept, Disk::Open::existing).ok());
}

}  // namespace
}  // namespace millrace::sim
