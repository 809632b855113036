#include "api/kafka/batch_delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "api/kafka/source_watch.h"
#include "tests/support/clocks.h"
#include "tests/support/counting_rng.h"
#include "tests/support/memory_rejects.h"
#include "tests/support/quiet_journal.h"
#include "tests/support/source_routes.h"

namespace millrace::kafka {
namespace {

using testing::HasSubstr;

// Takes batches until it is told to refuse them, and answers when the test does.
class AskedJournal final : public testing_support::QuietJournal {
public:
    Result<Ticket> submit(RowBatch&& batch) override {
        ++asked;
        if (refusal) return *refusal;
        taken.push_back(std::move(batch));
        return Ticket{.volume = VolumeId("default"), .batch = BatchNumber(asked)};
    }

    std::uint64_t asked = 0;
    std::optional<Error> refusal;
    std::vector<RowBatch> taken;
};

// Runs tasks when the test says so.
class PatientExecutor final : public Executor {
public:
    void post(Task task) override { tasks_.push_back(std::move(task)); }
    void post_at(SteadyTime, Task task) override { post(std::move(task)); }
    void run() {
        for (auto& task : std::exchange(tasks_, {})) task();
    }

private:
    std::deque<Task> tasks_;
};

class BatchDeliveryTest : public testing::Test {
protected:
    BatchDeliveryTest() {
        std::vector<pipeline::SinkRoute> sinks;
        sinks.push_back({.sink = SinkId("all"),
                         .version = {.sink = SinkNumber(1), .mapping = MappingVersion(1)},
                         .rejects = keeping(2)});
        auto mapper = mapping::SourceMapper::compile({{path_column("n")}}, {});
        route_ = std::make_shared<const pipeline::SourceRoute>(
            pipeline::SourceRoute{.key = key_,
                                  .kind = kKafkaSource,
                                  .details = print_details(settings_),
                                  .sinks = std::move(sinks),
                                  .mapper = std::move(mapper).value()});
        maker_.begin(route_, settings_, {}, {});
    }

    // Adds a message to the batch.
    void add(std::string_view value) {
        Values none;
        const FetchedMessage message{.partition = 0, .offset = offset_++, .value = value};
        ASSERT_EQ(maker_.add(message, {}, none), BatchMaker::Added::yes);
    }
    // Hands the reader what journal and store have answered.
    void hear() {
        store_thread_.run();
        auto news = inbox_->take();
        if (news.batch) delivery_.end_batch(*news.batch);
        if (news.rejects) delivery_.end_rejects(*news.rejects);
    }
    std::string reason() {
        board_.show({.durable = delivery_.durable()});
        return watch_->status().reason;
    }

