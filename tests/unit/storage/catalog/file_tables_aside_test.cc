// Files that are set aside, and what holds of them across the tables of the catalog.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "storage/catalog/json.h"
#include "storage/catalog/schema.h"
#include "tests/support/some_load.h"
#include "tests/unit/storage/catalog/file_tables_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const LoadScope kScope{.project = ProjectId(1), .branch = BranchId(2)};

Instant at(std::int64_t ms) {
    return {.wall = WallTime{5'000'000 + ms}, .age = AgeTime{1'000'000 + ms}};
}

class FileTablesAsideTest : public FileTablesTest {
protected:
    void SetUp() override {
        FileTablesTest::SetUp();
        check(catalog_
                  ->begin_life({.volume = kVolume,
                                .uuid = make_uuid_v7(AgeTime{1}, 1, 1),
                                .name = "fast",
                                .directory = "/fast",
                                .durable = {},
                                .life = 0,
                                .at = kNow})
                  .ok(),
              "begin_life()");
        DefinitionEdit edit{.source = {}, .sinks = {}, .mappings = {}};
        edit.mappings.push_back(
            {{.sink = SinkNumber(50), .mapping = MappingVersion(3)}, keyed_table()});
        check(catalog_->save(edit).ok(), "save()");
    }
    static MappingSnapshot keyed_table() {
        return testing_support::load_table(kScope, "in.c-shop.orders", true);
    }
    // Of sink 50, whose table has a key; with one slice of the same number.
    OpenFile close_file(std::uint64_t number) {
        const auto made = make_file(number, 50, 10, 1);
        seal(number, made);
        check(catalog().close_file(made).ok(), "close_file()");
        return made;
    }
    // A load of 3 rows into the same table; its slice and file have this number.
    LoadNumber commit_load(std::uint64_t number) {
        LoadCatalog& loads = *catalog_;
        const auto load = loads
                              .begin_load({.scope = kScope,
                                           .label = std::to_string(number),
                                           .table = keyed_table(),
                                           .volume = kVolume,
                                           .times = {.open = Milliseconds(100),
                                                     .prepared = Milliseconds(100),
                                                     .ended = Milliseconds(100)},
                                           .info = "{}"},
                                          at(0))
                              .value()
                              .load.number;
        const auto slice = slice_id(number);
        SliceContent content;
        content.bytes = 30;
        content.rows = 3;
        check(loads.announce_part(load, 0, slice).ok(), "announce_part()");
        check(loads.adopt_part(load, 0, slice, content).ok(), "adopt_part()");
        check(loads.finish_load(load, {.rows = 3, .bytes = 30}, at(1)).ok(), "finish_load()");
        check(loads.commit_load(load, file_id(number), at(2)).ok(), "commit_load()");
        return load;
    }
    void set_aside(std::uint64_t file) {
        ASSERT_TRUE(catalog().set_aside(file_id(file), "broken", kNow).ok());
    }
    void restore(std::uint64_t file) {
        ASSERT_TRUE(catalog().restore_file(file_id(file), KnownKeys::replace).ok());
    }
    FileState state_of(std::uint64_t file) {
        return catalog().find_file(file_id(file)).value()->state;
    }
};

TEST_F(FileTablesAsideTest, InALineOfATableALoadDoesNotWaitForAFileSetAsideNorAFileForALoad) {
    close_file(1);
    commit_load(2);
    close_file(3);
    for (const std::uint64_t slice : {1U, 2U, 3U}) upload(slice);
    EXPECT_THAT(to_import(), ElementsAre(file_id(1)));
    set_aside(1);
    EXPECT_THAT(to_import(), ElementsAre(file_id(2)));
    set_aside(2);
    EXPECT_THAT(to_import(), ElementsAre(file_id(3)));
    restore(1);
    restore(2);
    EXPECT_THAT(to_import(), ElementsAre(file_id(1))) << "each has the place that it had";
    import(1);
    EXPECT_THAT(to_import(), ElementsAre(file_id(2)));
    import(2);
    EXPECT_THAT(to_import(), ElementsAre(file_id(3)));
}

// Goal    a sink's file that is restored and a load never wait for each other.
// Method  the older file is closed while the younger one is set aside, with a load between them.
TEST_F(FileTablesAsideTest, AnOlderFileThatIsClosedMeanwhileComesBeforeTheOneRestored) {
    close_file(2);
    set_aside(2);
    commit_load(3);
    close_file(1);
    restore(2);
    for (const std::uint64_t slice : {1U, 2U, 3U}) upload(slice);
    for (const std::uint64_t file : {3U, 1U, 2U}) {
        EXPECT_THAT(to_import(), ElementsAre(file_id(file)));
        import(file);
    }
}

