#include "core/lifecycle/import_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/lifecycle/file_change.h"
#include "core/lifecycle/slice_digest.h"
#include "core/lifecycle/upload_step.h"
#include "tests/unit/core/lifecycle/fake_journal.h"
#include "tests/unit/core/lifecycle/fakes.h"

namespace millrace::lifecycle {
namespace {

using Fate = test::Unreliable::Fate;
using testing::ElementsAre;
using testing::HasSubstr;

// A closed file of two staged slices with three rows.
struct ImportStepTest : testing::Test {
    ImportStepTest() {
        sink = fakes.add_sink(1, test::patient_settings());
        stage({"a", "b"});
        stage({"c"});
        closed = journal.open_files().at(0);
        check(fakes.catalog.close_file(closed).ok(), "the fake works");
    }
    void stage(const std::vector<std::string>& rows) {
        for (const auto& row : rows) journal.append(sink, row);
        const auto open = *journal.open_files().at(0).slice;
        check(fakes.catalog.record_sealed(open).ok(), "the fake works");
        const auto& slice = fakes.catalog.slices.at(open.opening.slice).slice;
        check(upload_slice(slice, snapshot().settings, "1", fakes.stores()).ok(), "the fake works");
        journal.close_slice(open.opening.slice);
        journal.pump(nobody);
    }
    const MappingSnapshot& snapshot() { return fakes.definitions.snapshots.at(sink); }
    const File& file() { return fakes.catalog.files.at(closed.id).file; }
    Result<ImportedFile> import() {
        return import_file(file(), snapshot(), instant_of(clock), fakes.stores(), stop);
    }

