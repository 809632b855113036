#include "api/kafka/source_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <mutex>

#include "core/mapping/origin.h"
#include "storage/expressions/sqlite_expressions.h"
#include "tests/support/counting_rng.h"
#include "tests/support/fake_evaluator.h"
#include "tests/support/memory_rejects.h"
#include "tests/support/source_routes.h"
#include "tests/unit/api/kafka/fake_frames.h"
#include "tests/unit/api/kafka/fake_registry.h"
#include "tests/unit/api/kafka/fake_topic.h"

namespace millrace::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Runs at once, on the thread that posts; never while the test holds the mutex.
class PromptExecutor final : public Executor {
public:
    void post(Task task) override {
        const std::lock_guard lock(mutex);
        task();
    }
    void post_at(SteadyTime, Task task) override { post(std::move(task)); }

    std::mutex mutex;
};

const Fingerprint kScope = fingerprint_of({"shop"});

class SourceReaderTest : public testing::Test {
protected:
    std::shared_ptr<const pipeline::SourceRoute> route(std::vector<TestSink> sinks,
                                                       const KafkaSettings& settings) {
        std::vector<std::vector<Column>> columns;
        std::vector<pipeline::SinkRoute> routes;
        for (const auto& sink : sinks) {
            columns.push_back(sink.columns);
            routes.push_back(
                {.sink = SinkId(sink.id),
                 .version = {.sink = SinkNumber(routes.size() + 1), .mapping = MappingVersion(1)},
                 .rejects = sink.rejects});
        }
        auto mapper = mapping::SourceMapper::compile(columns, {});
        return std::make_shared<const pipeline::SourceRoute>(
            pipeline::SourceRoute{.key = key_,
                                  .kind = kKafkaSource,
                                  .details = print_details(settings),
                                  .key_scope = kScope,
                                  .tap = tap_,
                                  .sinks = std::move(routes),
                                  .mapper = std::move(mapper).value()});
    }
    std::shared_ptr<const pipeline::SourceRoute> route() { return route({sink_}, settings_); }

    std::unique_ptr<SourceReader> read(FakeFrames& frames) {
        auto reader = std::make_unique<SourceReader>(
            ReaderPorts{.journal = frames,
                        .clock = clock_,
                        .rejects = rejects_,
                        .rejects_of =
                            [this](SinkNumber sink, const RejectPageRequest& page) {
                                const std::lock_guard lock(executor_.mutex);
                                return store_.rejects_of(sink, page);
                            },
                        .evaluator = evaluator_,
                        .topics = topics_,
                        .registries = registry_,
                        .expressions = expressions_,
                        .accepting = {},
                        .covered_of = covered_of_,
                        .closed_up_to = closed_up_to_,
                        .make_rng = [] { return std::make_unique<test::CountingRng>(); },
                        .pace = {.broker = Milliseconds(5),
                                 .read = Milliseconds(5),
                                 .retry = Milliseconds(2),
                                 .busy = Milliseconds(1),
                                 .refresh = Milliseconds(refresh_ms_),
                                 .commit = Milliseconds(1),
                                 .publish = Milliseconds(1),
                                 .answer = Milliseconds(answer_ms_)}},
            key_, watch_);
        EXPECT_TRUE(reader->set_route(route(), nullptr));
        reader->start();
        return reader;
    }

    template <typename Condition>
    bool wait_until(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!condition(watch_->status())) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::yield();
        }
        return true;
    }

    SourceProgress durable(const FakeFrames& frames, std::uint32_t generation = 0) {
        return progress_from(frames.positions_of(kScope).value(), settings_.topic, generation);
    }

    void publish(int from, int to, int partitions = 1) {
        for (int n = from; n < to; ++n) {
            topic_.publish(n % partitions, {.value = "{\"n\":" + std::to_string(n) + "}"});
        }
    }

    const SourceKey key_{
        .project = ProjectId(1), .branch = BranchId(2), .source = SourceId("shop")};
    FakeTopic topic_{3};
    FakeTopics topics_{topic_};
    FakeRegistry registry_;
    expressions::SqliteExpressions expressions_;
    test::RunningClock clock_;
    testing_support::MemoryRejects store_;
    PromptExecutor executor_;
    pipeline::RejectQueue rejects_{store_, executor_, {}};
    FakeEvaluator evaluator_;
    std::shared_ptr<pipeline::SourceTap> tap_;  // null: nobody looks
    std::shared_ptr<SourceWatch> watch_ = std::make_shared<SourceWatch>();
    CoveredOf covered_of_;  // empty: the installation was never restored
    CoveredOf closed_up_to_;
    int answer_ms_ = 10'000;
    int refresh_ms_ = 10;
    KafkaSettings settings_{.brokers = "broker:9092", .topic = "orders"};
    TestSink sink_{.id = "all", .columns = {path_column("n")}, .rejects = keeping()};
};

std::vector<std::string> numbers(int from, int to) {
    std::vector<std::string> all;
    for (int n = from; n < to; ++n) all.push_back(std::to_string(n));
    return all;
}

