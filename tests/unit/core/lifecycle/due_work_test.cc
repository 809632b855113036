#include "core/lifecycle/due_work.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/core/lifecycle/fakes.h"

namespace millrace::lifecycle {
namespace {

const Moment kNow{.wall = WallTime{1'000'000'000}, .steady = SteadyTime(std::chrono::hours(1))};

constexpr Milliseconds kQuick(5);

Moment after(Milliseconds span) {
    return {.wall = kNow.wall + span, .steady = kNow.steady + span};
}

struct DueWorkTest : testing::Test {
    FileId add_file(const SinkVersion& sink) {
        OpenFile file;
        file.id = FileId(make_uuid_v7(AgeTime{kNow.wall.unix_ms}, ++ids, 1));
        file.sink = sink;
        check(fakes.catalog.close_file(file).ok(), "the fake works");
        return file.id;
    }
    void add_slice(const SinkVersion& sink, std::uint64_t bytes = 10,
                   const VolumeId& volume = VolumeId("default")) {
        OpenSlice slice;
        slice.opening.volume = volume;
        slice.content.bytes = bytes;
        slice.opening.slice = SliceId(make_uuid_v7(AgeTime{kNow.wall.unix_ms}, ++ids, 1));
        slice.opening.file =
            FileId(make_uuid_v7(AgeTime{kNow.wall.unix_ms}, 4000 + sink.sink.value, 1));
        slice.opening.sink = sink;
        check(fakes.catalog.record_sealed(slice).ok(), "the fake works");
    }
    std::vector<Work> list(const Moment& now = kNow) {
        return due_work.list(now, [](const File&) { return false; });
    }

    std::uint64_t ids = 0;
    test::FakeStores fakes;
    int failures = 0;
    LifecycleEvents events{.step_failed = [this](const auto&) { ++failures; }};
    Snapshots snapshots{fakes.definitions, events};
    DueWork due_work{fakes.stores(), snapshots, events, 16};
};

TEST_F(DueWorkTest, SinksTakeTurns) {
    const auto busy = fakes.add_sink(1, test::patient_settings());
    const auto quiet = fakes.add_sink(2, test::patient_settings());
    for (int i = 0; i < 5; ++i) add_slice(busy);
    for (int i = 0; i < 2; ++i) add_slice(quiet);
    auto due = list();
    std::vector<std::uint64_t> order;
    while (const auto work = due_work.take(due)) order.push_back(work->sink().value);
    EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 2, 1, 2, 1, 1, 1}));
}

TEST_F(DueWorkTest, ABucketHasOneImportAtATime) {
    add_file(fakes.add_sink(1, test::patient_settings(), 1, "in.c-shop.shared"));
    add_file(fakes.add_sink(2, test::patient_settings(), 1, "in.c-shop.other"));
    add_file(fakes.add_sink(3, test::patient_settings(), 1, "in.c-office.shared"));
    auto due = list();
    const auto first = due_work.take(due);
    const auto other = due_work.take(due);
    ASSERT_TRUE(first && other);
    EXPECT_EQ(first->sink(), SinkNumber(1));
    EXPECT_EQ(other->sink(), SinkNumber(3));
    EXPECT_FALSE(due_work.take(due));
    due_work.finished(*first, kQuick, std::nullopt);
    const auto second = due_work.take(due);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->sink(), SinkNumber(2));
}

TEST_F(DueWorkTest, BucketsOfOneNameInTwoTargetsAreTwo) {
    const auto one = fakes.add_sink(1, test::patient_settings(), 1, "in.c-shop.orders");
    const auto two = fakes.add_sink(2, test::patient_settings(), 1, "in.c-shop.orders");
    fakes.definitions.snapshots.at(two).target = TargetName("lake");
    add_file(one);
    add_file(two);
    auto due = list();
    EXPECT_TRUE(due_work.take(due));
    EXPECT_TRUE(due_work.take(due));
}