    struct Nobody : VolumeObserver {
        void slice_sealed(const OpenSlice&) override {}
        void file_closed(const OpenFile&) override {}
        void checkpointed(const VolumeId&, Sequence) override {}
        void batches_lost(const VolumeId&, BatchNumber, BatchNumber) override {}
    } nobody;
    test::ManualClock clock;
    test::FakeStores fakes;
    test::FakeJournal journal{fakes.slices, clock, 1};
    SinkVersion sink;
    OpenFile closed;
    std::atomic<bool> stop = false;
};

TEST_F(ImportStepTest, ImportsAllSlicesInOrderAndRecordsIt) {
    const auto imported = import();
    ASSERT_TRUE(imported.ok());
    EXPECT_EQ(imported.value().rows, 3U);
    EXPECT_EQ(imported.value().bytes, 6U);
    EXPECT_EQ(imported.value().slices.size(), 2U);
    EXPECT_FALSE(imported.value().already_done);
    EXPECT_THAT(fakes.target.tables["in.c-shop.sink1"], ElementsAre("a", "b", "c"));
    EXPECT_EQ(file().state, FileState::imported);

    for (const auto& slice : imported.value().slices) {
        EXPECT_TRUE(remove_staged(slice.opening.slice, slice.staged, fakes.stores()).ok());
    }
    EXPECT_TRUE(fakes.staging.objects.empty());
}

TEST_F(ImportStepTest, TellsTheTargetTheColumnsOfTheSnapshot) {
    TableSpec table;
    fakes.target.refuses = [&](const ImportRequest& request) {
        table = request.table;
        return true;
    };
    const auto imported = import();
    ASSERT_FALSE(imported.ok());
    EXPECT_EQ(imported.error().code(), Code::conflict);
    EXPECT_EQ(table.id.text(), "in.c-shop.sink1");
    EXPECT_THAT(table.columns, ElementsAre(TableColumn{"id", true}, TableColumn{"body", false}));
}

TEST_F(ImportStepTest, MissingRowsAreCorruptAndNothingIsRecorded) {
    fakes.staging.objects.begin()->second = "Za\n";
    const auto imported = import();
    ASSERT_FALSE(imported.ok());
    EXPECT_EQ(imported.error().code(), Code::corrupt);
    EXPECT_EQ(file().state, FileState::importing);
    EXPECT_EQ(fakes.staging.objects.size(), 2U);
}

// Goal    rows that changed in staging never reach a table, whatever the compression.
// Method  the object keeps its length and its number of rows: only the CRC can tell.
TEST_F(ImportStepTest, AChangedByteInStagingIsCorruptAndNothingIsImported) {
    fakes.staging.objects.begin()->second = "Za\nX\n";
    const auto imported = import();
    ASSERT_FALSE(imported.ok());
    EXPECT_EQ(imported.error().code(), Code::corrupt);
    EXPECT_THAT(imported.error().operator_text(), testing::HasSubstr("in staging is damaged"));
    EXPECT_TRUE(fakes.target.ledger.empty());
    EXPECT_EQ(file().state, FileState::importing);
}

// Goal    a slice that is damaged in staging can be set aside alone, also where the target fails
//         for its bytes before their end has proved them.
TEST_F(ImportStepTest, WhatTheTargetCannotReadIsToldAsDamageOfItsSliceInStaging) {
    const auto damaged = fakes.catalog.slices_of(closed.id).value().back().opening.slice;
    std::prev(fakes.staging.objects.end())->second = "Z?\n";
    fakes.target.refuses_byte = [](char first) { return first == '?'; };
    const auto imported = import();
    ASSERT_FALSE(imported.ok());
    EXPECT_EQ(imported.error().code(), Code::corrupt);
    EXPECT_THAT(imported.error().operator_text(),
                testing::StartsWith("slice " + to_string(damaged) + " in staging is damaged"));
    EXPECT_TRUE(fakes.target.ledger.empty());
}

TEST_F(ImportStepTest, WhatTheTargetCannotReadOfASoundSliceHasTheIdOfTheSlice) {
    const auto slice = fakes.catalog.slices_of(closed.id).value().back().opening.slice;
    fakes.target.refuses_byte = [](char first) { return first == 'c'; };
    const auto imported = import();
    ASSERT_FALSE(imported.ok());
    EXPECT_EQ(imported.error().code(), Code::corrupt);
    EXPECT_EQ(imported.error().operator_text(),
              "slice " + to_string(slice) + ": slice 2 of 2: row 1: no whole number");
}

TEST_F(ImportStepTest, AStopGivesTheImportUp) {
    stop = true;
    const auto stopped = import();
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().code(), Code::unavailable);
    EXPECT_TRUE(fakes.target.ledger.empty());
    stop = false;
    EXPECT_TRUE(import().ok());
}

TEST_F(ImportStepTest, AnotherNumberOfSlicesThanAtClosingIsCorrupt) {
    fakes.catalog.files.at(closed.id).file.slices = 3;
    const auto imported = import();
    ASSERT_FALSE(imported.ok());
    EXPECT_EQ(imported.error().code(), Code::corrupt);
    EXPECT_TRUE(fakes.target.ledger.empty());
}

TEST_F(ImportStepTest, SliceThatIsNotStagedIsCorrupt) {
    fakes.catalog.slices.begin()->second.slice.state = SliceState::uploading;
    const auto imported = import();
    ASSERT_FALSE(imported.ok());
    EXPECT_EQ(imported.error().code(), Code::corrupt);
    EXPECT_TRUE(fakes.target.ledger.empty());
}

TEST_F(ImportStepTest, FileWithoutSlicesIsOnlyMarked) {
    fakes.catalog.slices.clear();
    fakes.catalog.files.at(closed.id).file.slices = 0;
    const auto imported = import();
    ASSERT_TRUE(imported.ok());
    EXPECT_EQ(imported.value().rows, 0U);
    EXPECT_EQ(file().state, FileState::imported);
    EXPECT_TRUE(fakes.target.ledger.empty());
}

TEST_F(ImportStepTest, RepeatingAfterAnUnknownOutcomeImportsOnce) {
    const int import_call = 3;  // after slices_of, refused_rows and mark_importing
    fakes.fate.set([](int call) {
        return call == import_call ? Fate::happens_but_reports_failure : Fate::works;
    });
    const auto first = import();
    ASSERT_FALSE(first.ok());
    EXPECT_EQ(first.error().code(), Code::unknown_outcome);
    const auto second = import();
    ASSERT_TRUE(second.ok());
    EXPECT_TRUE(second.value().already_done);
    EXPECT_EQ(fakes.target.tables["in.c-shop.sink1"].size(), 3U);
}

std::vector<std::string> texts(const std::vector<RefusedRow>& rows) {
    std::vector<std::string> all;
    for (const auto& row : rows) all.push_back(row.text);
    return all;
}

TEST_F(ImportStepTest, ARefusedRowIsARejectAndTheOthersAreImported) {
    fakes.target.refuses_row = [](std::string_view row) { return row != "a"; };
    const auto imported = import();
    ASSERT_TRUE(imported.ok()) << imported.error().operator_text();
    EXPECT_EQ(imported.value().rows, 1U);
    EXPECT_EQ(imported.value().refused.size(), 2U);
    EXPECT_THAT(fakes.target.tables["in.c-shop.sink1"], ElementsAre("a"));
    const auto& rejects = fakes.catalog.rejects[sink.sink];
    EXPECT_THAT(texts(rejects), ElementsAre("b\n", "c\n"));
    EXPECT_EQ(rejects[0].row, 1U);
    EXPECT_EQ(rejects[1].row, 0U);
    EXPECT_EQ(rejects[0].reason, "the constraint is violated");
    EXPECT_EQ(fakes.catalog.statistics(sink.sink).value().target.rows, 1U);
    EXPECT_EQ(file().state, FileState::imported);
}

TEST_F(ImportStepTest, AFileAllOfWhoseRowsAreRefusedIsImportedWithoutAny) {
    fakes.target.refuses_row = [](auto) { return true; };
    ASSERT_TRUE(import().ok());
    EXPECT_TRUE(fakes.target.tables["in.c-shop.sink1"].empty());
    EXPECT_EQ(fakes.catalog.rejects[sink.sink].size(), 3U);
    EXPECT_EQ(file().state, FileState::imported);
}

// Goal    what is known as refused stays left out, whatever the table says by then: an attempt may
//         have happened whose answer was lost.
TEST_F(ImportStepTest, RowsThatAreRecordedStayLeftOutWhenTheTableWouldTakeThem) {
    fakes.target.refuses_row = [](std::string_view row) { return row == "b"; };
    fakes.target.refuses_commit = [&] {
        fakes.target.refuses_row = [](auto) { return false; };
        return true;
    };
    ASSERT_FALSE(import().ok());
    EXPECT_EQ(fakes.catalog.refused.at(closed.id).size(), 1U);
    fakes.target.refuses_commit = [] { return false; };
    ASSERT_TRUE(import().ok());
    EXPECT_THAT(fakes.target.tables["in.c-shop.sink1"], ElementsAre("a", "c"));
    EXPECT_THAT(texts(fakes.catalog.rejects[sink.sink]), ElementsAre("b\n"));
}

TEST_F(ImportStepTest, RowsThatAreRefusedLaterAreAddedByTheirPlaceAmongAll) {
    fakes.target.refuses_row = [](std::string_view row) { return row == "a"; };
    fakes.target.refuses_commit = [] { return true; };
    ASSERT_FALSE(import().ok());
    fakes.target.refuses_row = [](std::string_view row) { return row == "b"; };
    fakes.target.refuses_commit = [] { return false; };
    ASSERT_TRUE(import().ok());
    EXPECT_THAT(fakes.target.tables["in.c-shop.sink1"], ElementsAre("c"));
    const auto& rejects = fakes.catalog.rejects[sink.sink];
    EXPECT_THAT(texts(rejects), ElementsAre("a\n", "b\n"));
    EXPECT_EQ(rejects[1].row, 1U);
}

TEST_F(ImportStepTest, WhatIsRefusedAtTheCommitLeavesTheFileWhole) {
    fakes.target.refuses_commit = [] { return true; };
    const auto imported = import();
    ASSERT_FALSE(imported.ok());
    EXPECT_EQ(imported.error().client_text(), "a deferred constraint");
    EXPECT_TRUE(fakes.catalog.refused.empty());
    EXPECT_EQ(file().state, FileState::importing);
}

// Goal    a load is not in the way of its table, also where none of its rows can be tried alone.
TEST_F(ImportStepTest, ALoadOfWhichNoRowCanBeTriedIsRefusedWhole) {
    fakes.target.refuses_row = [](std::string_view row) { return row == "b"; };
    fakes.target.refusal_ends_transaction = true;
    EXPECT_FALSE(is_row_refused(import().error())) << "a file of a sink waits";
    fakes.catalog.loads.insert(closed.id);
    const auto refused = import().error();
    EXPECT_TRUE(is_row_refused(refused));
    EXPECT_EQ(refused.client_text(), "refused; no row can be left out");
    EXPECT_TRUE(fakes.target.tables["in.c-shop.sink1"].empty());
}

TEST_F(ImportStepTest, OfALoadNoRowIsLeftOut) {
    fakes.catalog.loads.insert(closed.id);
    fakes.target.refuses_row = [](std::string_view row) { return row == "c"; };
    const auto imported = import();
    ASSERT_FALSE(imported.ok());
    EXPECT_TRUE(is_row_refused(imported.error()));
    EXPECT_EQ(imported.error().client_text(), "row 1 of slice 2: the constraint is violated");
    EXPECT_TRUE(fakes.catalog.refused.empty());
    EXPECT_TRUE(fakes.target.ledger.empty());
}

// Goal    an installation that was restored ends files that the old one imported in part: there the
//         other slices were set aside, or lost with their volume.
TEST_F(ImportStepTest, SlicesThatAnEarlierImportHasLeftOutAreSetAside) {
    const auto slices = fakes.catalog.slices_of(closed.id).value();
    ASSERT_EQ(slices.size(), 2U);
    fakes.target.knows_other_imports = true;
    fakes.target.ledger[closed.id] = {.digest = slice_digest(std::span(slices).subspan(1)),
                                      .rows = slices[1].content.rows};
    const auto imported = import();
    ASSERT_TRUE(imported.ok()) << imported.error().operator_text();
    EXPECT_TRUE(fakes.target.tables.empty()) << "it was there";
    EXPECT_EQ(file().state, FileState::imported);
    const auto part = fakes.catalog.find_file(part_of(closed.id, slices[0].opening.slice)).value();
    ASSERT_TRUE(part.has_value());
    EXPECT_EQ(part->state, FileState::set_aside);
    EXPECT_THAT(part->aside->reason, HasSubstr("Restore this file"));
}

// A file of three slices with the rows a, b / c / d, some of which are set aside as `part`.
struct EarlierImportTest : ImportStepTest {
    EarlierImportTest() {
        fakes.catalog.files.at(closed.id).file.state = FileState::writing;
        stage({"d"});
        closed = journal.open_files().at(0);
        check(fakes.catalog.close_file(closed).ok(), "the fake works");
        slices = fakes.catalog.slices_of(closed.id).value();
        fakes.target.knows_other_imports = true;
    }
    // Another installation has imported so much of the file.
    void imported_before(const std::vector<std::size_t>& places, const std::string& rows = {}) {
        std::vector<Slice> some;
        std::uint64_t count = 0;
        for (const auto place : places) {
            some.push_back(slices[place]);
            count += slices[place].content.rows;
        }
        fakes.target.ledger[closed.id] = {.digest = slice_digest(some) + rows, .rows = count};
    }
    void set_aside(const std::vector<std::size_t>& places) {
        std::vector<SliceId> some;
        for (const auto place : places) some.push_back(slices[place].opening.slice);
        part = part_of(closed.id, some.front());
        check(fakes.catalog
                  .set_slices_aside({.file = closed.id,
                                     .slices = std::move(some),
                                     .part = part,
                                     .reason = "missing",
                                     .now = {}})
                  .ok(),
              "the fake works");
    }
    Result<ImportedFile> restore(FileId id) {
        static_cast<void>(fakes.catalog.restore_file(id, KnownKeys::replace).ok());
        return import_file(fakes.catalog.files.at(id).file, snapshot(), instant_of(clock),
                           fakes.stores(), stop);
    }
    const std::vector<std::string>& rows() { return fakes.target.tables["in.c-shop.sink1"]; }
    FileState state_of(FileId id) { return fakes.catalog.files.at(id).file.state; }