TEST_F(SourceReaderTest, RowsAndPositionsAreOfTheSameMessages) {
    FakeFrames frames;
    publish(0, 5);
    topic_.skip_offset(0);
    publish(5, 7);
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(7));
    EXPECT_EQ(frames.rows(), numbers(0, 7));
    const auto progress = durable(frames);
    const auto& partition = progress.partitions.at(0);
    EXPECT_EQ(partition.next, 8);
    EXPECT_EQ(partition.messages, 7U);
    EXPECT_EQ(partition.without_message(), 1U);
    EXPECT_EQ(progress.sinks.at(SinkNumber(1)), (SinkProgress{.accepted = 7}));
}

// Goal    every message is a row once, whatever fails and whenever the process dies.
// Method  batches fail at random, now and later; the reader is stopped at random moments, and what
//         the journal had not answered is there or not; the next one goes on.
TEST_F(SourceReaderTest, EveryMessageIsARowOnceOverCrashes) {
    constexpr int kMessages = 400;
    publish(0, kMessages, 3);
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed=" << seed);
        std::mt19937 random(seed);
        FakeFrames frames(seed, 10);
        for (std::size_t wanted = 0; wanted < kMessages;) {
            wanted = std::min<std::size_t>(kMessages, wanted + random() % 150);
            frames.hold(random() % 4 == 0);
            const auto reader = read(frames);
            if (random() % 2 == 0) static_cast<void>(reader->set_route(route(), nullptr));
            frames.hold(false);
            ASSERT_TRUE(frames.wait_for_rows(wanted));
            frames.hold(random() % 2 == 0);
            reader->stop();
            frames.crash();
        }
        auto rows = frames.rows();
        ASSERT_EQ(rows.size(), kMessages);
        std::ranges::sort(rows, {}, [](const std::string& row) { return std::stoi(row); });
        ASSERT_EQ(rows, numbers(0, kMessages));
        const auto progress = durable(frames);
        ASSERT_EQ(progress.sinks.at(SinkNumber(1)).accepted, kMessages);
        for (const auto& [number, partition] : progress.partitions) {
            ASSERT_EQ(partition.without_message(), 0U);
        }
    }
}

// Goal    a restored installation makes no row again that is in its table, for each sink by itself,
//         and every reject.
TEST_F(SourceReaderTest, RowsThatAreInTheirTablesAreNotMadeAgain) {
    FakeFrames frames;
    publish(0, 6);
    topic_.publish(0, {.value = "{}"});
    publish(7, 10);
    covered_of_ = [this](const Fingerprint& source, SinkVersion sink) {
        EXPECT_EQ(source, kScope);
        EXPECT_EQ(sink.sink, SinkNumber(1));
        // Of another topic, another epoch and another partition: they say nothing.
        return std::vector<SourcePosition>{{kScope, settings_.topic + "/0", 0, 8},
                                           {kScope, settings_.topic + "/1", 7, 100},
                                           {kScope, "other/0", 0, 100}};
    };
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(2));
    ASSERT_TRUE(wait_until([&](const SourceStatus& status) {
        return !status.partitions.empty() && status.partitions[0].progress.next == 10;
    }));
    EXPECT_THAT(frames.rows(), testing::ElementsAre("8", "9"));
    const auto progress = durable(frames);
    EXPECT_EQ(progress.sinks.at(SinkNumber(1)).accepted, 9U)
        << "rows of the sink, wherever they are";
    EXPECT_EQ(progress.sinks.at(SinkNumber(1)).rejected, 1U);
}

// Goal    positions that went with a lost volume make no rows twice: a person says where to go on.
TEST_F(SourceReaderTest, WhereItsPlaceIsLostNothingIsReadUntilItIsToldWhereToGoOn) {
    FakeFrames frames;
    publish(0, 3);
    closed_up_to_ = [this](const Fingerprint&, SinkVersion) {
        return std::vector<SourcePosition>{{kScope, settings_.topic + "/0", epoch_of(0, 1), 2},
                                           {kScope, "other/0", epoch_of(1, 0), 100}};
    };
    const auto reader = read(frames);
    ASSERT_TRUE(wait_until([this](const SourceStatus& status) {
        return status.state == SourceState::failed &&
               status.reason.find(settings_.topic + "/0 up to offset 2") != std::string::npos;
    }));
    EXPECT_TRUE(frames.rows().empty());
    settings_.generation = 1;  // as "restart": true does
    ASSERT_TRUE(reader->set_route(route(), nullptr));
    EXPECT_TRUE(frames.wait_for_rows(3));
}

TEST_F(SourceReaderTest, WhileItIsNotKnownWhichRowsAreThereNothingIsRead) {
    FakeFrames frames;
    publish(0, 1);
    std::atomic<bool> is_down = true;
    covered_of_ = [&](const Fingerprint&, SinkVersion) -> Result<std::vector<SourcePosition>> {
        if (is_down) return Error(Code::unavailable, "the database is down");
        return std::vector<SourcePosition>();
    };
    const auto reader = read(frames);
    ASSERT_TRUE(wait_until([](const SourceStatus& status) {
        return status.state == SourceState::waiting &&
               status.reason.find("the database is down") != std::string::npos;
    }));
    EXPECT_TRUE(frames.rows().empty());
    is_down = false;
    EXPECT_TRUE(frames.wait_for_rows(1));
}

