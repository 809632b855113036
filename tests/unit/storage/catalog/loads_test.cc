#include "storage/catalog/loads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "core/base/error_names.h"
#include "storage/catalog/json.h"
#include "storage/catalog/schema.h"
#include "tests/support/some_load.h"
#include "tests/unit/storage/catalog/file_tables_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const LoadScope kScope{.project = ProjectId(1), .branch = BranchId(2)};
const LoadScope kOtherScope{.project = ProjectId(1), .branch = BranchId(3)};

MappingSnapshot table(const std::string& name, bool keyed = true) {
    return testing_support::load_table(kScope, name, keyed);
}

// The table of that name in another target.
MappingSnapshot table_in(const std::string& target, const std::string& name) {
    auto snapshot = table(name);
    snapshot.target = TargetName(target);
    return snapshot;
}

LoadSpec spec(const std::string& label, const MappingSnapshot& into = table("in.c-shop.orders")) {
    return {.scope = kScope,
            .label = label,
            .table = into,
            .volume = kVolume,
            .times = {.open = Milliseconds(100),
                      .prepared = Milliseconds(1'000),
                      .ended = Milliseconds(10'000)},
            .info = R"({"columns":"a,b"})"};
}

Instant at(std::int64_t ms) {
    return {.wall = WallTime{5'000'000 + ms}, .age = AgeTime{1'000'000 + ms}};
}

SliceContent content(std::uint64_t rows) {
    return {.bytes = rows * 10,
            .rows = rows,
            .crc = 0xfedcba98,
            .first_at = WallTime{7},
            .last_at = WallTime{9},
            .last_sequence = {}};
}

LoadCounts counts(std::uint64_t rows) {
    return {.rows = rows, .bytes = rows * 10, .filtered = 2, .unselected = 1};
}

template <typename T>
std::string name_of(const Result<T>& result) {
    return result.ok() ? "ok" : result.error().name();
}

VolumeRegistry::Opening opening() {
    return {.volume = kVolume,
            .uuid = make_uuid_v7(AgeTime{1}, 1, 1),
            .name = "fast",
            .directory = "/fast",
            .durable = {},
            .life = 0,
            .at = kNow};
}

class LoadsTest : public FileTablesTest {
protected:
    LoadCatalog& loads() { return *catalog_; }

    // As before the first load.
    void reset() {
        catalog_.reset();
        for (const auto* suffix : {"", "-wal", "-shm"}) {
            std::filesystem::remove(directory_ / ("catalog.sqlite" + std::string(suffix)));
        }
        reopen();
    }
    LoadNumber begin(const LoadSpec& wanted) {
        const auto begun = loads().begin_load(wanted, at(0)).value();
        EXPECT_TRUE(begun.is_new);
        return begun.load.number;
    }
    void add_part(LoadNumber load, std::uint32_t part, std::uint64_t slice, std::uint64_t rows) {
        ASSERT_TRUE(loads().announce_part(load, part, slice_id(slice)).ok());
        ASSERT_TRUE(loads().adopt_part(load, part, slice_id(slice), content(rows)).ok());
    }
    // Of one part with this slice and 3 rows.
    LoadNumber written(const LoadSpec& wanted, std::uint64_t slice) {
        const auto load = begin(wanted);
        add_part(load, 0, slice, 3);
        EXPECT_TRUE(loads().finish_load(load, counts(3), at(1)).ok());
        return load;
    }
    LoadNumber committed(const LoadSpec& wanted, std::uint64_t slice, std::uint64_t file) {
        const auto load = written(wanted, slice);
        EXPECT_TRUE(loads().commit_load(load, file_id(file), at(2)).ok());
        return load;
    }
    // One in that state with label "x"; its slice and file have number 1.
    LoadNumber in_state(LoadState state) {
        if (state == LoadState::open) {
            const auto load = begin(spec("x"));
            add_part(load, 0, 1, 3);
            return load;
        }
        const auto load = written(spec("x"), 1);
        if (state == LoadState::prepared) {
            EXPECT_TRUE(loads().prepare_load(load, at(2)).ok());
        }
        if (state == LoadState::committed) {
            EXPECT_TRUE(loads().commit_load(load, file_id(1), at(2)).ok());
        }
        if (state == LoadState::aborted) {
            EXPECT_TRUE(loads().abort_load(load, "user", at(2)).ok());
        }
        return load;
    }
    Load find(LoadNumber load) { return loads().find_load(load).value().value(); }
    std::vector<LocalSlice> leftovers(bool of_writers = false) {
        return loads().leftover_parts(of_writers, SliceId(), 100).value();
    }
    // Closes a file of a sink on `into`, with one slice of the same number.
    OpenFile close_of_sink(std::uint64_t file, std::uint64_t sink) {
        const auto made = make_file(file, sink, 10, 1);
        seal(file, made);
        EXPECT_TRUE(catalog().close_file(made).ok());
        return made;
    }
    void save_mapping_of_sink(std::uint64_t sink, const MappingSnapshot& snapshot) {
        DefinitionEdit edit{.source = {}, .sinks = {}, .mappings = {}};
        edit.mappings.push_back(
            {{.sink = SinkNumber(sink), .mapping = MappingVersion(3)}, snapshot});
        ASSERT_TRUE(catalog_->save(edit).ok());
    }
};

constexpr LoadState kStates[] = {LoadState::open, LoadState::written, LoadState::prepared,
                                 LoadState::committed, LoadState::aborted};

TEST_F(LoadsTest, ALoadIsFoundWithAllThatItWasBegunWith) {
    const auto number = begin(spec("a"));
    EXPECT_EQ(number, LoadNumber(1));
    reopen();
    const auto load = find(number);
    EXPECT_EQ(load.scope, kScope);
    EXPECT_EQ(load.label, "a");
    EXPECT_EQ(load.table.text(), "in.c-shop.orders");
    EXPECT_EQ(load.volume, kVolume);
    EXPECT_EQ(load.state, LoadState::open);
    EXPECT_EQ(load.info, spec("a").info);
    EXPECT_EQ(load.times, spec("a").times);
    EXPECT_EQ(load.until, at(100).age);
    EXPECT_EQ(load.begun_at, at(0).wall);
    EXPECT_FALSE(load.ended_at);
    EXPECT_FALSE(load.file);
    EXPECT_EQ(catalog_->mapping(load.owner).value(), spec("a").table);
}

TEST_F(LoadsTest, TheNumbersOfTablesAndSinksAreOfOneSpaceAndSnapshotsAreShared) {
    const auto sink = catalog_->next_sink_number().value();
    const auto one = find(begin(spec("a")));
    const auto same = find(begin(spec("b")));
    const auto changed = find(begin(spec("c", table("in.c-shop.orders", false))));
    const auto other = find(begin(spec("d", table("in.c-shop.items"))));
    EXPECT_EQ(one.owner.sink.value, sink.value + 1);
    EXPECT_EQ(same.owner, one.owner);
    EXPECT_EQ(changed.owner.sink, one.owner.sink);
    EXPECT_EQ(changed.owner.mapping.value, one.owner.mapping.value + 1);
    EXPECT_EQ(other.owner.sink.value, sink.value + 2);
}

TEST_F(LoadsTest, TablesOfOneNameInTwoTargetsHaveTwoNumbers) {
    const auto one = find(begin(spec("a")));
    const auto other = find(begin(spec("b", table_in("lake", "in.c-shop.orders"))));
    const auto again = find(begin(spec("c", table_in("lake", "in.c-shop.orders"))));
    EXPECT_NE(other.owner.sink, one.owner.sink);
    EXPECT_EQ(again.owner, other.owner);
    EXPECT_EQ(catalog_->mapping(other.owner).value().target, TargetName("lake"));
    EXPECT_EQ(catalog_->mapping(one.owner).value().target, kDefaultTarget);
}

// Goal    a label is of one load of a scope until that is aborted, and the first is told.
// Method  begin again in each state.
TEST_F(LoadsTest, ALabelIsTakenUntilItsLoadIsAborted) {
    for (const auto state : kStates) {
        SCOPED_TRACE(to_string(state));
        reset();
        const auto first = in_state(state);
        const auto again = loads().begin_load(spec("x"), at(5)).value();
        EXPECT_EQ(again.is_new, state == LoadState::aborted);
        if (again.is_new) continue;
        EXPECT_EQ(again.load.number, first);
        EXPECT_EQ(again.load.state, state);
        EXPECT_EQ(label_exists(again.load).name(), error_names::kLoadLabelExists);
        auto elsewhere = spec("x");
        elsewhere.scope = kOtherScope;
        EXPECT_TRUE(loads().begin_load(elsewhere, at(5)).value().is_new);
    }
}

// Goal    every act in every state does what the drawing in load.h says, once and repeated.
// Method  a table of the name of the answer, and of the answer to the same act again.
TEST_F(LoadsTest, EveryActInEveryStateAnswersWhatHappened) {
    using Act = std::function<std::string(LoadNumber)>;
    struct Case {
        const char* act;
        Act run;
        std::vector<std::string> answers;   // by state: open, written, prepared, committed, aborted
        std::vector<std::string> repeated;  // by the same
    };
    const std::string committed(error_names::kLoadAlreadyCommitted);
    const std::string aborted(error_names::kLoadAlreadyAborted);
    const std::string not_open(error_names::kLoadNotOpen);
    const std::string not_written(error_names::kLoadNotWritten);
    const std::vector<Case> cases = {
        {"announce",
         [&](LoadNumber load) { return name_of(loads().announce_part(load, 1, slice_id(2))); },
         {"ok", not_open, not_open, committed, aborted},
         {"ok", not_open, not_open, committed, aborted}},
        {"adopt",
         [&](LoadNumber load) {
             return name_of(loads().adopt_part(load, 0, slice_id(1), content(3)));
         },
         {"ok", not_open, not_open, committed, aborted},
         {"ok", not_open, not_open, committed, aborted}},
        {"finish",
         [&](LoadNumber load) { return name_of(loads().finish_load(load, counts(3), at(3))); },
         {"ok", "ok", not_open, committed, aborted},
         {"ok", "ok", not_open, committed, aborted}},
        {"prepare",
         [&](LoadNumber load) { return name_of(loads().prepare_load(load, at(3))); },
         {not_written, "ok", "ok", committed, aborted},
         {not_written, "ok", "ok", committed, aborted}},
        {"commit",
         [&](LoadNumber load) { return name_of(loads().commit_load(load, file_id(9), at(3))); },
         {not_written, "ok", "ok", committed, aborted},
         {not_written, committed, committed, committed, aborted}},
        {"abort",
         [&](LoadNumber load) { return name_of(loads().abort_load(load, "u", at(3))); },
         {"ok", "ok", "ok", committed, aborted},
         {aborted, aborted, aborted, committed, aborted}}};
    for (const auto& one : cases) {
        for (std::size_t i = 0; i < std::size(kStates); ++i) {
            SCOPED_TRACE(std::string(one.act) + " of " + std::string(to_string(kStates[i])));
            reset();
            const auto load = in_state(kStates[i]);
            EXPECT_EQ(one.run(load), one.answers[i]);
            EXPECT_EQ(one.run(load), one.repeated[i]);
            reopen();
            EXPECT_EQ(one.run(load), one.repeated[i]);
            EXPECT_EQ(one.run(LoadNumber(77)), error_names::kLoadNotFound);
        }
    }
}

TEST_F(LoadsTest, NothingOfALoadIsKnownUntilItsCommitAndThenAllOfIt) {
    const auto load = begin(spec("a"));
    add_part(load, 0, 1, 3);
    add_part(load, 1, 2, 4);
    ASSERT_TRUE(loads().finish_load(load, counts(7), at(1)).ok());
    ASSERT_TRUE(loads().prepare_load(load, at(2)).ok());
    const auto owner = find(load).owner;
    EXPECT_FALSE(catalog().find_slice(slice_id(1)).value());
    EXPECT_THAT(catalog().all_statistics().value(), IsEmpty());
    EXPECT_THAT(catalog().rows_to_import().value(), IsEmpty());
    EXPECT_THAT(catalog().slices_to_upload(kNow, 10).value(), IsEmpty());

    const auto committed = loads().commit_load(load, file_id(1), at(3)).value();
    ASSERT_TRUE(committed.file);
    EXPECT_NE(committed.file, file_id(1)) << "of one that was prepared it follows from its parts";
    EXPECT_EQ(committed.ended_at, at(3).wall);
    EXPECT_FALSE(loads().is_imported(committed).value());
    EXPECT_EQ(catalog().statistics(owner.sink).value().local.rows, 7U);
    EXPECT_EQ(catalog().rows_to_import().value().front().sink, owner);
    EXPECT_THAT(ids(catalog().slices_to_upload(kNow, 10).value()),
                ElementsAre(slice_id(1), slice_id(2)));
    const auto slice = catalog().find_slice(slice_id(2)).value().value();
    EXPECT_EQ(slice.content, content(4));
    EXPECT_EQ(slice.opening.volume, kVolume);

    upload(1);
    EXPECT_THAT(to_import(), IsEmpty());
    upload(2);
    EXPECT_THAT(to_import(), ElementsAre(*committed.file));
    import(*committed.file);
    EXPECT_TRUE(loads().is_imported(committed).value());
    EXPECT_EQ(catalog().statistics(owner.sink).value().target.rows, 7U);
}

TEST_F(LoadsTest, ACommitThatIsTakenBackLeavesNothingAndFreesTheLabel) {
    const auto load = begin(spec("a"));
    add_part(load, 0, 1, 3);
    ASSERT_TRUE(loads().finish_load(load, counts(3), at(1)).ok());
    const auto owner = loads().commit_load(load, file_id(1), at(3)).value().owner;
    for (int i = 0; i < 2; ++i) {
        const auto aborted = loads().take_back_load(file_id(1), "it is refused", at(4)).value();
        EXPECT_EQ(aborted.state, LoadState::aborted);
        EXPECT_EQ(aborted.reason, "it is refused");
    }
    EXPECT_EQ(catalog().find_file(file_id(1)).value()->state, FileState::discarded);
    EXPECT_THAT(catalog().slices_to_upload(kNow, 10).value(), IsEmpty());
    EXPECT_EQ(catalog().leftovers({.limit = 10}).value().local.size(), 1U);
    EXPECT_EQ(catalog().statistics(owner.sink).value().local.rows, 0U);
    EXPECT_TRUE(loads().begin_load(spec("a"), at(5)).value().is_new);
}

TEST_F(LoadsTest, WhatIsImportedOrSetAsideIsNotTakenBack) {
    const auto load = begin(spec("a"));
    add_part(load, 0, 1, 3);
    ASSERT_TRUE(loads().finish_load(load, counts(3), at(1)).ok());
    ASSERT_TRUE(loads().commit_load(load, file_id(1), at(3)).ok());
    ASSERT_TRUE(catalog().set_aside(file_id(1), "broken", kNow).ok());
    EXPECT_EQ(loads().take_back_load(file_id(1), "", at(4)).error().code(), Code::conflict);
    EXPECT_EQ(loads().take_back_load(file_id(9), "", at(4)).error().code(), Code::not_found);
    EXPECT_EQ(find(load).state, LoadState::committed);
}

TEST_F(LoadsTest, ALoadWhoseFileIsDiscardedIsAbortedAndItsLabelIsFree) {
    const auto load = committed(spec("a"), 1, 1);
    ASSERT_TRUE(catalog().set_aside(file_id(1), "row 1: no", kNow).ok());
    EXPECT_EQ(find(load).state, LoadState::committed);
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(catalog().discard_file(file_id(1)).ok());
        EXPECT_EQ(find(load).state, LoadState::aborted);
        EXPECT_EQ(find(load).reason, "its rows were discarded; row 1: no");
    }
    EXPECT_TRUE(loads().begin_load(spec("a"), at(5)).value().is_new);
}

// Goal    what is said of an upload into a standalone table is said of all its parts.
// Method  its second part is set aside and discarded, those around it are imported.
TEST_F(LoadsTest, AnOperationIsImportedWhenAllItsPartsAreAndAPartKeepsItsPlace) {
    const auto operation = begin(spec("upload:q"));
    ASSERT_TRUE(loads().finish_load(operation, {}, at(1)).ok());
    ASSERT_TRUE(loads().commit_load(operation, file_id(99), at(1)).ok());
    EXPECT_TRUE(loads().is_imported(find(operation)).value()) << "it has no rows";
    std::vector<LoadNumber> parts;
    for (const std::uint64_t number : {1U, 2U, 3U}) {
        const auto label = "upload-part:q/" + std::to_string(number);
        parts.push_back(committed(spec(label), number, number));
        upload(number);
    }
    import(file_id(1));
    ASSERT_TRUE(catalog().set_aside(file_id(2), "no", kNow).ok());
    import(file_id(3));
    EXPECT_TRUE(loads().is_imported(find(parts[2])).value());
    EXPECT_FALSE(loads().is_imported(find(operation)).value());
    ASSERT_TRUE(catalog().discard_file(file_id(2)).ok());
    EXPECT_EQ(find(parts[1]).state, LoadState::committed);
    EXPECT_FALSE(loads().is_imported(find(operation)).value());

    const auto other = begin(spec("upload-part:q/1/1"));  // of the queryId "q/1"
    add_part(other, 0, 5, 3);
    const auto whole = begin(spec("upload:q/1"));
    ASSERT_TRUE(loads().finish_load(whole, {}, at(4)).ok());
    ASSERT_TRUE(loads().commit_load(whole, file_id(98), at(4)).ok());
    EXPECT_TRUE(loads().is_imported(find(whole)).value()) << "none of its parts is committed";
}

TEST_F(LoadsTest, ALoadWithoutRowsIsPreparedAndCommittedAndMakesNoFile) {
    const auto load = begin(spec("a"));
    ASSERT_TRUE(loads().finish_load(load, {}, at(1)).ok());
    ASSERT_TRUE(loads().prepare_load(load, at(1)).ok());
    const auto committed = loads().commit_load(load, file_id(1), at(2)).value();
    EXPECT_FALSE(committed.file);
    EXPECT_TRUE(loads().is_imported(committed).value());
    EXPECT_FALSE(catalog().find_file(file_id(1)).value());
}

TEST_F(LoadsTest, ALoadIsFinishedOnlyWithAllItsParts) {
    const auto load = begin(spec("a"));
    add_part(load, 0, 1, 3);
    EXPECT_EQ(loads().finish_load(load, counts(4), at(1)).error().code(), Code::conflict);
    ASSERT_TRUE(loads().announce_part(load, 1, slice_id(2)).ok());
    EXPECT_EQ(loads().finish_load(load, counts(3), at(1)).error().code(), Code::conflict);
    EXPECT_EQ(find(load).state, LoadState::open);
}

TEST_F(LoadsTest, APartIsOfOneSlice) {
    const auto load = begin(spec("a"));
    add_part(load, 0, 1, 3);
    EXPECT_EQ(loads().announce_part(load, 0, slice_id(2)).error().code(), Code::conflict);
    EXPECT_EQ(loads().adopt_part(load, 0, slice_id(2), content(3)).error().code(), Code::conflict);
    EXPECT_EQ(loads().adopt_part(load, 1, slice_id(2), content(3)).error().code(), Code::not_found);
}

TEST_F(LoadsTest, OfTwoActsAtOnceOneIsFirst) {
    for (int i = 0; i < 20; ++i) {
        const auto label = "label-" + std::to_string(i);
        const auto number = static_cast<std::uint64_t>(i + 1);
        const auto load = written(spec(label), number);
        std::string commit;
        std::string abort;
        std::thread committer(
            [&] { commit = name_of(loads().commit_load(load, file_id(number), at(3))); });
        abort = name_of(loads().abort_load(load, "user", at(3)));
        committer.join();
        const bool is_committed = commit == "ok";
        EXPECT_EQ(is_committed ? abort : commit, is_committed ? error_names::kLoadAlreadyCommitted
                                                              : error_names::kLoadAlreadyAborted);
        EXPECT_EQ(catalog().find_file(file_id(number)).value().has_value(), is_committed);
    }
}

TEST_F(LoadsTest, OfManyThatBeginWithOneLabelOneIsNew) {
    std::vector<std::thread> threads;
    std::atomic<int> fresh = 0;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            if (loads().begin_load(spec("x"), at(0)).value().is_new) ++fresh;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(fresh, 1);
}

TEST_F(LoadsTest, AStartAbortsWhatIsNotPreparedAndKeepsPromises) {
    const auto open = begin(spec("open"));
    add_part(open, 0, 1, 3);
    ASSERT_TRUE(loads().announce_part(open, 1, slice_id(2)).ok());
    const auto whole = written(spec("written"), 3);
    const auto prepared = written(spec("prepared"), 4);
    ASSERT_TRUE(loads().prepare_load(prepared, at(2)).ok());
    reopen();
    EXPECT_EQ(loads().abort_unprepared("restart", at(50)).value(), 2U);
    EXPECT_EQ(find(open).state, LoadState::aborted);
    EXPECT_EQ(find(open).reason, "restart");
    EXPECT_EQ(find(whole).state, LoadState::aborted);
    EXPECT_EQ(find(prepared).state, LoadState::prepared);
    EXPECT_THAT(leftovers(), ElementsAre(local(1), local(3)));
    EXPECT_THAT(leftovers(true), ElementsAre(local(1), local(2), local(3)));
    ASSERT_TRUE(loads().forget_part(slice_id(1)).ok());
    EXPECT_THAT(leftovers(), ElementsAre(local(3)));
    EXPECT_TRUE(loads().commit_load(prepared, file_id(1), at(51)).ok());
}

TEST_F(LoadsTest, EachStateLastsAsLongAsTheLoadSays) {
    const auto open = begin(spec("open"));
    const auto prepared = written(spec("prepared"), 1);
    ASSERT_TRUE(loads().prepare_load(prepared, at(50)).ok());
    EXPECT_EQ(loads().expire_loads(at(99), 10).value().aborted, 0U);
    EXPECT_EQ(loads().expire_loads(at(100), 10).value().aborted, 1U);
    EXPECT_EQ(find(open).reason, "timeout");
    EXPECT_EQ(loads().expire_loads(at(1'049), 10).value().aborted, 0U);
    EXPECT_EQ(loads().expire_loads(at(1'050), 10).value().aborted, 1U);
    EXPECT_EQ(name_of(loads().commit_load(prepared, file_id(1), at(1'051))),
              error_names::kLoadAlreadyAborted);

    EXPECT_EQ(loads().expire_loads(at(10'099), 10).value().forgotten, 0U);
    EXPECT_EQ(loads().expire_loads(at(10'100), 10).value().forgotten, 1U);
    EXPECT_FALSE(loads().find_load(open).value());
    // Its file is left.
    EXPECT_EQ(loads().expire_loads(at(99'999), 10).value().forgotten, 0U);
    ASSERT_TRUE(loads().forget_part(slice_id(1)).ok());
    EXPECT_EQ(loads().expire_loads(at(99'999), 10).value().forgotten, 1U);
}

TEST_F(LoadsTest, ALabelIsKeptWhileItsRowsWait) {
    const auto load = committed(spec("a"), 1, 1);
    EXPECT_EQ(loads().expire_loads(at(99'999), 10).value().forgotten, 0U);
    upload(1);
    import(1);
    EXPECT_EQ(loads().expire_loads(at(99'999), 10).value().forgotten, 1U);
    EXPECT_FALSE(loads().find_load(load).value());
    EXPECT_NE(begin(spec("a")), load);
}

TEST_F(LoadsTest, ALabelTellsTheLoadThatHasItElseTheNewestAborted) {
    const auto first = begin(spec("a"));
    ASSERT_TRUE(loads().abort_load(first, "user", at(1)).ok());
    const auto second = begin(spec("a"));
    ASSERT_TRUE(loads().abort_load(second, "user", at(1)).ok());
    EXPECT_EQ(loads().find_load(kScope, "a").value()->number, second);
    const auto third = begin(spec("a"));
    EXPECT_EQ(loads().find_load(kScope, "a").value()->number, third);
    EXPECT_FALSE(loads().find_load(kScope, "b").value());
    EXPECT_FALSE(loads().find_load(kOtherScope, "a").value());
    EXPECT_EQ(loads().loads(kScope, first, 10).value().size(), 2U);
}

TEST_F(LoadsTest, LoadsOfATableAreImportedInTheOrderOfTheirCommits) {
    const auto early = written(spec("begun first"), 1);
    committed(spec("committed first"), 2, 9);
    ASSERT_TRUE(loads().commit_load(early, file_id(1), at(3)).ok());
    upload(1);
    EXPECT_THAT(to_import(), IsEmpty());
    upload(2);
    EXPECT_THAT(to_import(), ElementsAre(file_id(9)));
    import(9);
    EXPECT_THAT(to_import(), ElementsAre(file_id(1)));
}

TEST_F(LoadsTest, AnOpenLoadBlocksNothing) {
    written(spec("open"), 1);
    committed(spec("other"), 2, 2);
    upload(2);
    EXPECT_THAT(to_import(), ElementsAre(file_id(2)));
}

// Goal    in a table with a key files of sinks that were closed before a commit are imported before
//         the load, and later ones after it; between two sinks there is no order.
TEST_F(LoadsTest, SinksAndLoadsOfAKeyedTableTakeTurns) {
    save_mapping_of_sink(50, table("in.c-shop.orders"));
    save_mapping_of_sink(51, table("in.c-shop.orders"));
    close_of_sink(1, 50);
    close_of_sink(2, 51);
    committed(spec("a"), 3, 3);
    close_of_sink(4, 51);
    for (const auto slice : {2, 3, 4}) upload(static_cast<std::uint64_t>(slice));
    EXPECT_THAT(to_import(), ElementsAre(file_id(2)));
    import(2);
    EXPECT_THAT(to_import(), IsEmpty());
    upload(1);
    EXPECT_THAT(to_import(), ElementsAre(file_id(1)));
    import(1);
    EXPECT_THAT(to_import(), ElementsAre(file_id(3)));
    import(3);
    EXPECT_THAT(to_import(), ElementsAre(file_id(4)));
}

TEST_F(LoadsTest, WithoutAKeyLoadsAndSinksDoNotWaitForEachOther) {
    const auto into = table("in.c-shop.orders", false);
    save_mapping_of_sink(50, into);
    close_of_sink(1, 50);
    committed(spec("a", into), 2, 2);
    upload(2);
    EXPECT_THAT(to_import(), ElementsAre(file_id(2)));
}

TEST_F(LoadsTest, OtherTablesAndVolumesAreOtherLines) {
    save_mapping_of_sink(50, table("in.c-shop.items"));
    close_of_sink(1, 50);
    auto elsewhere = spec("b");
    elsewhere.volume = VolumeId("slow");
    committed(elsewhere, 2, 2);
    committed(spec("a"), 3, 3);
    upload(3);
    EXPECT_THAT(to_import(), ElementsAre(file_id(3)));
}

// Goal    two targets with a table of one name are two lines: what waits for one of them holds back
//         neither sinks nor loads of the other, and turns hold within each.
// Method  a sink and a load of the default target whose slices are not uploaded, before a load and
//         a sink of the other.
TEST_F(LoadsTest, TablesOfOneNameInTwoTargetsAreTwoLines) {
    save_mapping_of_sink(50, table("in.c-shop.orders"));
    save_mapping_of_sink(51, table_in("lake", "in.c-shop.orders"));
    close_of_sink(1, 50);
    committed(spec("a"), 2, 2);
    committed(spec("b", table_in("lake", "in.c-shop.orders")), 3, 3);
    close_of_sink(4, 51);
    upload(4);
    EXPECT_THAT(to_import(), IsEmpty()) << "it is after the load of its own table";
    upload(3);
    EXPECT_THAT(to_import(), ElementsAre(file_id(3)));
    import(3);
    EXPECT_THAT(to_import(), ElementsAre(file_id(4)));
}

// Goal    a sink's files keep their order when the older one is closed later, and nothing is stuck
//         behind a load between them.
TEST_F(LoadsTest, AnOlderFileThatIsClosedLateComesFirst) {
    save_mapping_of_sink(50, table("in.c-shop.orders"));
    close_of_sink(2, 50);
    committed(spec("a"), 3, 3);
    close_of_sink(1, 50);
    for (const auto slice : {1, 2, 3}) upload(static_cast<std::uint64_t>(slice));
    EXPECT_THAT(to_import(), ElementsAre(file_id(3)));
    import(3);
    EXPECT_THAT(to_import(), ElementsAre(file_id(1)));
    import(1);
    EXPECT_THAT(to_import(), ElementsAre(file_id(2)));
}

// Goal    files that an older version has closed have their places in the line of their table.
// Method  a catalog of schema 15 with files that wait, one more closed after the migration.
TEST_F(LoadsTest, FilesOfAnOlderVersionHaveTurnsInTheOrderOfTheirIds) {
    const auto path = directory_ / "older.sqlite";
    {
        auto database = sqlite::Database::open(path, {}).value();
        ASSERT_TRUE(migrate_to(database, 15).ok());
        const auto snapshot = encode(table("in.c-shop.orders"));
        ASSERT_TRUE(database.run("INSERT INTO mappings VALUES (50, 3, ?1)", snapshot).ok());
        for (const auto number : {2, 1, 3}) {
            const auto id = to_string(file_id(static_cast<std::uint64_t>(number)));
            ASSERT_TRUE(database
                            .run("INSERT INTO files (id, sink, mapping, state, opened_at, slices,"
                                 " volume) VALUES (?1, 50, 3, ?2, 1, 0, 'fast')",
                                 id, number == 3 ? "writing" : "closing")
                            .ok());
        }
    }
    catalog_ = SqliteCatalog::open(path, test_secrets()).value();
    committed(spec("a"), 9, 9);
    upload(9);
    EXPECT_THAT(to_import(), ElementsAre(file_id(1)));
    import(1);
    EXPECT_THAT(to_import(), ElementsAre(file_id(2)));
    import(2);
    ASSERT_TRUE(catalog().close_file(make_file(3, 50, 1, 0)).ok());
    EXPECT_THAT(to_import(), ElementsAre(file_id(9)));
    import(9);
    EXPECT_THAT(to_import(), ElementsAre(file_id(3)));
}

TEST_F(LoadsTest, ALostVolumeAbortsItsLoadsAndARetiredOneHasNone) {
    ASSERT_TRUE(catalog_->begin_life(opening()).ok());
    const auto load = written(spec("a"), 1);
    EXPECT_EQ(catalog_->require_nothing_waits(kVolume).error().code(), Code::conflict);
    ASSERT_TRUE(catalog_->give_up_volume(kVolume, kNow).ok());
    EXPECT_EQ(name_of(loads().commit_load(load, file_id(1), at(3))),
              error_names::kLoadAlreadyAborted);
    EXPECT_EQ(find(load).reason, "its volume is lost");
    EXPECT_THAT(leftovers(true), IsEmpty());
    EXPECT_EQ(loads().begin_load(spec("b"), at(3)).error().code(), Code::unavailable);
}

// Goal    what is committed is imported whole or not at all, also where a volume is lost with a
//         part of it.
TEST_F(LoadsTest, ALostVolumeTakesACommittedLoadWholeUnlessAllOfItIsUploaded) {
    ASSERT_TRUE(catalog_->begin_life(opening()).ok());
    const auto torn = begin(spec("torn"));
    add_part(torn, 0, 1, 3);
    add_part(torn, 1, 2, 4);
    ASSERT_TRUE(loads().finish_load(torn, counts(7), at(1)).ok());
    ASSERT_TRUE(loads().commit_load(torn, file_id(1), at(2)).ok());
    upload(1);
    const auto whole = committed(spec("whole"), 3, 2);
    upload(3);
    ASSERT_TRUE(catalog_->give_up_volume(kVolume, kNow).ok());

    EXPECT_EQ(find(torn).state, LoadState::aborted);
    EXPECT_EQ(find(torn).reason, "its volume is lost");
    EXPECT_FALSE(loads().is_imported(find(torn)).value());
    EXPECT_FALSE(catalog_->find_file(file_id(1)).value());
    EXPECT_THAT(catalog_->slices_of(file_id(1)).value(), IsEmpty());
    const auto record = catalog_->find_volume(kVolume).value();
    EXPECT_EQ(record->given_up.rows, 7U) << "those of the uploaded part too";
    EXPECT_EQ(record->given_up.files, 1U);

    EXPECT_EQ(find(whole).state, LoadState::committed);
    EXPECT_THAT(to_import(), ElementsAre(file_id(2)));
}

// The order of a keyed table holds for them as for files that somebody closes.
TEST_F(LoadsTest, FilesThatALostVolumeClosesTakeTheirTurns) {
    ASSERT_TRUE(catalog_->begin_life(opening()).ok());
    save_mapping_of_sink(77, table("in.c-shop.orders"));
    const auto file = make_file(3, 77, 50, 1);
    seal(5, file);
    upload(5);
    const auto load = committed(spec("x"), 9, 9);
    upload(9);
    ASSERT_TRUE(catalog_->give_up_volume(kVolume, kNow).ok());
    EXPECT_EQ(find(load).state, LoadState::committed);
    EXPECT_THAT(to_import(), ElementsAre(file_id(9))) << "committed before the file was closed";
    import(9);
    EXPECT_THAT(to_import(), ElementsAre(file_id(3)));
}

TEST_F(LoadsTest, LeftoverPartsAreReadInPages) {
    const auto load = begin(spec("x"));
    for (std::uint32_t part = 0; part < 3; ++part) add_part(load, part, part + 1, 1);
    ASSERT_TRUE(loads().abort_load(load, "user", at(1)).ok());
    EXPECT_THAT(loads().leftover_parts(false, SliceId(), 2).value(),
                ElementsAre(local(1), local(2)));
    EXPECT_THAT(loads().leftover_parts(false, slice_id(2), 2).value(), ElementsAre(local(3)));
}

TEST_F(LoadsTest, RowsUnderWayAreThoseOfLoadsThatMayStillBeCommitted) {
    const auto open = begin(spec("open"));
    const auto prepared = written(spec("prepared"), 1);
    ASSERT_TRUE(loads().prepare_load(prepared, at(2)).ok());
    committed(spec("committed"), 2, 1);
    EXPECT_THAT(loads().rows_under_way().value(),
                ElementsAre(LoadRows{.owner = find(open).owner, .rows = 3}));
    auto totals = loads().totals().value();
    EXPECT_EQ(totals.open, 1U);
    EXPECT_EQ(totals.prepared, 1U);
    EXPECT_EQ(totals.waiting, 1U);
    EXPECT_EQ(totals.waiting_rows, 3U);
    EXPECT_EQ(totals.committed, 1U);
    EXPECT_EQ(totals.rows, 3U);
    EXPECT_EQ(loads().count_loads(kScope).value(), 3U);

    ASSERT_TRUE(loads().abort_load(open, "user", at(3)).ok());
    ASSERT_TRUE(loads().abort_load(prepared, "user", at(3)).ok());
    EXPECT_THAT(loads().rows_under_way().value(), IsEmpty());
    totals = loads().totals().value();
    EXPECT_EQ(totals.open + totals.prepared, 0U);
    EXPECT_EQ(totals.aborted, 2U);
}

TEST_F(LoadsTest, ARetryOfRejectsDoesNotSeeThePartsOfLoads) {
    written(spec("a"), 1);
    ASSERT_TRUE(catalog_->announce_slice(local(2)).ok());
    EXPECT_THAT(catalog_->announced_slices().value(), ElementsAre(local(2)));
    EXPECT_THAT(leftovers(true), IsEmpty());
    ASSERT_TRUE(loads().forget_part(slice_id(2)).ok());
    EXPECT_THAT(catalog_->announced_slices().value(), ElementsAre(local(2)));
}

}  // namespace
}  // namespace millrace::catalog