    std::vector<Slice> slices;
    FileId part;
};

// Goal    a slice is not imported again that the backup lacked, that the old installation imported
//         with its file, and that was set aside here and is brought back.
TEST_F(EarlierImportTest, APartThatIsInTheTargetWithItsFileIsNotImportedAgain) {
    imported_before({0, 1, 2});
    set_aside({1});
    const auto rest = import();
    ASSERT_TRUE(rest.ok()) << rest.error().operator_text();
    EXPECT_TRUE(rest.value().already_done);
    const auto again = restore(part);
    ASSERT_TRUE(again.ok()) << again.error().operator_text();
    EXPECT_TRUE(again.value().already_done);
    EXPECT_THAT(rows(), testing::IsEmpty()) << "they were there";
    EXPECT_EQ(state_of(closed.id), FileState::imported);
    EXPECT_EQ(state_of(part), FileState::imported);
    EXPECT_EQ(fakes.catalog.statistics(sink.sink).value().target.rows, 4U);
}

TEST_F(EarlierImportTest, APartIsKnownAlsoBeforeTheRestOfItsFileIsImported) {
    imported_before({0, 1, 2});
    set_aside({0});
    ASSERT_TRUE(restore(part).ok());
    ASSERT_TRUE(import().ok());
    EXPECT_THAT(rows(), testing::IsEmpty());
}

TEST_F(EarlierImportTest, APartThatTheTargetHasNotIsImported) {
    set_aside({1});
    ASSERT_TRUE(import().ok());
    const auto imported = restore(part);
    ASSERT_TRUE(imported.ok()) << imported.error().operator_text();
    EXPECT_FALSE(imported.value().already_done);
    EXPECT_THAT(rows(), ElementsAre("a", "b", "d", "c"));
}

TEST_F(EarlierImportTest, APartThatTheEarlierImportLackedTooIsImported) {
    imported_before({0, 2});
    set_aside({1});
    ASSERT_TRUE(import().ok());
    ASSERT_TRUE(restore(part).ok());
    EXPECT_THAT(rows(), ElementsAre("c"));
}

TEST_F(EarlierImportTest, OfAPartThatIsThereInPartTheOtherSlicesAreAFileOfTheirOwn) {
    imported_before({1, 2});
    set_aside({0, 1});
    ASSERT_TRUE(restore(part).ok());
    EXPECT_THAT(rows(), testing::IsEmpty());
    const auto other = part_of(part, slices[0].opening.slice);
    EXPECT_NE(other, part);
    ASSERT_EQ(state_of(other), FileState::set_aside);
    ASSERT_TRUE(restore(other).ok());
    EXPECT_THAT(rows(), ElementsAre("a", "b"));
    ASSERT_TRUE(import().ok());
    EXPECT_THAT(rows(), ElementsAre("a", "b"));
}

TEST_F(EarlierImportTest, RowsThatTheEarlierImportLeftOutAreRejectsOfTheirPart) {
    imported_before({0, 1, 2}, "-0.1,2.0");
    set_aside({0});
    ASSERT_TRUE(import().ok());
    EXPECT_THAT(texts(fakes.catalog.rejects[sink.sink]), ElementsAre("d\n"));
    ASSERT_TRUE(restore(part).ok());
    EXPECT_THAT(texts(fakes.catalog.rejects[sink.sink]), ElementsAre("d\n", "b\n"));
    EXPECT_THAT(rows(), testing::IsEmpty());
    EXPECT_EQ(fakes.catalog.statistics(sink.sink).value().target.rows, 2U);
}

TEST_F(EarlierImportTest, APartThatCannotBeComparedIsNotImported) {
    fakes.target.ledger[closed.id] = {.digest = "0123456789abcdef", .rows = 0};
    set_aside({1});
    const auto refused = restore(part);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::conflict);
    EXPECT_THAT(refused.error().client_text(), HasSubstr("cannot be told"));
    EXPECT_EQ(import().error().code(), Code::corrupt);
    EXPECT_THAT(rows(), testing::IsEmpty());
}