TEST_F(SourceReaderTest, AnEndWithoutAMessageIsReadToo) {
    FakeFrames frames;
    publish(0, 2);
    topic_.skip_offset(0);
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for([](const auto&, const Positions& positions) {
        const auto progress = progress_from(positions.of(kScope), "orders", 0);
        const auto found = progress.partitions.find(0);
        return found != progress.partitions.end() && found->second.next == 3;
    }));
    EXPECT_EQ(durable(frames).partitions.at(0).without_message(), 1U);
}

TEST_F(SourceReaderTest, NothingIsReadWhileAPositionMayBeUnknown) {
    FakeFrames frames;
    frames.set_away(true);
    publish(0, 3);
    const auto reader = read(frames);
    ASSERT_TRUE(wait_until([](const SourceStatus& status) {
        return status.state == SourceState::waiting &&
               status.reason.find("away") != std::string::npos;
    }));
    EXPECT_THAT(frames.rows(), IsEmpty());
    frames.set_away(false);
    ASSERT_TRUE(frames.wait_for_rows(3));
}

TEST_F(SourceReaderTest, WithoutASinkNothingIsRead) {
    FakeFrames frames;
    publish(0, 3);
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(3));
    static_cast<void>(reader->set_route(route({}, settings_), nullptr));
    ASSERT_TRUE(wait_until([](const SourceStatus& status) {
        return status.state == SourceState::waiting &&
               status.reason.find("no sink") != std::string::npos;
    }));
    publish(3, 5);
    static_cast<void>(reader->set_route(route(), nullptr));
    ASSERT_TRUE(frames.wait_for_rows(5));
    EXPECT_EQ(frames.rows(), numbers(0, 5));
}

TEST_F(SourceReaderTest, APausedSourceGoesOnWhereItWas) {
    FakeFrames frames;
    publish(0, 3);
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(3));
    auto paused = settings_;
    paused.paused = true;
    static_cast<void>(reader->set_route(route({sink_}, paused), nullptr));
    ASSERT_TRUE(
        wait_until([](const SourceStatus& status) { return status.state == SourceState::paused; }));
    publish(3, 6);
    static_cast<void>(reader->set_route(route(), nullptr));
    ASSERT_TRUE(frames.wait_for_rows(6));
    EXPECT_EQ(frames.rows(), numbers(0, 6));
}

TEST_F(SourceReaderTest, LatestAndATimeAreWhereAPartitionBegins) {
    struct Case {
        StartFrom start;
        std::vector<std::string> rows;
    };
    const Case cases[] = {
        {{.place = StartFrom::Place::latest}, numbers(6, 8)},
        {{.place = StartFrom::Place::time, .time = WallTime{4}}, numbers(4, 8)},
        {{.place = StartFrom::Place::time, .time = WallTime{100}}, numbers(6, 8)},
    };
    for (const auto& [start, rows] : cases) {
        SCOPED_TRACE(to_string(start));
        topic_.make_again();
        publish(0, 6);
        settings_.start_from = start;
        FakeFrames frames;
        const auto reader = read(frames);
        ASSERT_TRUE(frames.wait_for(
            [](const auto&, const Positions& positions) { return !positions.of(kScope).empty(); }));
        publish(6, 8);
        ASSERT_TRUE(frames.wait_for_rows(rows.size()));
        EXPECT_EQ(frames.rows(), rows);
    }
}

TEST_F(SourceReaderTest, AnAddedPartitionIsReadFromItsBeginningThoughOthersBeganAtTheEnd) {
    settings_.start_from = {.place = StartFrom::Place::latest};
    FakeFrames frames;
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for(
        [](const auto&, const Positions& positions) { return !positions.of(kScope).empty(); }));
    topic_.add_partition();
    topic_.publish(3, {.value = "{\"n\":1}"});
    ASSERT_TRUE(frames.wait_for_rows(1));
}

TEST_F(SourceReaderTest, OffsetsThatTheLogHasLostAreAGap) {
    struct Case {
        OnOutOfRange policy;
        std::int64_t to;
        std::vector<std::string> rows;
    };
    const Case cases[] = {{OnOutOfRange::earliest, 5, numbers(5, 8)},
                          {OnOutOfRange::latest, 8, {}}};
    for (const auto& [policy, to, rows] : cases) {
        SCOPED_TRACE(to_string(policy));
        topic_.make_again();
        settings_.on_out_of_range = policy;
        FakeFrames frames;
        publish(0, 2);
        {
            const auto reader = read(frames);
            ASSERT_TRUE(frames.wait_for_rows(2));
        }
        publish(2, 8);
        topic_.expire(0, 5);
        const auto reader = read(frames);
        ASSERT_TRUE(frames.wait_for([&](const auto& all, const Positions& positions) {
            return all.size() == 2 + rows.size() &&
                   !progress_from(positions.of(kScope), "orders", 0).gaps.empty();
        }));
        const auto progress = durable(frames);
        ASSERT_EQ(progress.gaps.size(), 1U);
        EXPECT_EQ(progress.gaps[0].from, 2);
        EXPECT_EQ(progress.gaps[0].to, to);
        EXPECT_EQ(progress.gaps[0].reason, "expired");
        EXPECT_EQ(progress.gaps[0].lost, static_cast<std::uint64_t>(to - 2));
        EXPECT_EQ(progress.partitions.at(0).without_message(), 0U);
    }
}