// Files of twenty sinks, of which the last `of_lake` are in another target.
struct TwoTargetsTest : DueWorkTest {
    void add_files(std::uint64_t of_lake, std::uint64_t bytes = 10) {
        fakes.has_more = true;
        for (std::uint64_t number = 1; number <= 20; ++number) {
            const auto sink = fakes.add_sink(number, test::patient_settings(), 1,
                                             "in.c-b" + std::to_string(number) + ".t");
            if (number > 20 - of_lake) {
                fakes.definitions.snapshots.at(sink).target = TargetName("lake");
            }
            fakes.catalog.files.at(add_file(sink)).file.bytes = bytes;
        }
    }
    // How many of each run at once; they hang.
    std::map<TargetName, int> taken_by(std::size_t workers) {
        DueWork of_two(fakes.stores(), snapshots, events, workers);
        auto due = of_two.list(kNow, [](const File&) { return false; });
        std::map<TargetName, int> taken;
        while (const auto work = of_two.take(due)) ++taken[work->snapshot->target];
        return taken;
    }
    const TargetName lake = TargetName("lake");
};

// Goal    a target that hangs takes no worker that another one needs.
TEST_F(TwoTargetsTest, EachHasWorkersOfItsOwn) {
    add_files(9);
    const auto workers = DueWork::workers_for(fakes.more_targets, {});
    EXPECT_EQ(workers, 16U);
    auto taken = taken_by(workers);
    EXPECT_EQ(taken[lake], 6);
    EXPECT_EQ(taken[kDefaultTarget], 6);
}

TEST_F(TwoTargetsTest, AnImportIntoEachFindsAWorkerWhereThereAreFew) {
    add_files(2);
    auto taken = taken_by(4);
    EXPECT_EQ(taken[lake], 1) << "it has its first, and the others had the rest";
    EXPECT_EQ(taken[kDefaultTarget], 2);
}

TEST_F(TwoTargetsTest, ATargetHasAsManyImportsAsItsLimitSays) {
    add_files(12);
    auto stores = fakes.stores();
    stores.import_limits =
        ImportLimits({{kDefaultTarget, {.imports_max = 2}}, {lake, {.imports_max = 9}}});
    EXPECT_EQ(DueWork::workers_for(fakes.more_targets, stores.import_limits), 15U);
    DueWork limited(stores, snapshots, events, 15);
    auto due = limited.list(kNow, [](const File&) { return false; });
    std::map<TargetName, std::vector<Work>> running;
    while (auto work = limited.take(due)) {
        running[work->snapshot->target].push_back(std::move(*work));
    }
    EXPECT_EQ(running[kDefaultTarget].size(), 2U);
    EXPECT_EQ(running[lake].size(), 9U);
    limited.finished(running[kDefaultTarget].front(), kQuick, std::nullopt);
    const auto next = limited.take(due);
    ASSERT_TRUE(next) << "one has ended";
    EXPECT_EQ(next->snapshot->target, kDefaultTarget);
    EXPECT_FALSE(limited.take(due));
}

// Goal    long imports of one target leave room for its short ones, and for long ones of the other.
TEST_F(TwoTargetsTest, ATargetHasFourLongImportsAtMost) {
    add_files(9, 500 << 20);
    auto taken = taken_by(DueWork::workers_for(fakes.more_targets, {}));
    EXPECT_EQ(taken[lake], 4);
    EXPECT_EQ(taken[kDefaultTarget], 4);
}

TEST_F(TwoTargetsTest, WhereTheTargetHasManyWritersATableHasOneImportAtATime) {
    const auto add = [&](std::uint64_t number, const char* table) {
        const auto sink = fakes.add_sink(number, test::patient_settings(), 1, table);
        fakes.definitions.snapshots.at(sink).target = lake;
        add_file(sink);
    };
    add(1, "in.c-shop.orders");
    add(2, "in.c-shop.orders");
    add(3, "in.c-shop.visits");
    fakes.has_more = true;
    auto stores = fakes.stores();
    stores.import_limits = ImportLimits({{lake, {.is_bucket_one = false}}});
    DueWork many_writers(stores, snapshots, events, 8);
    auto due = many_writers.list(kNow, [](const File&) { return false; });
    std::vector<std::uint64_t> taken;
    while (const auto work = many_writers.take(due)) taken.push_back(work->sink().value);
    EXPECT_EQ(taken, (std::vector<std::uint64_t>{1, 3}));
}

