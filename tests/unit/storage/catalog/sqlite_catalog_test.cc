#include "storage/catalog/sqlite_catalog.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "storage/catalog/schema.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/storage/catalog/test_secrets.h"

namespace millrace::catalog {
namespace {

using testing_support::TempDirectory;

TEST(SqliteCatalogTest, ACatalogOfANewerVersionIsRefusedAndLeftAlone) {
    const TempDirectory directory;
    const auto path = directory / "catalog.sqlite";
    ASSERT_TRUE(SqliteCatalog::open(path, test_secrets()).ok());
    auto database = sqlite::Database::open(path, {}).value();
    ASSERT_TRUE(
        database.execute(fmt::format("PRAGMA user_version = {}", newest_schema() + 1)).ok());

    const auto opened = SqliteCatalog::open(path, test_secrets());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), Code::conflict);
    EXPECT_NE(opened.error().operator_text().find("newer version of Millrace"), std::string::npos);
    EXPECT_EQ(database.number("PRAGMA user_version").value(), newest_schema() + 1);
}

TEST(SqliteCatalogTest, AnotherDatabaseIsRefused) {
    const TempDirectory directory;
    auto database = sqlite::Database::open(directory / "db", {}).value();
    ASSERT_TRUE(database.execute("CREATE TABLE mine (x)").ok());
    EXPECT_EQ(SqliteCatalog::open(directory / "db", test_secrets()).error().code(), Code::conflict);
}

TEST(SqliteCatalogTest, AnOlderSchemaIsBroughtUpToDate) {
    const TempDirectory directory;
    const auto path = directory / "catalog.sqlite";
    {
        const auto catalog = SqliteCatalog::open(directory / "newest", test_secrets()).value();
        Source source;
        source.key = {ProjectId(1), BranchId(2), SourceId("a")};
        ASSERT_TRUE(catalog->save_source(source, {}).ok());
        source.key.source = SourceId("b");
        source.deleted = Deleted{};
        ASSERT_TRUE(catalog->save_source(source, {}).ok());
    }
    {
        auto database = sqlite::Database::open(path, {}).value();
        ASSERT_TRUE(migrate_to(database, 1).ok());
        ASSERT_TRUE(database
                        .execute(fmt::format("ATTACH '{}' AS newest;"
                                             "INSERT INTO sources SELECT project, branch, id, name,"
                                             " description, 'as text', settings, version, created,"
                                             " deleted, disabled FROM newest.sources;"
                                             "DETACH newest",
                                             directory / "newest"))
                        .ok());
    }
    const auto catalog = SqliteCatalog::open(path, test_secrets()).value();
    EXPECT_TRUE(catalog->writing_files(VolumeId("default")).ok());
    EXPECT_EQ(catalog->all_sources().value().at(0).secret.expose(), "as text");
    EXPECT_EQ(catalog->sources(ProjectId(1), BranchId(2), {}).value().total_count, 1U);
    EXPECT_EQ(catalog->deleted_sources(ProjectId(1), BranchId(2), {}).value().total_count, 1U);
    EXPECT_TRUE(catalog->tokens(ProjectId(1), {}).ok());
    EXPECT_TRUE(catalog->files_of(SinkNumber(1), {}).ok());
    EXPECT_TRUE(catalog->reject_totals(SinkNumber(1)).ok());
}