TEST_F(SourceReaderTest, ATopicThatWasMadeAgainBeginsANewEpoch) {
    FakeFrames frames;
    publish(0, 6);
    {
        const auto reader = read(frames);
        ASSERT_TRUE(frames.wait_for_rows(6));
    }
    topic_.make_again();
    publish(10, 12);
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(8));
    const auto progress = durable(frames);
    EXPECT_EQ(progress.partitions.at(0).epoch, epoch_of(0, 1));
    EXPECT_EQ(progress.partitions.at(0).next, 2);
    ASSERT_EQ(progress.gaps.size(), 1U);
    EXPECT_EQ(progress.gaps[0].reason, "reset");
}

TEST_F(SourceReaderTest, ASourceThatShallFailSaysWhatIsMissing) {
    settings_.on_out_of_range = OnOutOfRange::fail;
    FakeFrames frames;
    publish(0, 2);
    {
        const auto reader = read(frames);
        ASSERT_TRUE(frames.wait_for_rows(2));
    }
    publish(2, 8);
    topic_.expire(0, 5);
    const auto reader = read(frames);
    ASSERT_TRUE(
        wait_until([](const SourceStatus& status) { return status.state == SourceState::failed; }));
    EXPECT_THAT(watch_->status().reason, HasSubstr("offset 2 of partition 0"));
    settings_.on_out_of_range = OnOutOfRange::earliest;
    static_cast<void>(reader->set_route(route(), nullptr));
    ASSERT_TRUE(frames.wait_for_rows(5));
}

TEST_F(SourceReaderTest, AHigherGenerationBeginsAgain) {
    FakeFrames frames;
    publish(0, 3);
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(3));
    settings_.generation = 1;
    static_cast<void>(reader->set_route(route(), nullptr));
    ASSERT_TRUE(frames.wait_for_rows(6));
    EXPECT_EQ(durable(frames, 1).partitions.at(0).messages, 3U);
}

TEST_F(SourceReaderTest, WhatCannotBeMappedIsAReject) {
    FakeFrames frames;
    topic_.publish(0, {.value = "{\"n\":1}"});
    topic_.publish(0, {.value = "poison"});
    topic_.publish(0, {.value = "{\"n\":2}"});
    topic_.publish(0, {.value = std::nullopt});
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for([](const auto&, const Positions& positions) {
        const auto progress = progress_from(positions.of(kScope), "orders", 0);
        const auto found = progress.partitions.find(0);
        return found != progress.partitions.end() && found->second.next == 4;
    }));
    EXPECT_THAT(frames.rows(), ElementsAre("1", "2"));
    reader->stop();
    ASSERT_EQ(store_.rejects.size(), 1U);
    const auto& reject = store_.rejects.begin()->second;
    EXPECT_EQ(reject.body, "poison");
    EXPECT_THAT(reject.message, HasSubstr("partition 0, offset 1: "));
    EXPECT_EQ(reject.once, "orders/0/0/1");
    EXPECT_EQ(durable(frames).sinks.at(SinkNumber(1)),
              (SinkProgress{.accepted = 2, .rejected = 1}));
    EXPECT_EQ(durable(frames).partitions.at(0).nulls, 1U);
}

TEST_F(SourceReaderTest, WhereRejectsAreFullTheSourceWaitsOrSkips) {
    for (const auto policy : {OnRejectsFull::pause, OnRejectsFull::skip}) {
        SCOPED_TRACE(to_string(policy));
        topic_.make_again();
        store_.rejects.clear();
        settings_.on_rejects_full = policy;
        sink_.rejects = keeping(1);
        FakeFrames frames;
        for (int i = 0; i < 3; ++i) topic_.publish(0, {.value = "poison"});
        publish(3, 4);
        const auto reader = read(frames);
        if (policy == OnRejectsFull::pause) {
            ASSERT_TRUE(wait_until([](const SourceStatus& status) {
                return status.state == SourceState::waiting &&
                       status.reason.find("rejects") != std::string::npos;
            }));
            EXPECT_THAT(frames.rows(), IsEmpty());
            sink_.rejects = keeping(3);
            static_cast<void>(reader->set_route(route(), nullptr));
        }
        ASSERT_TRUE(frames.wait_for_rows(1));
        reader->stop();
        const auto sink = durable(frames).sinks.at(SinkNumber(1));
        const bool is_pause = policy == OnRejectsFull::pause;
        EXPECT_EQ(sink.rejected, is_pause ? 3U : 1U);
        EXPECT_EQ(sink.skipped, is_pause ? 0U : 2U);
        EXPECT_EQ(store_.rejects.size(), is_pause ? 3U : 1U);
    }
}