// Goal    a part is asked for by itself, whatever else is imported with it.
TEST_F(EarlierImportTest, APartIsNotImportedTogetherWithOthers) {
    imported_before({0, 1, 2});
    set_aside({1});
    ASSERT_TRUE(fakes.catalog.restore_file(part, KnownKeys::replace).ok());
    const std::vector<File> both = {fakes.catalog.files.at(closed.id).file,
                                    fakes.catalog.files.at(part).file};
    const auto first = import_files(both, snapshot(), instant_of(clock), fakes.stores(), stop);
    ASSERT_TRUE(first.ok()) << first.error().operator_text();
    EXPECT_EQ(first.value().size(), 1U);
    EXPECT_TRUE(import_files(std::span(both).subspan(1), snapshot(), instant_of(clock),
                             fakes.stores(), stop)
                    .ok());
    EXPECT_THAT(rows(), testing::IsEmpty());
}

// Goal    whatever fails in between, no row is there twice and none is missing.
TEST_F(EarlierImportTest, FailuresOfAnyStepLoseAndDoubleNothing) {
    for (const auto fate : {Fate::does_not_happen, Fate::happens_but_reports_failure}) {
        for (int fail_at = 0; fail_at < 12; ++fail_at) {
            SCOPED_TRACE(testing::Message() << "fail_at=" << fail_at);
            const auto catalog_before = fakes.catalog.files;
            const auto slices_before = fakes.catalog.slices;
            imported_before({1, 2});
            set_aside({0, 1});
            fakes.fate.set([&](int call) { return call == fail_at ? fate : Fate::works; });
            static_cast<void>(import().ok());
            fakes.fate.set(test::Unreliable::works);
            if (state_of(closed.id) != FileState::imported) {
                ASSERT_TRUE(import().ok());
            }
            fakes.fate.set([&](int call) { return call == fail_at ? fate : Fate::works; });
            static_cast<void>(restore(part).ok());
            fakes.fate.set(test::Unreliable::works);
            if (state_of(part) != FileState::imported) {
                ASSERT_TRUE(restore(part).ok());
            }
            ASSERT_TRUE(restore(part_of(part, slices[0].opening.slice)).ok());
            EXPECT_THAT(rows(), ElementsAre("a", "b"));
            fakes.target.tables.clear();
            fakes.target.ledger.clear();
            fakes.catalog.files = catalog_before;
            fakes.catalog.slices = slices_before;
        }
    }
}

