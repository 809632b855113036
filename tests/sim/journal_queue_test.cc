// Which batches share a frame, when it is written, and when none are taken.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "storage/journal/volume_journal.h"
#include "storage/local/slice_files.h"
#include "tests/sim/sim_catalog.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_executor.h"
#include "tests/sim/sim_rng.h"

namespace millrace::sim {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGatherTime{5};
constexpr std::uint64_t kGatherBytes = 2000;
constexpr std::uint64_t kQueueBytesMax = 8000;

class JournalQueueTest : public ::testing::Test, private VolumeObserver {
protected:
    void SetUp() override {
        open();
        journal_->start(*this);
        run_ready();
    }
    void TearDown() override { scheduler_.drop_all(); }

    void open() {
        auto opened = try_open();
        ASSERT_TRUE(opened.ok());
        journal_ = std::move(opened).value();
    }
    Result<std::unique_ptr<journal::VolumeJournal>> try_open() {
        slices_ = std::make_unique<local::SliceFiles>(
            disk_, clock_, scheduler_.make_executor(),
            local::SliceFiles::Options{.directory = "/data/slices"}, local::SliceEvents{});
        TRY(slices_->prepare());
        return journal::VolumeJournal::open(
            {.disk = disk_,
             .clock = clock_,
             .rng = rng_,
             .executor = scheduler_.make_executor(),
             .background = scheduler_.make_executor(),
             .slices = *slices_,
             .catalog = catalog_,
             .losses = catalog_,
             .registry = catalog_},
            {.volume = VolumeId("default"),
             .volume_directory = "/data",
             .segment_bytes = 64 << 10,
             .queue_bytes_max = kQueueBytesMax,
             .patience = {.time = kGatherTime, .bytes = kGatherBytes}},
            {.frame_synced = [this](const auto& frame) { frames_.push_back(frame.rows); }});
    }

    // As a restart does.
    Result<std::unique_ptr<journal::VolumeJournal>> reopen() {
        scheduler_.drop_all();
        journal_.reset();
        return try_open();
    }

    void submit(bool may_wait, std::size_t bytes = 10) {
        const auto taken = try_submit(may_wait, bytes);
        ASSERT_TRUE(taken.ok()) << taken.error().operator_text();
    }
    Result<Ticket> try_submit(bool may_wait, std::size_t bytes) {
        RowBatch batch;
        batch.csv = std::string(bytes, 'x');
        batch.groups = {{.sink = {SinkNumber(1), MappingVersion(1)}, .rows = 1, .bytes = bytes}};
        batch.may_wait = may_wait;
        batch.done = [this](const Result<void>& outcome) {
            durable_ += outcome.ok() ? 1 : 0;
            if (!outcome.ok()) refusals_.push_back(outcome.error().name());
        };
        return journal_->submit(std::move(batch));
    }

    // Without the time passing.
    void run_ready() { scheduler_.run_for(milliseconds(0)); }