TEST_F(SourceReaderTest, WhereThereIsRoomAgainTheSourceReads) {
    sink_.rejects = keeping(1);
    refresh_ms_ = 3'600'000;  // it is not this that helps
    FakeFrames frames;
    for (int i = 0; i < 2; ++i) topic_.publish(0, {.value = "poison"});
    const auto reader = read(frames);
    ASSERT_TRUE(wait_until([](const SourceStatus& status) {
        return status.reason.find("rejects") != std::string::npos;
    }));
    {
        const std::lock_guard lock(executor_.mutex);
        store_.rejects.clear();
    }
    ASSERT_TRUE(wait_until(
        [](const SourceStatus& status) { return status.state == SourceState::reading; }));
}

// The number in a row or the body of a reject: the columns `n` and `body` make different rows.
std::string number_in(const std::string& text) {
    std::string digits;
    std::ranges::copy_if(text, std::back_inserter(digits),
                         [](char c) { return c >= '0' && c <= '9'; });
    return digits;
}

// Goal    while the source waits for room, nothing of what was kept is read again, whatever is
//         mapped or retried meanwhile.
TEST_F(SourceReaderTest, WhatIsKeptBeforeTheSourceWaitsForRoomIsBehindIt) {
    for (const bool is_retried : {false, true}) {
        SCOPED_TRACE(is_retried);
        topic_.make_again();
        store_.rejects.clear();
        sink_ = {.id = "all", .columns = {path_column("n")}, .rejects = keeping(5)};
        FakeFrames frames;
        for (int n = 0; n < 20; ++n) {
            const auto* const name = n % 2 == 0 ? "m" : "n";
            topic_.publish(0,
                           {.value = "{\"" + std::string(name) + "\":" + std::to_string(n) + "}"});
        }
        const auto reader = read(frames);
        ASSERT_TRUE(frames.wait_for_rows(5));
        ASSERT_TRUE(wait_until([](const SourceStatus& status) {
            return status.state == SourceState::waiting &&
                   status.reason.find("offset 10") != std::string::npos;
        }));
        EXPECT_EQ(durable(frames).partitions.at(0).next, 10);
        EXPECT_EQ(durable(frames).sinks.at(SinkNumber(1)),
                  (SinkProgress{.accepted = 5, .rejected = 5}));
        {
            const std::lock_guard lock(executor_.mutex);
            EXPECT_EQ(store_.rejects.size(), 5U);
            if (is_retried) store_.rejects.clear();
        }
        sink_.columns = {body_column()};
        static_cast<void>(reader->set_route(route(), nullptr));
        ASSERT_TRUE(frames.wait_for([](const auto&, const Positions& positions) {
            return progress_from(positions.of(kScope), "orders", 0).partitions.at(0).next == 20;
        }));
        reader->stop();
        // Where they were retried the reader had gone on before the route came, or not.
        EXPECT_EQ(frames.rows().size(), 20 - durable(frames).sinks.at(SinkNumber(1)).rejected);
    }
}

// Goal    each message is a row or a kept reject, never both and never twice.
// Method  batches fail, the mapping changes and all rejects are retried at random moments, and
//         without `is_retried` readers come and go over crashes too.
TEST_F(SourceReaderTest, AMessageIsARowOrARejectWhateverFails) {
    constexpr int kMessages = 150;
    for (int n = 0; n < kMessages; ++n) {
        const auto* const name = n % 3 == 0 ? "m" : "n";
        topic_.publish(n % 3,
                       {.value = "{\"" + std::string(name) + "\":" + std::to_string(n) + "}"});
    }
    for (std::uint32_t seed = 0; seed < 10; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed=" << seed);
        const bool is_retried = seed % 2 == 0;
        std::mt19937 random(seed);
        sink_.rejects = keeping(10);
        store_.rejects.clear();
        FakeFrames frames(seed, 30);
        std::vector<std::string> retried;
        auto reader = read(frames);
        const auto is_read = [&] {
            std::uint64_t messages = 0;
            for (const auto& [_, partition] : durable(frames).partitions) {
                messages += partition.messages;
            }
            return messages == kMessages;
        };
        for (int step = 0; step < 50'000 && !is_read(); ++step) {
            std::this_thread::sleep_for(std::chrono::microseconds(200));
            if (!is_retried && random() % 40 == 0) {
                reader->stop();
                frames.crash();
                reader = read(frames);
            }
            if (random() % 10 == 0) {
                sink_.columns = {random() % 2 == 0 ? path_column("n") : body_column()};
                static_cast<void>(reader->set_route(route(), nullptr));
            }
            const std::lock_guard lock(executor_.mutex);
            // What a crash may take is not retried before it is covered: that is not promised.
            const auto covered = durable(frames).sinks[SinkNumber(1)].rejected;
            if (!is_retried && covered < retried.size() + store_.rejects.size()) continue;
            for (const auto& [_, reject] : store_.rejects) {
                retried.push_back(number_in(reject.body));
            }
            store_.rejects.clear();
        }
        reader->stop();
        auto rows = retried;
        for (const auto& row : frames.rows()) rows.push_back(number_in(row));
        for (const auto& [_, reject] : store_.rejects) rows.push_back(number_in(reject.body));
        std::ranges::sort(rows, {}, [](const std::string& row) { return std::stoi(row); });
        ASSERT_EQ(rows, numbers(0, kMessages));
    }
}