// Goal    files that wait for something that does not come hide no other, however many they are.
TEST_F(DueWorkTest, WhatIsHeldBackForEverHidesNothing) {
    for (std::uint64_t sink = 1; sink <= 300; ++sink) {
        add_file(fakes.add_sink(sink, test::patient_settings(), 1,
                                "in.c-b" + std::to_string(sink) + ".t"));
    }
    std::set<SinkNumber> taken;
    for (int round = 0; round < 3; ++round) {
        auto due = list();
        while (const auto work = due_work.take(due)) {
            taken.insert(work->sink());
            due_work.finished(*work, kQuick, SteadyTime::max());
        }
    }
    EXPECT_EQ(taken.size(), 300U);
    EXPECT_TRUE(list().empty());
}

TEST_F(DueWorkTest, WhatRunsIsNotTakenAgain) {
    add_slice(fakes.add_sink(1, test::patient_settings()));
    auto due = list();
    const auto work = due_work.take(due);
    ASSERT_TRUE(work);
    due = list();
    EXPECT_TRUE(due.empty()) << "it would be started again when it is done";
    due_work.finished(*work, kQuick, std::nullopt);
    due = list();
    EXPECT_TRUE(due_work.take(due));
}

TEST_F(DueWorkTest, HeldWorkWaitsForItsTime) {
    add_slice(fakes.add_sink(1, test::patient_settings()));
    auto due = list();
    due_work.finished(*due_work.take(due), kQuick, kNow.steady + Milliseconds(500));
    due = list(after(Milliseconds(499)));
    EXPECT_FALSE(due_work.take(due));
    due = list(after(Milliseconds(500)));
    EXPECT_TRUE(due_work.take(due));
}

TEST_F(DueWorkTest, AClockThatIsSetBackHoldsNothingForLonger) {
    const auto sink = fakes.add_sink(1, test::patient_settings());
    const auto set_back = [](Milliseconds span) {
        return Moment{.wall = WallTime{1}, .steady = kNow.steady + span};
    };
    add_slice(sink);
    auto due = list();
    due_work.finished(*due_work.take(due), kQuick, kNow.steady + Milliseconds(500));
    due = list(set_back(Milliseconds(500)));
    EXPECT_TRUE(due_work.take(due)) << "held";

    add_slice(sink);
    fakes.fate.set([](int) { return test::Unreliable::Fate::does_not_happen; });
    EXPECT_TRUE(list(after(Milliseconds(600))).empty());
    fakes.fate.set(test::Unreliable::works);
    EXPECT_EQ(list(set_back(Milliseconds(1600))).size(), 1U) << "the catalog failed";

    fakes.definitions.snapshots.clear();
    const auto unknown = SinkVersion{SinkNumber(2), MappingVersion(1)};
    add_slice(unknown);
    list(after(Milliseconds(1700)));
    fakes.add_sink(2, test::patient_settings());
    EXPECT_EQ(list(set_back(Milliseconds(2700))).size(), 2U) << "there was no mapping";
}

TEST_F(DueWorkTest, OneKindNeverTakesAllWorkers) {
    DueWork two_workers(fakes.stores(), snapshots, events, 2);
    const auto sink = fakes.add_sink(1, test::patient_settings());
    for (int i = 0; i < 3; ++i) add_slice(sink);
    add_file(fakes.add_sink(2, test::patient_settings()));
    auto due = list();
    int uploads = 0;
    int imports = 0;
    while (const auto work = two_workers.take(due)) ++(work->is_import() ? imports : uploads);
    EXPECT_EQ(uploads, 1);
    EXPECT_EQ(imports, 1);
}

// Goal    a backlog of long work leaves workers to what is short.
TEST_F(DueWorkTest, LongWorkTakesHalfOfTheWorkersAtMost) {
    constexpr std::uint64_t kLong = 500 << 20;
    for (std::uint64_t sink = 1; sink <= 20; ++sink) {
        add_slice(fakes.add_sink(sink, test::patient_settings()), kLong,
                  VolumeId("disk-" + std::to_string(sink % 4)));
    }
    auto due = list();
    std::vector<Work> running;
    while (auto work = due_work.take(due)) running.push_back(std::move(*work));
    EXPECT_EQ(running.size(), 8U);

    add_slice(fakes.add_sink(21, test::patient_settings()));
    due = list();
    const auto quick = due_work.take(due);
    ASSERT_TRUE(quick);
    EXPECT_EQ(quick->sink(), SinkNumber(21));
    EXPECT_FALSE(due_work.take(due));
    due_work.finished(running.back(), kQuick, std::nullopt);
    EXPECT_TRUE(due_work.take(due));
}