    test::ManualClock clock_;
    SimRng rng_{1};
    SimDisk disk_{{.seed = 1}};
    MemoryCatalog catalog_;
    SimScheduler scheduler_{clock_, 1};
    std::unique_ptr<local::SliceFiles> slices_;
    std::unique_ptr<journal::VolumeJournal> journal_;
    std::vector<std::uint64_t> frames_;  // the rows of each
    int durable_ = 0;
    std::vector<std::string> refusals_;  // names of the errors

private:
    void slice_sealed(const OpenSlice&) override {}
    void file_closed(const OpenFile&) override {}
    void checkpointed(const VolumeId&, Sequence) override {}
    void batches_lost(const VolumeId&, BatchNumber, BatchNumber) override {}
};

// Goal    rows that a disk cannot take now are refused, and the next ones are taken.
// Method  a time without room and one without descriptors, each until the next segment is needed.
TEST_F(JournalQueueTest, RowsThatTheDiskCannotTakeAreRefusedAndTheVolumeLives) {
    const auto submit_until_refused = [this] {
        const auto before = refusals_.size();
        for (int i = 0; i < 100 && refusals_.size() == before; ++i) {
            submit(false, kQueueBytesMax / 2);
            run_ready();
        }
        return refusals_.size() == before ? "" : refusals_.back();
    };
    const auto expect_taken = [this] {
        const auto before = durable_;
        submit(false);
        run_ready();
        EXPECT_EQ(durable_, before + 1);
        EXPECT_TRUE(journal_->health().ok());
    };
    disk_.set_capacity(1000);
    EXPECT_EQ(submit_until_refused(), "stream.in.diskFull");
    disk_.set_capacity(SimDisk::kUnlimited);
    expect_taken();

    disk_.refuse_opens(disk_.opens(), 1000);
    EXPECT_EQ(submit_until_refused(), "stream.in.volumeBusy");
    disk_.refuse_opens(0, 0);
    expect_taken();
}

TEST_F(JournalQueueTest, AFailureIsNotedAsSoonAsThatIsPossible) {
    const auto is_noted = [this] { return disk_.open("/data/FAILED", Disk::Open::existing).ok(); };
    disk_.refuse_opens(disk_.opens(), 5);
    journal_->fail(Error(Code::unknown_outcome, "a sync failed"));
    EXPECT_FALSE(is_noted());
    scheduler_.run_for(std::chrono::seconds(5));
    EXPECT_TRUE(is_noted());
}

// As a node does that could not start and ends.
class UnstartedJournalTest : public JournalQueueTest {
protected:
    void SetUp() override { open(); }
};

TEST_F(UnstartedJournalTest, ACheckpointIsDurableAlthoughNobodyObserves) {
    std::optional<Result<void>> stored;
    journal_->checkpoint([&](const Result<void>& result) { stored = result; });
    run_ready();
    ASSERT_TRUE(stored.has_value());
    EXPECT_TRUE(stored->ok());
}

using Rows = std::vector<std::uint64_t>;

TEST_F(JournalQueueTest, ABatchThatSomebodyWaitsForIsWrittenAtOnce) {
    submit(false);
    run_ready();
    EXPECT_EQ(frames_, Rows({1}));
}

TEST_F(JournalQueueTest, BatchesThatMayWaitShareAFrame) {
    submit(true);
    run_ready();
    submit(true);
    scheduler_.run_for(kGatherTime - milliseconds(1));
    EXPECT_EQ(durable_, 0);
    scheduler_.run_for(milliseconds(1));
    EXPECT_EQ(frames_, Rows({2}));
    EXPECT_EQ(durable_, 2);

    submit(true);  // the next ones wait as long
    scheduler_.run_for(kGatherTime - milliseconds(1));
    EXPECT_EQ(frames_, Rows({2}));
    scheduler_.run_for(milliseconds(1));
    EXPECT_EQ(frames_, Rows({2, 1}));
}

TEST_F(JournalQueueTest, TheyGoWithOneThatSomebodyWaitsFor) {
    submit(true);
    submit(false);
    run_ready();
    EXPECT_EQ(frames_, Rows({2}));
    submit(true);  // while the timer of the first still runs
    run_ready();
    EXPECT_EQ(frames_, Rows({2}));
    scheduler_.run_for(kGatherTime);
    EXPECT_EQ(frames_, Rows({2, 1}));
}

TEST_F(JournalQueueTest, TheyGoWhenTheyAreMany) {
    for (int i = 0; i < 10; ++i) submit(true, kGatherBytes / 8);
    run_ready();
    EXPECT_EQ(frames_, Rows({10}));
}

TEST_F(JournalQueueTest, TheyGoWithACommand) {
    submit(true);
    journal_->checkpoint([](const Result<void>&) {});
    run_ready();
    EXPECT_EQ(frames_, Rows({1}));
}

TEST_F(JournalQueueTest, AFullQueueTakesNothingUntilItIsWritten) {
    for (const bool may_wait : {false, true}) {
        int taken = 0;
        while (try_submit(may_wait, kQueueBytesMax / 5).ok()) ++taken;
        EXPECT_EQ(taken, 4);
        const auto refused = try_submit(may_wait, kQueueBytesMax / 5);
        EXPECT_EQ(refused.error().name(), "stream.in.volumeBusy");
        run_ready();
        EXPECT_EQ(durable_, taken);
        durable_ = 0;
    }
}

TEST_F(JournalQueueTest, AVolumeThatLeavesWritesWhatItHasTaken) {
    submit(true);
    journal_->take_no_more();
    EXPECT_EQ(try_submit(false, 10).error().code(), Code::overloaded);
    journal_->checkpoint([](const Result<void>&) {});
    run_ready();
    EXPECT_EQ(durable_, 1);
}

TEST_F(JournalQueueTest, AJournalThatIsNotAllOfItselfIsRefused) {
    submit(false);
    run_ready();
    bool stored = false;
    journal_->checkpoint([&](const Result<void>& result) { stored = result.ok(); });
    scheduler_.run_for(milliseconds(100));
    ASSERT_TRUE(stored);
    ASSERT_TRUE(reopen().ok());

    catalog_.know_sealed(Sequence(2));
    EXPECT_EQ(reopen().error().code(), Code::conflict) << "it ends before what was sealed from it";
    catalog_.know_sealed(Sequence(1));
    ASSERT_TRUE(reopen().ok());
    const auto names = disk_.list("/data/journal").value();
    for (const auto& name : names) {
        if (!name.ends_with(".segment")) continue;
        ASSERT_TRUE(disk_.remove("/data/journal/" + name).ok());
    }
    EXPECT_EQ(reopen().error().code(), Code::conflict) << "it has no segments";
}

}  // namespace
}  // namespace millrace::sim