TEST_F(SourceReaderTest, ATopicThatIsNotThereIsWaitedFor) {
    FakeFrames frames;
    topic_.refuse(Error(Code::not_found, "the brokers have no such topic"));
    const auto reader = read(frames);
    ASSERT_TRUE(wait_until([](const SourceStatus& status) {
        return status.state == SourceState::waiting &&
               status.reason.find("no such topic") != std::string::npos;
    }));
    topic_.refuse(std::nullopt);
    publish(0, 2);
    ASSERT_TRUE(frames.wait_for_rows(2));
    ASSERT_TRUE(wait_until(
        [](const SourceStatus& status) { return status.state == SourceState::reading; }));
}

TEST_F(SourceReaderTest, ATopicThatIsMadeLaterIsReadFromItsBeginning) {
    settings_.start_from = {.place = StartFrom::Place::latest};
    FakeFrames frames;
    topic_.refuse(Error(Code::not_found, "the brokers have no such topic"));
    const auto reader = read(frames);
    ASSERT_TRUE(wait_until(
        [](const SourceStatus& status) { return status.state == SourceState::waiting; }));
    publish(0, 2);
    topic_.refuse(std::nullopt);
    ASSERT_TRUE(frames.wait_for_rows(2));
}

TEST_F(SourceReaderTest, WhatIsPublishedAfterTheAnswerIsBehindLatest) {
    settings_.start_from = {.place = StartFrom::Place::latest};
    FakeFrames frames;
    const auto reader = read(frames);
    topic_.refuse(Error(Code::unavailable, "no broker answers"));
    settings_.generation = 1;
    std::promise<void> served;
    auto is_served = served.get_future();
    static_cast<void>(reader->set_route(route(), [&] { served.set_value(); }));
    ASSERT_TRUE(wait_until(
        [](const SourceStatus& status) { return status.state == SourceState::waiting; }));
    EXPECT_EQ(is_served.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    topic_.refuse(std::nullopt);
    is_served.wait();
    publish(0, 1);
    ASSERT_TRUE(frames.wait_for_rows(1));
}

TEST_F(SourceReaderTest, AChangeIsAnsweredThoughNoBrokerSaysWhereTheEndIs) {
    settings_.start_from = {.place = StartFrom::Place::latest};
    FakeFrames frames;
    topic_.refuse(Error(Code::unavailable, "no broker answers"));
    answer_ms_ = 20;
    const auto reader = read(frames);
    std::promise<void> served;
    static_cast<void>(reader->set_route(route(), [&] { served.set_value(); }));
    EXPECT_EQ(served.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST_F(SourceReaderTest, TheGroupIsToldHowFarRowsAreDurable) {
    FakeFrames frames;
    publish(0, 4);
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(4));
    ASSERT_TRUE(wait_until([&](const SourceStatus&) {
        const auto committed = topic_.committed();
        return committed.contains(0) && committed.at(0) == 4;
    }));
}

TEST_F(SourceReaderTest, GeneralTemplatesAreEvaluated) {
    sink_.columns = {template_column("text")};
    FakeFrames frames;
    publish(0, 3);
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(3));
    EXPECT_THAT(frames.rows(), ElementsAre("text", "text", "text"));
}

// Goal    a registry that is away costs no message, and does not hold up what was read before.
TEST_F(SourceReaderTest, MessagesWaitForTheRegistryOfTheirSchemas) {
    settings_.format = Format::confluent_avro;
    settings_.registry_url = "http://registry";
    const auto message = [](char id, int n) {
        auto value = std::string(4, '\0') + id;
        return FakeMessage{.value = value + static_cast<char>(2 * n)};
    };
    const std::string answer =
        R"({"schema":"{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"n\",\"type\":\"int\"}]}"})";
    registry_.put("schemas/ids/1", answer);
    FakeFrames frames;
    topic_.publish(0, message(1, 0));
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(1));
    registry_.set_away(true);
    topic_.publish(0, message(1, 1));
    topic_.publish(0, message(2, 2));
    topic_.publish(0, message(1, 3));
    EXPECT_TRUE(wait_until([](const SourceStatus& status) {
        return status.state == SourceState::waiting &&
               status.reason.find("registry is away") != std::string::npos;
    }));
    ASSERT_TRUE(frames.wait_for_rows(2));
    registry_.put("schemas/ids/2", answer);
    registry_.set_away(false);
    ASSERT_TRUE(frames.wait_for_rows(4));
    EXPECT_EQ(frames.rows(), numbers(0, 4));
    EXPECT_TRUE(wait_until(
        [](const SourceStatus& status) { return status.state == SourceState::reading; }));
}

TEST_F(SourceReaderTest, AMessageWithASchemaThatIsNotThereIsAReject) {
    settings_.format = Format::confluent_avro;
    settings_.registry_url = "http://registry";
    FakeFrames frames;
    topic_.publish(0, {.value = std::string(4, '\0') + "\7x"});
    const auto reader = read(frames);
    EXPECT_TRUE(wait_until([](const SourceStatus& status) {
        return !status.sinks.empty() && status.sinks.begin()->second.rejected == 1;
    }));
}