TEST_F(FileTablesAsideTest, ALabelIsKeptWhileItsRowsAreSetAsideAndNotWhenTheyAreDiscarded) {
    const auto load = commit_load(1);
    set_aside(1);
    const auto found = catalog_->find_load(load).value().value();
    EXPECT_EQ(catalog_->expire_loads(at(99'999), 10).value().forgotten, 0U);
    EXPECT_FALSE(catalog_->is_imported(found).value());
    EXPECT_EQ(catalog_->totals().value().waiting, 1U);
    ASSERT_TRUE(catalog().discard_file(file_id(1)).ok());
    EXPECT_FALSE(catalog_->is_imported(found).value());
    EXPECT_EQ(catalog_->totals().value().waiting, 0U);
    EXPECT_EQ(catalog_->expire_loads(at(99'999), 10).value().forgotten, 1U);
}

TEST_F(FileTablesAsideTest, AVolumeIsNotRetiredUntilWhatIsSetAsideIsDiscarded) {
    close_file(1);
    upload(1);
    set_aside(1);
    EXPECT_EQ(catalog_->require_nothing_waits(kVolume).error().code(), Code::conflict);
    ASSERT_TRUE(catalog().discard_file(file_id(1)).ok());
    EXPECT_TRUE(catalog_->require_nothing_waits(kVolume).ok());
}

// Goal    of a volume that is lost, a file set aside keeps what is uploaded, and the rest is lost;
//         a load that has lost a part is aborted.
TEST_F(FileTablesAsideTest, ALostVolumeTakesWhatIsNotUploaded) {
    const auto file = make_file(1, 50, 10, 2);
    seal(1, file);
    seal(2, file);
    ASSERT_TRUE(catalog().close_file(file).ok());
    upload(1);
    close_file(3);
    const auto load = commit_load(4);
    for (const std::uint64_t number : {1U, 3U, 4U}) set_aside(number);
    ASSERT_TRUE(catalog_->give_up_volume(kVolume, kNow).ok());

    EXPECT_EQ(state_of(1), FileState::set_aside);
    EXPECT_EQ(catalog().find_file(file.id).value()->slices, 1U);
    EXPECT_FALSE(catalog().find_file(file_id(3)).value()) << "nothing of it is left";
    EXPECT_EQ(catalog_->find_load(load).value()->state, LoadState::aborted);
    const auto statistics = catalog().statistics(SinkNumber(50)).value();
    EXPECT_EQ(statistics.set_aside.rows, 10U);
    EXPECT_EQ(statistics.lost_rows, 50U);
    restore(1);
    EXPECT_THAT(to_import(), ElementsAre(file.id));
}

TEST_F(FileTablesAsideTest, AFileThatMissesASliceIsClosedShortWhileItIsSetAside) {
    const auto file = make_file(1, 50, 10, 2);
    seal(1, file);
    ASSERT_TRUE(catalog().close_file(file).ok());
    upload(1);
    set_aside(1);
    ASSERT_EQ(catalog_->short_files(kVolume).value().size(), 1U);
    ASSERT_TRUE(catalog_->close_short(file.id, 1).ok());
    EXPECT_EQ(state_of(1), FileState::set_aside);
    restore(1);
    EXPECT_THAT(to_import(), ElementsAre(file.id));
}

TEST_F(FileTablesAsideTest, FilesSetAsideAreAlwaysShownAndHideNoOthers) {
    for (std::uint64_t number = 1; number <= 4; ++number) close_file(number);
    set_aside(1);
    set_aside(2);
    ASSERT_TRUE(catalog().discard_file(file_id(2)).ok());
    const auto shown = [&](const FileSelection& selection) {
        std::vector<FileId> files;
        const auto reports = catalog_->files_of(SinkNumber(50), selection).value();
        for (const auto& report : reports) files.push_back(report.file.id);
        return files;
    };
    EXPECT_THAT(shown({}), ElementsAre(file_id(1), file_id(2), file_id(3), file_id(4)));
    EXPECT_THAT(shown({.imported_max = 0, .waiting_max = 1, .set_aside_max = 0}),
                ElementsAre(file_id(3)));
    const auto discarded = catalog_->file_of(SinkNumber(50), file_id(2)).value().value();
    EXPECT_EQ(discarded.file.aside, (SetAside{.reason = "broken", .at = kNow}));
    EXPECT_EQ(discarded.statistics.discarded.rows, 20U);
    EXPECT_EQ(catalog_->file_of(SinkNumber(50), file_id(1)).value()->statistics.local.rows, 10U);
    EXPECT_FALSE(catalog_->file_of(SinkNumber(51), file_id(1)).value());

    ASSERT_TRUE(catalog_->reset_statistics({SinkNumber(50)}, at(0)).ok());
    EXPECT_THAT(shown({}), ElementsAre(file_id(1))) << "it can be restored";
}

// Goal    what waits in a folder of an older version goes on, and can be set aside.
// Method  files of schema 18 that wait and that are imported.
TEST_F(FileTablesAsideTest, FilesOfAnOlderVersionGoOnWaiting) {
    const auto path = directory_ / "older.sqlite";
    {
        auto database = sqlite::Database::open(path, {}).value();
        ASSERT_TRUE(migrate_to(database, 18).ok());
        for (const std::uint64_t number : {1U, 2U, 3U}) {
            const bool is_done = number == 1;
            const auto file = to_string(file_id(number));
            ASSERT_TRUE(
                database
                    .run("INSERT INTO files (id, sink, mapping, state, opened_at, slices, volume,"
                         " imported_at, imported_age) VALUES (?1, 50, 3, ?2, 1, 1, 'fast', 1, 1)",
                         file, is_done ? "imported" : "closing")
                    .ok());
            ASSERT_TRUE(
                database
                    .run("INSERT INTO slices (id, file, sink, mapping, opened_at, bytes, rows, crc,"
                         " first_at, last_at, last_sequence, state, is_local, is_staged, volume)"
                         " VALUES (?1, ?2, 50, 3, 1, 10, 1, 1, 1, 1, 1, ?3, ?4, ?5, 'fast')",
                         to_string(slice_id(number)), file, is_done ? "imported" : "closing",
                         !is_done, is_done)
                    .ok());
        }
    }
    catalog_ = SqliteCatalog::open(path, test_secrets()).value();
    EXPECT_EQ(leftovers(10).staged.size(), 1U);
    for (const std::uint64_t slice : {2U, 3U}) upload(slice);
    EXPECT_THAT(to_import(), ElementsAre(file_id(2)));
    EXPECT_FALSE(catalog().find_file(file_id(2)).value()->aside);
    set_aside(2);
    EXPECT_THAT(to_import(), ElementsAre(file_id(3)));
    reopen();
}

}  // namespace
}  // namespace millrace::catalog