TEST_F(ImportStepTest, ATableThatRefusesTooManyRowsLeavesTheFileWhole) {
    auto& known = fakes.catalog.refused[closed.id];
    const auto first = fakes.catalog.slices.begin()->first;
    fakes.target.refuses_row = [](std::string_view row) { return row != "a"; };
    // As if 999 others were: there is room for one more.
    fakes.catalog.slices.at(first).slice.content.rows += 999;
    for (std::uint64_t i = 0; i < 999; ++i) known.push_back({.slice = first, .row = 10 + i});
    const auto imported = import();
    ASSERT_FALSE(imported.ok());
    EXPECT_EQ(known.size(), 999U);
    EXPECT_EQ(file().state, FileState::importing);
}

struct ImportTogetherTest : ImportStepTest {
    // Closes the file that takes rows now.
    void close_file() {
        const auto open = journal.open_files().at(0);
        check(fakes.catalog.close_file(open).ok(), "the fake works");
        journal.close_file(open.id);
        journal.pump(nobody);
        ids.push_back(open.id);
    }
    // `count` files with one row each.
    void make_files(int count) {
        close_file();
        for (int i = 1; i < count; ++i) {
            stage({std::to_string(i)});
            close_file();
        }
    }
    std::vector<File> files() {
        std::vector<File> all;
        for (const auto& id : ids) all.push_back(fakes.catalog.files.at(id).file);
        return all;
    }
    // Of those that wait.
    Result<std::vector<ImportedFile>> import_all() {
        auto waiting = files();
        std::erase_if(waiting, [](const File& file) { return file.state == FileState::imported; });
        if (waiting.empty()) return std::vector<ImportedFile>();
        return import_files(waiting, snapshot(), instant_of(clock), fakes.stores(), stop);
    }
    std::vector<FileState> states() {
        std::vector<FileState> all;
        for (const auto& file : files()) all.push_back(file.state);
        return all;
    }