    const SourceKey key_{
        .project = ProjectId(1), .branch = BranchId(2), .source = SourceId("shop")};
    const ReaderPace pace_;
    test::ManualClock clock_;
    KafkaSettings settings_{.brokers = "broker:9092", .topic = "orders"};
    std::shared_ptr<const pipeline::SourceRoute> route_;
    std::shared_ptr<ReaderInbox> inbox_ = std::make_shared<ReaderInbox>();
    std::shared_ptr<SourceWatch> watch_ = std::make_shared<SourceWatch>();
    StatusBoard board_{clock_, watch_, Milliseconds(200), [](const SourceStatus&) {}};
    testing_support::MemoryRejects store_;
    PatientExecutor store_thread_;
    pipeline::RejectQueue queue_{store_, store_thread_, {}};
    RejectKeeper rejects_{
        queue_, [this](auto sink, const auto& page) { return store_.rejects_of(sink, page); },
        inbox_};
    test::CountingRng rng_;
    BatchMaker maker_{rng_, rejects_.known(), {}};
    AskedJournal journal_;
    std::optional<Error> refusal_;        // of whoever watches over room
    std::optional<Error> place_refusal_;  // of the volume that alone takes rows of the source
    int rewinds_ = 0;
    BatchDelivery delivery_{{.journal = journal_,
                             .clock = clock_,
                             .pace = pace_,
                             .source = key_.source,
                             .settings = settings_,
                             .route = route_,
                             .inbox = inbox_,
                             .maker = maker_,
                             .rejects = rejects_,
                             .board = board_,
                             .accepting = [this]() -> Result<void> {
                                 if (refusal_) return *refusal_;
                                 return {};
                             },
                             .accepting_of = [this](const SourceId& source) -> Result<void> {
                                 if (place_refusal_ && source == key_.source)
                                     return *place_refusal_;
                                 return {};
                             },
                             .rewind =
                                 [this] {
                                     ++rewinds_;
                                     delivery_.drop();
                                 }}};
    std::int64_t offset_ = 0;
};

TEST_F(BatchDeliveryTest, ABatchIsDurableWhenTheJournalSaysSo) {
    EXPECT_EQ(delivery_.advance(), Milliseconds(0));
    EXPECT_EQ(journal_.asked, 0U) << "nothing was read";
    add(R"({"n":1})");
    delivery_.advance();
    ASSERT_EQ(journal_.taken.size(), 1U);
    EXPECT_TRUE(delivery_.is_filling());
    EXPECT_TRUE(delivery_.has_open_answer());

    add(R"({"n":2})");
    delivery_.advance();
    EXPECT_EQ(journal_.taken.size(), 1U) << "one is there at a time";
    EXPECT_TRUE(delivery_.durable().partitions.empty());

    journal_.taken[0].done({});
    hear();
    EXPECT_EQ(delivery_.durable().partitions.at(0).next, 1);
    delivery_.advance();
    ASSERT_EQ(journal_.taken.size(), 2U);
    EXPECT_EQ(rewinds_, 0);
}

TEST_F(BatchDeliveryTest, ABusyJournalIsAskedAgainAfterAWhileWithTheSameBatch) {
    journal_.refusal = Error(Code::overloaded, "busy");
    add(R"({"n":1})");
    EXPECT_EQ(delivery_.advance(), pace_.busy);
    EXPECT_FALSE(delivery_.is_filling());
    delivery_.advance();
    EXPECT_EQ(journal_.asked, 1U);
    journal_.refusal.reset();
    clock_.advance(pace_.busy);
    delivery_.advance();
    ASSERT_EQ(journal_.taken.size(), 1U);
    EXPECT_EQ(journal_.taken[0].groups.size(), 1U);
    EXPECT_EQ(rewinds_, 0);
}

TEST_F(BatchDeliveryTest, ASourceWaitsForTheVolumeThatAloneTakesItsRows) {
    place_refusal_ = Error(Code::unavailable, "The volume \"fast\" is not here.");
    add(R"({"n":1})");
    EXPECT_EQ(delivery_.advance(), pace_.retry);
    EXPECT_EQ(journal_.asked, 0U);
    EXPECT_TRUE(delivery_.is_held_up());
    EXPECT_THAT(reason(), HasSubstr("The volume \"fast\" is not here"));
    place_refusal_.reset();
    clock_.advance(pace_.retry);
    delivery_.advance();
    ASSERT_EQ(journal_.taken.size(), 1U);
    EXPECT_EQ(rewinds_, 0);
}

TEST_F(BatchDeliveryTest, WhatMayNotBeWrittenIsReadAgain) {
    add(R"({"n":1})");
    delivery_.advance();
    journal_.taken.at(0).done(Error(Code::unknown_outcome, "the disk is gone"));
    hear();
    EXPECT_EQ(rewinds_, 1);
    EXPECT_TRUE(delivery_.is_held_up());
    EXPECT_TRUE(delivery_.is_waiting());
    EXPECT_THAT(reason(), HasSubstr("the disk is gone"));
    EXPECT_TRUE(delivery_.durable().partitions.empty());

    journal_.refusal = Error(Code::unavailable, "still gone");
    clock_.advance(pace_.retry);
    add(R"({"n":1})");
    delivery_.advance();
    EXPECT_EQ(rewinds_, 2);
    EXPECT_TRUE(delivery_.is_filling());
}

TEST_F(BatchDeliveryTest, WithoutRoomNothingIsHandedOver) {
    refusal_ = Error(Code::unavailable, "the disk is full");
    add(R"({"n":1})");
    EXPECT_EQ(delivery_.advance(), pace_.retry);
    EXPECT_EQ(journal_.asked, 0U);
    EXPECT_TRUE(delivery_.is_held_up());
    EXPECT_THAT(reason(), HasSubstr("the disk is full"));
    refusal_.reset();
    clock_.advance(pace_.retry);
    delivery_.advance();
    EXPECT_EQ(journal_.taken.size(), 1U);
    EXPECT_FALSE(delivery_.is_held_up());
}

TEST_F(BatchDeliveryTest, RejectsAreKeptBeforeTheirBatchAndBehindTheOneInFront) {
    add(R"({"n":1})");
    delivery_.advance();
    add("poison");
    delivery_.advance();
    store_thread_.run();
    EXPECT_TRUE(store_.rejects.empty()) << "what is in front may be read again";
    journal_.taken.at(0).done({});
    hear();
    delivery_.advance();
    EXPECT_TRUE(delivery_.has_open_answer());
    hear();
    EXPECT_EQ(store_.rejects.size(), 1U);
    EXPECT_EQ(journal_.taken.size(), 1U);
    delivery_.advance();
    EXPECT_EQ(journal_.taken.size(), 2U);
}

TEST_F(BatchDeliveryTest, RejectsWithoutRoomAreWaitedForOneMessageAtATime) {
    for (int i = 0; i < 3; ++i) add("poison");
    delivery_.advance();
    hear();
    EXPECT_EQ(rewinds_, 1) << "each message becomes a batch of its own";
    EXPECT_TRUE(store_.rejects.empty());
    EXPECT_TRUE(delivery_.is_filling());
}

TEST_F(BatchDeliveryTest, AnAnswerToABatchThatWasGivenUpIsNotTaken) {
    add("poison");
    delivery_.advance();
    EXPECT_TRUE(delivery_.has_open_answer());
    delivery_.drop();
    hear();
    EXPECT_FALSE(delivery_.has_open_answer());
    EXPECT_TRUE(delivery_.is_filling());
    EXPECT_EQ(journal_.asked, 0U);
    EXPECT_EQ(store_.rejects.size(), 1U) << "it stays a reject when it is read again";
}

}  // namespace
}  // namespace millrace::kafka