// Goal    what a filter drops is no row and no reject, and is counted.
TEST_F(SourceReaderTest, AFilterDropsRecordsForWhichItIsTrue) {
    settings_.drop_where = {
        .expression = "`c0` > 2 and `c0` < 5",
        .fields = {{.name = "c0", .field = "n", .data_type = DataType::integer}}};
    FakeFrames frames;
    publish(0, 7);
    topic_.publish(0, {.value = "no JSON"});
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(5));
    EXPECT_EQ(frames.rows(), (std::vector<std::string>{"0", "1", "2", "5", "6"}));
    EXPECT_TRUE(wait_until([](const SourceStatus& status) {
        return !status.partitions.empty() && status.partitions[0].progress.messages == 8;
    }));
    const auto progress = durable(frames);
    EXPECT_EQ(progress.partitions.at(0).filtered, 2U);
    EXPECT_EQ(progress.sinks.begin()->second.accepted, 5U);
    EXPECT_EQ(progress.sinks.begin()->second.rejected, 1U);
}

TEST_F(SourceReaderTest, AFilterThatIsNoneFailsTheSource) {
    settings_.drop_where = {.expression = "no_such(1)", .fields = {}};
    FakeFrames frames;
    const auto reader = read(frames);
    EXPECT_TRUE(
        wait_until([](const SourceStatus& status) { return status.state == SourceState::failed; }));
}

std::vector<Column> keyed_columns() {
    auto id = path_column("id");
    id.primary_key = true;
    return {id, path_column("n")};
}

TEST_F(SourceReaderTest, TombstonesDeleteTheRowsOfTheirKeysInTheOrderOfMessages) {
    settings_.on_null = OnNull::erase;
    sink_.columns = keyed_columns();
    FakeFrames frames;
    topic_.publish(0, {.value = R"({"id":1,"n":"a"})", .key = R"({"id":1})"});
    topic_.publish(0, {.value = std::nullopt, .key = R"({"id":1})"});
    topic_.publish(0, {.value = std::nullopt, .key = "7"});
    topic_.publish(0, {.value = R"({"id":1,"n":"b"})", .key = R"({"id":1})"});
    topic_.publish(0, {.value = std::nullopt});
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(4));
    EXPECT_THAT(frames.rows(), ElementsAre("1,a", "-1,", "-7,", "1,b"));
    EXPECT_TRUE(wait_until([](const SourceStatus& status) {
        return !status.partitions.empty() && status.partitions[0].progress.messages == 5;
    }));
    reader->stop();
    EXPECT_EQ(durable(frames).sinks.at(SinkNumber(1)),
              (SinkProgress{.accepted = 4, .rejected = 1}));
    EXPECT_EQ(durable(frames).partitions.at(0).nulls, 0U);
    ASSERT_EQ(store_.rejects.size(), 1U);
    const auto& reject = store_.rejects.begin()->second;
    EXPECT_EQ(reject.body, "null");
    EXPECT_THAT(reject.message, HasSubstr("neither a value nor a key"));
}

TEST_F(SourceReaderTest, KeysOfAvroSayWhichRowATombstoneDeletes) {
    settings_.on_null = OnNull::erase;
    settings_.key_format = KeyFormat::confluent_avro;
    settings_.registry_url = "http://registry";
    sink_.columns = keyed_columns();
    sink_.columns.push_back({.type = ColumnType::kafka_key, .name = "k", .default_value = ""});
    registry_.put(
        "schemas/ids/1",
        R"({"schema":"{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"id\",\"type\":\"int\"}]}"})");
    const auto key = [](char id, int n) {
        return std::string(4, '\0') + id + static_cast<char>(2 * n);
    };
    FakeFrames frames;
    topic_.publish(0, {.value = R"({"id":1,"n":"a"})", .key = key(1, 1)});
    topic_.publish(0, {.value = std::nullopt, .key = key(1, 1)});
    topic_.publish(0, {.value = R"({"id":2,"n":"b"})", .key = "2"});
    topic_.publish(0, {.value = std::nullopt, .key = "2"});
    topic_.publish(0, {.value = R"({"id":3,"n":"c"})"});
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(3));
    EXPECT_THAT(frames.rows(), ElementsAre("1,a,{id:1}", "-1,,", "3,c,"));
    EXPECT_TRUE(wait_until([](const SourceStatus& status) {
        return !status.partitions.empty() && status.partitions[0].progress.messages == 5;
    }));
    reader->stop();
    ASSERT_EQ(store_.rejects.size(), 2U);
    for (const auto& [_, reject] : store_.rejects) {
        EXPECT_THAT(reject.message, HasSubstr("key of the message"));
        EXPECT_EQ(reject.content_type, kUndecoded);
        auto origin = mapping::Origin::parse(reject.origin).value();
        Record record;
        origin.show_to(record);
        EXPECT_EQ(record.message->key, "2") << "as it was sent";
    }
}