    std::vector<FileId> ids;
};

TEST_F(ImportTogetherTest, FilesOfOneOwnerShareATransactionInTheirOrder) {
    make_files(3);
    const auto imported = import_all();
    ASSERT_TRUE(imported.ok()) << imported.error().operator_text();
    EXPECT_EQ(imported.value().size(), 3U);
    EXPECT_THAT(fakes.target.tables["in.c-shop.sink1"], ElementsAre("a", "b", "c", "1", "2"));
    EXPECT_THAT(states(), testing::Each(FileState::imported));
}

// Goal    a note says that all rows from before there are in the table: never while some are not.
TEST_F(ImportTogetherTest, HowFarASourceWasReadIsNotedOnceNothingInFrontWaits) {
    make_files(4);
    for (const auto& id : ids) fakes.catalog.covered[id] = "of " + to_string(id);
    check(fakes.catalog.set_aside(ids[1], "later", {}).ok(), "the fake works");
    const auto import = [&](std::size_t place) {
        const std::vector<File> one = {files()[place]};
        ASSERT_TRUE(import_files(one, snapshot(), instant_of(clock), fakes.stores(), stop).ok());
    };
    import(0);
    import(2);
    EXPECT_THAT(fakes.target.notes, ElementsAre(testing::Key(ids[0])));
    ASSERT_TRUE(fakes.catalog.restore_file(ids[1], KnownKeys::replace).ok());
    import(1);
    import(3);
    EXPECT_THAT(fakes.target.notes,
                ElementsAre(testing::Key(ids[0]), testing::Key(ids[1]), testing::Key(ids[3])));
    EXPECT_EQ(fakes.target.notes.at(ids[3]), "of " + to_string(ids[3]));
}