TEST_F(DueWorkTest, ASinkWhoseLastTurnTookLongIsLongUntilOneWasQuick) {
    const auto slow = fakes.add_sink(1, test::patient_settings());
    DueWork two_workers(fakes.stores(), snapshots, events, 2);
    const auto take = [&] {
        auto due = two_workers.list(kNow, [](const File&) { return false; });
        return two_workers.take(due);
    };
    const auto upload_of_big = [&] {
        add_slice(fakes.add_sink(2, test::patient_settings()), 500 << 20, VolumeId("other"));
    };
    add_file(slow);
    const auto first = take();
    ASSERT_TRUE(first && first->is_import());
    two_workers.finished(*first, std::chrono::seconds(9), std::nullopt);

    upload_of_big();
    const auto big = take();
    ASSERT_TRUE(big && !big->is_import()) << "the one that waited longest";
    EXPECT_FALSE(take()) << "both workers would do long work";
    two_workers.finished(*big, kQuick, std::nullopt);
    const auto second = take();
    ASSERT_TRUE(second && second->is_import());
}

TEST_F(DueWorkTest, UploadsOfOneVolumeTakeHalfOfTheWorkersAtMost) {
    const VolumeId slow("slow");
    for (std::uint64_t sink = 1; sink <= 20; ++sink) {
        add_slice(fakes.add_sink(sink, test::patient_settings()), 10, slow);
    }
    add_slice(fakes.add_sink(21, test::patient_settings()), 10, VolumeId("fast"));
    auto due = list();
    std::vector<Work> running;
    while (auto work = due_work.take(due)) running.push_back(std::move(*work));
    EXPECT_EQ(running.size(), 9U);
    due_work.finished(running.front(), kQuick, std::nullopt);
    EXPECT_TRUE(due_work.take(due));
}

TEST_F(DueWorkTest, FilesWithAnOlderOneToComeAreLeft) {
    const auto early = add_file(fakes.add_sink(1, test::patient_settings()));
    const auto other = add_file(fakes.add_sink(2, test::patient_settings()));
    const auto due = due_work.list(kNow, [&](const File& file) { return file.id == early; });
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].id(), other.value);
}

TEST_F(DueWorkTest, FailingCatalogIsLeftAloneForASecond) {
    add_slice(fakes.add_sink(1, test::patient_settings()));
    fakes.fate.set([](int) { return test::Unreliable::Fate::does_not_happen; });
    for (int ms = 0; ms < 1000; ms += 100) EXPECT_TRUE(list(after(Milliseconds(ms))).empty());
    EXPECT_EQ(failures, 1);
    fakes.fate.set(test::Unreliable::works);
    EXPECT_EQ(list(after(Milliseconds(1000))).size(), 1U);
}

TEST_F(DueWorkTest, SmallFilesBehindAnImportGoWithItAndRunNowhereElse) {
    const auto sink = fakes.add_sink(1, test::patient_settings());
    const auto other = fakes.add_sink(2, test::patient_settings());
    const auto first = add_file(sink);
    const auto second = add_file(sink);
    add_file(other);
    const auto third = add_file(sink);
    auto due = list();
    auto work = due_work.take(due);
    ASSERT_EQ(work->id(), first.value);
    const auto early = [&](const File& file) { return file.id == third; };  // as an open one does
    due_work.gather(*work, kNow, early);
    ASSERT_EQ(work->behind.size(), 1U);
    EXPECT_EQ(work->behind.front().id, second);

    fakes.catalog.files.at(first).file.state = FileState::imported;
    for (const auto& next : list()) EXPECT_EQ(next.sink(), other.sink) << "it is imported now";
    due_work.finished(*work, kQuick, std::nullopt);
    EXPECT_EQ(list().size(), 2U);
}

}  // namespace
}  // namespace millrace::lifecycle