// Goal    what a catalog of the version before has keeps its meaning: one target, one staging, HTTP
//         sources, and slices that are read in the form they were staged in.
// Method  rows of schema 15, as that version wrote them.
TEST(SqliteCatalogTest, ACatalogFromBeforeBackendsHadNamesGetsTheDefaults) {
    const TempDirectory directory;
    const auto path = directory / "catalog.sqlite";
    const auto ids = [](std::uint64_t number) {
        return to_string(make_uuid_v7(AgeTime{1}, number, number));
    };
    const std::string stamp = R"({"at":1,"by":{"type":"t","tokenId":"","tokenDescription":""}})";
    const auto version =
        fmt::format(R"({{"number":1,"hash":"h","description":"d","stamp":{}}})", stamp);
    {
        auto database = sqlite::Database::open(path, {}).value();
        ASSERT_TRUE(migrate_to(database, 15).ok());
        const auto sql = fmt::format(
            "INSERT INTO sources (project, branch, id, name, description, secret, settings,"
            " version, created) VALUES (1, 2, 'a', 'n', 'd', 'as text', '{{}}', '{0}', '{1}');"
            "INSERT INTO sinks (project, branch, source, id, number, name, description, table_id,"
            " columns, settings, mapping, version, created) VALUES (1, 2, 'a', 's', 1, 'n', 'd',"
            " 'in.c-a.b', '[]', '{{}}', 1, '{0}', '{1}');"
            "INSERT INTO mappings VALUES (1, 1, '{{\"project\":1,\"branch\":2,\"source\":\"a\","
            "\"sink\":\"s\",\"table\":\"in.c-a.b\",\"columns\":[],\"settings\":{{}}}}');"
            "INSERT INTO files (id, sink, mapping, state, opened_at, slices) VALUES"
            " ('{2}', 1, 1, 'closing', 1, 2);"
            "INSERT INTO slices (id, file, sink, mapping, opened_at, bytes, rows, crc, first_at,"
            " last_at, last_sequence, state, staged_bytes, staging_key, is_staged) VALUES"
            " ('{3}', '{2}', 1, 1, 1, 1, 1, 1, 1, 1, 1, 'uploaded', 7, '1/f.s.csv.gz', 1),"
            " ('{4}', '{2}', 1, 1, 1, 1, 1, 1, 1, 1, 1, 'uploaded', 8, '1/f.t.csv', 1)",
            version, stamp, ids(1), ids(2), ids(3));
        ASSERT_TRUE(database.execute(sql).ok());
    }
    const auto catalog = SqliteCatalog::open(path, test_secrets()).value();
    const SourceKey source{ProjectId(1), BranchId(2), SourceId("a")};
    EXPECT_EQ(catalog->find_source(source).value()->kind, kHttpSource);
    const auto sink = *catalog->find_sink({.source = source, .sink = SinkId("s")}).value();
    EXPECT_EQ(sink.target, kDefaultTarget);
    EXPECT_EQ(catalog->sinks_of_table({.table = sink.table}).value().size(), 1U);
    EXPECT_EQ(catalog->tables_written_by(source).value(),
              std::vector<TargetTable>{{.table = sink.table}});
    const auto slices = catalog->slices_of(FileId(*parse_uuid(ids(1)))).value();
    ASSERT_EQ(slices.size(), 2U);
    EXPECT_EQ(slices[0].staged, (StagedObject{.staging = kDefaultStaging,
                                              .key = "1/f.s.csv.gz",
                                              .compression = Compression::gzip,
                                              .bytes = 7}));
    EXPECT_EQ(slices[1].staged, (StagedObject{.staging = kDefaultStaging,
                                              .key = "1/f.t.csv",
                                              .compression = Compression::none,
                                              .bytes = 8}));
}

TEST(SqliteCatalogTest, AFolderThatIsNotThereIsUnavailable) {
    const TempDirectory directory;
    EXPECT_EQ(SqliteCatalog::open(directory / "no/catalog.sqlite", test_secrets()).error().code(),
              Code::unavailable);
}

// Goal    what a write returned for survives the end of the process; a transaction that was not
//         committed leaves nothing.
// Method  copy the files of the catalog while it is open, as a crash leaves them, and open the
// copy.
TEST(SqliteCatalogTest, OnlyCommittedWritesSurviveACrash) {
    const TempDirectory directory;
    const auto path = directory / "catalog.sqlite";
    const auto catalog = SqliteCatalog::open(path, test_secrets()).value();
    ASSERT_EQ(catalog->next_sink_number().value(), SinkNumber(1));

    auto writer = sqlite::Database::open(path, {}).value();
    const auto open_transaction = sqlite::Transaction::begin(writer).value();
    ASSERT_TRUE(writer.execute("UPDATE last_numbers SET number = 77").ok());

    std::filesystem::create_directory(directory / "crashed");
    for (const auto* suffix : {"", "-wal"}) {
        std::filesystem::copy_file(path + suffix, (directory / "crashed/catalog.sqlite") + suffix);
    }
    const auto recovered =
        SqliteCatalog::open(directory / "crashed/catalog.sqlite", test_secrets()).value();
    EXPECT_EQ(recovered->next_sink_number().value(), SinkNumber(2));
}

// Goal    reads go on while a write transaction is open, writes of many threads are all kept.
TEST(SqliteCatalogTest, ReadersDoNotWaitForWritersAndNoWriteIsLost) {
    const TempDirectory directory;
    const auto path = directory / "catalog.sqlite";
    const auto catalog = SqliteCatalog::open(path, test_secrets()).value();
    {
        auto writer = sqlite::Database::open(path, {}).value();
        const auto held = sqlite::Transaction::begin(writer).value();
        EXPECT_TRUE(catalog->all_statistics().ok());
    }
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i) {
                if (!catalog->next_sink_number().ok()) ++failures;
                if (!catalog->all_sources().ok()) ++failures;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(catalog->next_sink_number().value(), SinkNumber(201));
}

}  // namespace
}  // namespace millrace::catalog