TEST_F(ImportTogetherTest, WhatIsImportedTogetherNeedNotBeWaitedFor) {
    make_files(3);
    for (const auto& id : ids) fakes.catalog.covered[id] = "x";
    ASSERT_TRUE(import_all().ok());
    EXPECT_EQ(fakes.target.notes.size(), 3U);
}

// Goal    one bad file never takes the others with it, and its error is not that of another one.
TEST_F(ImportTogetherTest, WhatCannotBeImportedTogetherIsImportedFromTheFirstOn) {
    make_files(3);
    fakes.target.refuses = [&](const ImportRequest& request) { return request.file == ids[1]; };
    const auto imported = import_all();
    ASSERT_TRUE(imported.ok());
    ASSERT_EQ(imported.value().size(), 1U);
    EXPECT_EQ(imported.value().front().file, ids[0]);
    EXPECT_EQ(states()[0], FileState::imported);
    EXPECT_NE(states()[1], FileState::imported);
    EXPECT_NE(states()[2], FileState::imported);
}

TEST_F(ImportTogetherTest, ARefusedRowOfOneFileHoldsUpNoOther) {
    make_files(3);
    fakes.target.refuses_row = [](std::string_view row) { return row == "1"; };
    while (states().back() != FileState::imported) ASSERT_TRUE(import_all().ok());
    EXPECT_THAT(fakes.target.tables["in.c-shop.sink1"], ElementsAre("a", "b", "c", "2"));
    EXPECT_THAT(texts(fakes.catalog.rejects[sink.sink]), ElementsAre("1\n"));
}

// Goal    a crash or an error at any place: every row is there once after a repetition.
TEST_F(ImportTogetherTest, AFailureAtAnyCallIsRepeatedAndDoublesNothing) {
    make_files(3);
    fakes.catalog.expects_progress = false;  // a repetition comes again to what was done
    for (const auto fate : {Fate::does_not_happen, Fate::happens_but_reports_failure}) {
        for (int failing = 0; failing < 40; ++failing) {
            fakes.fate.set(
                [failing, fate](int call) { return call == failing ? fate : Fate::works; });
            static_cast<void>(import_all().ok());
        }
    }
    fakes.fate.set(test::Unreliable::works);
    ASSERT_TRUE(import_all().ok());
    EXPECT_THAT(fakes.target.tables["in.c-shop.sink1"], ElementsAre("a", "b", "c", "1", "2"));
    EXPECT_THAT(states(), testing::Each(FileState::imported));
}

}  // namespace
}  // namespace millrace::lifecycle