// Goal    a registry that is away costs no message, also where only keys need it.
TEST_F(SourceReaderTest, MessagesWaitForTheRegistryOfTheirKeys) {
    settings_.key_format = KeyFormat::confluent_avro;
    settings_.registry_url = "http://registry";
    registry_.set_away(true);
    FakeFrames frames;
    topic_.publish(0, {.value = R"({"n":0})", .key = std::string(4, '\0') + "\1\2"});
    const auto reader = read(frames);
    EXPECT_TRUE(wait_until([](const SourceStatus& status) {
        return status.state == SourceState::waiting &&
               status.reason.find("registry is away") != std::string::npos;
    }));
    registry_.put("schemas/ids/1", R"({"schema":"\"int\""})");
    registry_.set_away(false);
    ASSERT_TRUE(frames.wait_for_rows(1));
    EXPECT_EQ(frames.rows(), numbers(0, 1));
}

// Goal    each message is a row, a delete or a reject once, whatever fails and whenever it dies.
// Method  as EveryMessageIsARowOnceOverCrashes; every third message is a tombstone.
TEST_F(SourceReaderTest, EachTombstoneIsADeleteOnceOverCrashes) {
    constexpr int kMessages = 300;
    settings_.on_null = OnNull::erase;
    sink_.columns = keyed_columns();
    std::vector<std::string> wanted_rows;
    for (int n = 0; n < kMessages; ++n) {
        const auto id = std::to_string(n % 7);
        if (n % 3 == 2) {
            topic_.publish(0, {.value = std::nullopt, .key = id});
            wanted_rows.push_back("-" + id + ",");
        } else {
            topic_.publish(0, {.value = "{\"id\":" + id + ",\"n\":" + std::to_string(n) + "}"});
            wanted_rows.push_back(id + "," + std::to_string(n));
        }
    }
    for (std::uint32_t seed = 0; seed < 10; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed=" << seed);
        std::mt19937 random(seed);
        FakeFrames frames(seed, 10);
        for (std::size_t wanted = 0; wanted < kMessages;) {
            wanted = std::min<std::size_t>(kMessages, wanted + random() % 100);
            const auto reader = read(frames);
            ASSERT_TRUE(frames.wait_for_rows(wanted));
            frames.hold(random() % 2 == 0);
            reader->stop();
            frames.crash();
            frames.hold(false);
        }
        ASSERT_EQ(frames.rows(), wanted_rows);
    }
}

TEST_F(SourceReaderTest, ARecordForWhichTheRuleIsTrueDeletesItsRow) {
    settings_.delete_where = {.expression = "`c0`", .fields = {{.name = "c0", .field = "gone"}}};
    sink_.columns = keyed_columns();
    FakeFrames frames;
    topic_.publish(0, {.value = R"({"id":1,"n":"a","gone":false})"});
    topic_.publish(0, {.value = R"({"id":1,"gone":true})"});
    const auto reader = read(frames);
    ASSERT_TRUE(frames.wait_for_rows(2));
    EXPECT_THAT(frames.rows(), ElementsAre("1,a", "-1,"));
}

TEST_F(SourceReaderTest, MessagesAreSeenWhenTheyAreDurableWithWhatBecameOfThem) {
    pipeline::RecentRequests recent;
    tap_ = recent.of(key_);
    sink_.rejects = keeping(1);
    settings_.on_rejects_full = OnRejectsFull::skip;
    FakeFrames frames;
    topic_.publish(0, {.value = R"({"n":1})"});
    topic_.publish(0, {.value = "poison"});
    topic_.publish(0, {.value = "more poison"});
    const auto reader = read(frames);
    topic_.publish(1, {.value = R"({"n":2})"});
    topic_.publish(1, {.value = "poison"});
    topic_.publish(1, {.value = "poison at the end"});
    ASSERT_TRUE(wait_until([&](const SourceStatus& status) {
        std::uint64_t messages = 0;
        for (const auto& partition : status.partitions) messages += partition.progress.messages;
        return messages == 6;
    }));
    reader->stop();
    const auto found = tap_->newest(pipeline::SourceTap::Wanted::not_accepted, 0, 100).requests;
    ASSERT_FALSE(found.empty());
    const auto& last = *found.front();
    ASSERT_TRUE(last.place);
    EXPECT_EQ(last.place->topic, "orders");
    EXPECT_EQ(last.place->partition, 1);
    EXPECT_EQ(last.place->offset, 2);
    EXPECT_EQ(last.body, "poison at the end");
    EXPECT_EQ(pipeline::end_of(last), pipeline::SeenEnd::refused) << "there was no room for it";
    ASSERT_EQ(last.outcome.sinks.size(), 1U);
    EXPECT_THAT(last.outcome.sinks[0].problems[0].error.client_text(),
                HasSubstr("partition 1, offset 2: "));
    const auto good = tap_->newest(pipeline::SourceTap::Wanted::accepted, 0, 100).requests;
    ASSERT_FALSE(good.empty());
    EXPECT_EQ(good.front()->body, R"({"n":2})");
}

}  // namespace
}  // namespace millrace::kafka
