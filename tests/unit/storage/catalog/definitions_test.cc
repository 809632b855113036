#include "storage/catalog/definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>

#include "tests/unit/storage/catalog/catalog_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SourceKey source_key(const std::string& id) {
    return {.project = ProjectId(1), .branch = BranchId(2), .source = SourceId(id)};
}

Stamp stamp(std::int64_t at) {
    return {.at = WallTime{at},
            .by = {.type = "user", .token_id = "t", .token_description = "T \"q\""}};
}

Version version(std::uint32_t number) {
    return {.number = number, .hash = "0123456789abcdef", .description = "New.", .stamp = stamp(5)};
}

Source make_source(const std::string& id) {
    Source source;
    source.key = source_key(id);
    source.kind = SourceKindName("kafka");
    source.details = R"({"topic":"t"})";
    source.name = "Name of " + id;
    source.description = "žluť";
    source.secret = Secret(std::string(48, 's'));
    source.settings = {{"storage.level.local.encoding.sync.wait", false},
                       {"storage.level.staging.upload.trigger.count", std::int64_t{7}},
                       {"storage.level.local.encoding.compression.type", std::string("none")}};
    source.version = version(1);
    source.created = stamp(10);
    return source;
}

std::vector<Column> columns() {
    std::vector<Column> all(3);
    all[0] = {.type = ColumnType::uuid,
              .name = "id",
              .primary_key = true,
              .path = {},
              .default_value = {}};
    all[1] = {.type = ColumnType::path,
              .name = "user",
              .path = "user.items[0]",
              .default_value = "",
              .raw_string = true};
    all[2] = {.type = ColumnType::path, .name = "other", .path = "", .default_value = {}};
    return all;
}

Sink make_sink(const std::string& source, const std::string& id, std::uint64_t number) {
    Sink sink;
    sink.key = {.source = source_key(source), .sink = SinkId(id)};
    sink.number = SinkNumber(number);
    sink.name = "Name of " + id;
    sink.description = "d";
    sink.target = TargetName("warehouse");
    sink.table = TableId::parse("in.c-shop.orders").value();
    sink.columns = columns();
    sink.settings = {{"storage.level.target.import.trigger.count", std::int64_t{1}}};
    sink.mapping = MappingVersion(1);
    sink.version = version(1);
    sink.created = stamp(11);
    return sink;
}

MappingSnapshot snapshot_of(const Sink& sink) {
    return {.sink = sink.key,
            .target = sink.target,
            .table = sink.table,
            .columns = sink.columns,
            .settings = resolve_settings({.sink = sink.settings})};
}

void expect_equal(const Source& a, const Source& b) {
    EXPECT_EQ(a.key, b.key);
    EXPECT_EQ(a.kind, b.kind);
    EXPECT_EQ(a.details, b.details);
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.description, b.description);
    EXPECT_EQ(a.secret.expose(), b.secret.expose());
    ASSERT_EQ(a.retired.has_value(), b.retired.has_value());
    if (a.retired) {
        EXPECT_EQ(a.retired->secret.expose(), b.retired->secret.expose());
        EXPECT_EQ(a.retired->until, b.retired->until);
    }
    EXPECT_EQ(a.settings, b.settings);
    EXPECT_EQ(a.version, b.version);
    EXPECT_EQ(a.created, b.created);
    EXPECT_EQ(a.deleted, b.deleted);
    EXPECT_EQ(a.disabled, b.disabled);
}

void expect_equal(const Sink& a, const Sink& b) {
    EXPECT_EQ(a.key, b.key);
    EXPECT_EQ(a.number, b.number);
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.description, b.description);
    EXPECT_EQ(a.target, b.target);
    EXPECT_EQ(a.table, b.table);
    EXPECT_EQ(a.columns, b.columns);
    EXPECT_EQ(a.settings, b.settings);
    EXPECT_EQ(a.mapping, b.mapping);
    EXPECT_EQ(a.version, b.version);
    EXPECT_EQ(a.created, b.created);
    EXPECT_EQ(a.deleted, b.deleted);
    EXPECT_EQ(a.disabled, b.disabled);
}

template <typename T>
std::vector<std::string> names(const std::vector<T>& items) {
    std::vector<std::string> all;
    for (const auto& item : items) all.push_back(item.name);
    return all;
}

// The tests know the port only; the catalog is opened again from its file where that matters.
class DefinitionsTest : public CatalogTest {
protected:
    DefinitionCatalog& catalog() { return *catalog_; }
};

TEST_F(DefinitionsTest, WhatWasSavedIsThereAfterReopening) {
    auto source = make_source("a");
    source.retired = RetiredSecret{.secret = Secret(std::string(48, 'r')), .until = WallTime{77}};
    source.disabled = Disabled{.stamp = stamp(12), .reason = "API", .with_parent = true};
    auto sink = make_sink("a", "s", 1);
    sink.deleted = Deleted{.stamp = stamp(13), .with_parent = true};
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    ASSERT_TRUE(catalog().save_sink(sink, snapshot_of(sink)).ok());
    reopen();
    expect_equal(*catalog().find_source(source.key).value(), source);
    expect_equal(*catalog().find_sink(sink.key).value(), sink);
    EXPECT_EQ(catalog().mapping({sink.number, sink.mapping}).value(), snapshot_of(sink));
    EXPECT_FALSE(catalog().find_source(source_key("b")).value().has_value());
    EXPECT_FALSE(catalog().find_sink({source.key, SinkId("b")}).value().has_value());
}

TEST_F(DefinitionsTest, SavingAgainReplaces) {
    auto source = make_source("a");
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    source.name = "Other";
    source.settings.clear();
    source.version.number = 2;
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    expect_equal(*catalog().find_source(source.key).value(), source);
}

TEST_F(DefinitionsTest, ACascadeIsSavedWithItsSource) {
    const auto source = make_source("a");
    const auto one = make_sink("a", "one", 1), two = make_sink("a", "two", 2);
    ASSERT_TRUE(catalog().save_source(source, {one, two}).ok());
    EXPECT_EQ(catalog().all_sinks(source.key).value().size(), 2u);

    // The second sink's number belongs to the first one: nothing of the cascade may be there.
    auto renamed = source;
    renamed.name = "Renamed";
    const auto clash = catalog().save_source(renamed, {one, make_sink("a", "three", 1)});
    EXPECT_EQ(clash.error().code(), Code::conflict);
    expect_equal(*catalog().find_source(source.key).value(), source);
}

TEST_F(DefinitionsTest, ListsArePagedInByteOrderWithoutDeletedOnes) {
    for (const auto* id : {"b", "a-1", "a", "c", "deleted"}) {
        auto source = make_source(id);
        if (source.key.source.value == "deleted") source.deleted = Deleted{.stamp = stamp(1)};
        std::vector<Sink> sinks;
        if (source.key.source.value == "a") {
            for (std::uint64_t i = 1; i <= 3; ++i) {
                sinks.push_back(make_sink("a", "s" + std::to_string(i), i));
            }
            sinks[1].deleted = Deleted{.stamp = stamp(2)};
        }
        ASSERT_TRUE(catalog().save_source(source, sinks).ok());
    }
    auto page = catalog().sources(ProjectId(1), BranchId(2), {.after_id = "", .limit = 3}).value();
    EXPECT_THAT(names(page.items), ElementsAre("Name of a", "Name of a-1", "Name of b"));
    EXPECT_EQ(page.total_count, 4u);
    page = catalog().sources(ProjectId(1), BranchId(2), {.after_id = "b", .limit = 3}).value();
    EXPECT_THAT(names(page.items), ElementsAre("Name of c"));
    EXPECT_EQ(page.total_count, 4u);
    EXPECT_EQ(catalog().sources(ProjectId(1), BranchId(3), {}).value().total_count, 0u);
    EXPECT_EQ(catalog().all_sources().value().size(), 4u);

    const auto sinks = catalog().sinks(source_key("a"), {.after_id = "s1"}).value();
    EXPECT_THAT(names(sinks.items), ElementsAre("Name of s3"));
    EXPECT_EQ(sinks.total_count, 2u);
    EXPECT_THAT(names(catalog().all_sinks(source_key("a")).value()),
                ElementsAre("Name of s1", "Name of s3"));
}

TEST_F(DefinitionsTest, SourcesAreCountedThroughEveryChange) {
    const auto counted = [&] {
        return std::pair(
            catalog()
                .sources(ProjectId(1), BranchId(2), {.after_id = "", .limit = 1})
                .value()
                .total_count,
            catalog()
                .deleted_sources(ProjectId(1), BranchId(2), {.after_id = "", .limit = 1})
                .value()
                .total_count);
    };
    using Counts = std::pair<std::uint64_t, std::uint64_t>;
    EXPECT_EQ(counted(), Counts(0, 0));
    auto source = make_source("a");
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    ASSERT_TRUE(catalog().save_source(make_source("b"), {}).ok());
    ASSERT_TRUE(catalog().save_source(source, {}).ok()) << "again";
    EXPECT_EQ(counted(), Counts(2, 0));
    source.deleted = Deleted{.stamp = stamp(1)};
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    EXPECT_EQ(counted(), Counts(1, 1));
    source.deleted->stamp = stamp(2);
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    EXPECT_EQ(counted(), Counts(1, 1));
    ASSERT_TRUE(catalog().remove_source(source_key("a")).ok());
    EXPECT_EQ(counted(), Counts(1, 0));
    ASSERT_TRUE(catalog().remove_source(source_key("b")).ok());
    EXPECT_EQ(counted(), Counts(0, 0));
}

// The steps of SQLite's virtual machine that `use` costs, in all statements of connections that
// were opened while a StepCounter lived. One at a time.
class StepCounter {
public:
    StepCounter() { sqlite3_auto_extension(entry()); }
    ~StepCounter() { sqlite3_cancel_auto_extension(entry()); }
    StepCounter(const StepCounter&) = delete;
    StepCounter& operator=(const StepCounter&) = delete;

    template <typename Use>
    std::int64_t of(const Use& use) const {
        use();  // prepares
        steps_ = 0;
        use();
        return steps_;
    }

private:
    static void (*entry())() { return reinterpret_cast<void (*)()>(opened); }
    static int opened(sqlite3* database, char**, const sqlite3_api_routines*) {
        return sqlite3_trace_v2(database, SQLITE_TRACE_PROFILE, finished, nullptr);
    }
    static int finished(unsigned, void*, void* statement, void*) {
        steps_ += sqlite3_stmt_status(static_cast<sqlite3_stmt*>(statement),
                                      SQLITE_STMTSTATUS_VM_STEP, 1);
        return 0;
    }

    static inline std::atomic<std::int64_t> steps_ = 0;
};

// Goal    what a client waits for costs the same however much was there before.
// Method  count the steps of SQLite, first with little in the catalog, then with many deleted and
//         often updated definitions and finished tasks, then with many more active sources.
TEST_F(DefinitionsTest, ReadingAPageCostsNeitherHistoryNorTheRestOfTheList) {
    catalog_.reset();
    const StepCounter counter;
    reopen();
    std::uint64_t sinks_made = 0;
    const auto add = [&](const std::string& id, bool deleted) {
        auto source = make_source(id);
        auto sink = make_sink(id, "s", ++sinks_made);
        if (deleted) source.deleted = sink.deleted = Deleted{.stamp = stamp(1)};
        ASSERT_TRUE(catalog().save_source(source, {sink}).ok());
    };
    for (const auto* const id : {"a", "b", "c", "d", "e"}) add(id, false);
    const PageRequest page = {.after_id = "b", .limit = 2};
    const auto costs = [&] {
        return std::vector<std::int64_t>{
            counter.of([&] {
                EXPECT_EQ(catalog().sources(ProjectId(1), BranchId(2), page).value().items.size(),
                          2u);
            }),
            counter.of(
                [&] { EXPECT_EQ(catalog().sinks(source_key("a"), {}).value().items.size(), 1u); }),
            counter.of([&] { EXPECT_EQ(catalog().all_sinks(source_key("a")).value().size(), 1u); }),
            counter.of([&] { EXPECT_TRUE(catalog().find_source(source_key("a")).value()); }),
            counter.of([&] { EXPECT_TRUE(catalog().unfinished_tasks().value().empty()); }),
        };
    };
    const auto before = costs();
    for (const auto cost : before) EXPECT_GT(cost, 0) << "counts nothing";

    for (int i = 0; i < 20; ++i) {
        add("c-deleted-" + std::to_string(i), true);
        auto gone = make_sink("a", "deleted-" + std::to_string(i), ++sinks_made);
        gone.deleted = Deleted{.stamp = stamp(1)};
        auto source = make_source("a");
        source.version = version(static_cast<std::uint32_t>(i + 2));
        ASSERT_TRUE(catalog().save_source(source, {gone}).ok());
        Task task;
        task.source = source.key;
        task.id = std::to_string(i);
        task.status = TaskStatus::success;
        task.finished_at = WallTime{i};
        task.finished_age = AgeTime{i};
        ASSERT_TRUE(catalog().save_task(task).ok());
    }
    EXPECT_EQ(costs(), before) << "after much history";

    for (int i = 0; i < 20; ++i) add("f-" + std::to_string(i), false);
    EXPECT_EQ(costs(), before) << "with many more sources";
}

TEST_F(DefinitionsTest, SinkNumbersAreNeverGivenTwice) {
    EXPECT_EQ(catalog().next_sink_number().value(), SinkNumber(1));
    EXPECT_EQ(catalog().next_sink_number().value(), SinkNumber(2));
    reopen();
    EXPECT_EQ(catalog().next_sink_number().value(), SinkNumber(3));
}

TEST_F(DefinitionsTest, AMappingVersionNeverChanges) {
    const auto sink = make_sink("a", "s", 4);
    const auto snapshot = snapshot_of(sink);
    EXPECT_EQ(catalog().newest_mapping(sink.number).value(), MappingVersion(0));
    EXPECT_EQ(catalog().mapping({sink.number, MappingVersion(1)}).error().code(), Code::not_found);

    ASSERT_TRUE(catalog().save_sink(sink, snapshot).ok());
    const auto save_second = [&](const MappingSnapshot& second) {
        return catalog().save(
            {.source = {}, .sinks = {}, .mappings = {{{sink.number, MappingVersion(2)}, second}}});
    };
    ASSERT_TRUE(save_second(snapshot).ok());
    EXPECT_TRUE(save_second(snapshot).ok());
    EXPECT_EQ(catalog().newest_mapping(sink.number).value(), MappingVersion(2));

    auto other = snapshot;
    other.columns.pop_back();
    EXPECT_EQ(save_second(other).error().code(), Code::conflict);
    EXPECT_EQ(catalog().mapping({sink.number, MappingVersion(2)}).value(), snapshot);
    auto renamed = sink;
    renamed.name = "Renamed";
    EXPECT_EQ(catalog().save_sink(renamed, other).error().code(), Code::conflict);
    expect_equal(*catalog().find_sink(sink.key).value(), sink);
}

TEST_F(DefinitionsTest, VersionsAreKeptAndNeverRewritten) {
    auto source = make_source("a");
    ASSERT_TRUE(catalog().save_source(source, {make_sink("a", "s", 1)}).ok());
    source.name = "Changed without a new version";
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    source.name = "Second";
    source.version = version(2);
    ASSERT_TRUE(catalog().save_source(source, {}).ok());

    auto database =
        sqlite::Database::open(directory_ / "catalog.sqlite", {.read_only = true}).value();
    const auto* sql =
        "SELECT count(*) FROM source_versions WHERE number = ?1 AND definition LIKE ?2";
    EXPECT_EQ(database.number(sql, 1, "%Name of a%").value(), 1);
    EXPECT_EQ(database.number(sql, 2, "%Second%").value(), 1);
    EXPECT_EQ(database.number(sql, 1, "%ssss%").value(), 0) << "the secret is not in the history";
    EXPECT_EQ(database.number("SELECT count(*) FROM sink_versions WHERE sink = 1").value(), 1);
}

TEST_F(DefinitionsTest, VersionsAreListedAndRead) {
    auto source = make_source("a");
    auto sink = make_sink("a", "s", 7);
    ASSERT_TRUE(catalog().save_source(source, {sink}).ok());
    for (std::uint32_t number = 2; number <= 4; ++number) {
        source.name = sink.name = "Name " + std::to_string(number);
        source.secret = Secret("another");
        source.version.number = sink.version.number = number;
        ASSERT_TRUE(catalog().save_source(source, {sink}).ok());
    }
    const auto numbers = [](const Page<Version>& page) {
        std::vector<std::uint32_t> all;
        for (const auto& version : page.items) all.push_back(version.number);
        return all;
    };
    auto page = catalog().source_versions(source.key, {.after = 0, .limit = 3}).value();
    EXPECT_THAT(numbers(page), ElementsAre(1, 2, 3));
    EXPECT_EQ(page.total_count, 4u);
    EXPECT_EQ(page.items[0], version(1));
    page = catalog().source_versions(source.key, {.after = 3}).value();
    EXPECT_THAT(numbers(page), ElementsAre(4));
    EXPECT_EQ(page.total_count, 1u) << "what is after, not all";
    EXPECT_THAT(numbers(catalog().sink_versions(sink.number, {.after = 2}).value()),
                ElementsAre(3, 4));
    EXPECT_THAT(catalog().sink_versions(SinkNumber(8), {}).value().items, IsEmpty());

    const auto first = *catalog().find_source_version(source.key, 1).value();
    EXPECT_EQ(first.name, "Name of a");
    EXPECT_EQ(first.description, source.description);
    EXPECT_EQ(first.settings, source.settings);
    EXPECT_EQ(first.secret.expose(), "");
    const auto of_sink = *catalog().find_sink_version(sink.number, 1).value();
    EXPECT_EQ(of_sink.name, "Name of s");
    EXPECT_EQ(of_sink.table, sink.table);
    EXPECT_EQ(of_sink.columns, sink.columns);
    EXPECT_EQ(of_sink.settings, sink.settings);
    EXPECT_FALSE(catalog().find_source_version(source.key, 5).value().has_value());
    EXPECT_FALSE(catalog().find_sink_version(sink.number, 5).value().has_value());
}

TEST_F(DefinitionsTest, DeletedOnesHaveListsOfTheirOwn) {
    auto source = make_source("a");
    auto sink = make_sink("a", "s", 1);
    sink.deleted = Deleted{.stamp = stamp(1), .with_parent = true};
    ASSERT_TRUE(catalog().save_source(source, {sink, make_sink("a", "t", 2)}).ok());
    source = make_source("b");
    source.deleted = Deleted{.stamp = stamp(2)};
    ASSERT_TRUE(catalog().save_source(source, {}).ok());

    const auto sources = catalog().deleted_sources(ProjectId(1), BranchId(2), {}).value();
    EXPECT_THAT(names(sources.items), ElementsAre("Name of b"));
    EXPECT_EQ(sources.total_count, 1u);
    const auto sinks = catalog().deleted_sinks(source_key("a"), {}).value();
    EXPECT_THAT(names(sinks.items), ElementsAre("Name of s"));
    EXPECT_EQ(sinks.total_count, 1u);
    EXPECT_THAT(names(catalog().sinks_with_deleted(source_key("a")).value()),
                ElementsAre("Name of s", "Name of t"));
    EXPECT_EQ(catalog().sinks_of_table({.target = sink.target, .table = sink.table}).value().size(),
              2u);
    EXPECT_THAT(catalog().sinks_of_table({.table = sink.table}).value(), IsEmpty())
        << "the table of that id in another target";
    EXPECT_EQ(catalog().sink_keys().value().at(sink.number), sink.key);
    EXPECT_THAT(catalog()
                    .sinks_of_table(
                        {.target = sink.target, .table = TableId::parse("in.c-shop.other").value()})
                    .value(),
                IsEmpty());
}

TEST_F(DefinitionsTest, TheTablesOfASourceAreThoseOfAllMappingsOfItsSinks) {
    ASSERT_TRUE(catalog().save_source(make_source("a"), {}).ok());
    ASSERT_TRUE(catalog().save_source(make_source("b"), {}).ok());
    auto sink = make_sink("a", "s", 1);
    ASSERT_TRUE(catalog().save_sink(sink, snapshot_of(sink)).ok());
    const TargetTable first{.target = sink.target, .table = sink.table};
    sink.target = TargetName("lake");
    sink.table = TableId::parse("in.c-shop.moved").value();
    sink.mapping = MappingVersion(2);
    sink.deleted = Deleted{.stamp = stamp(1)};
    ASSERT_TRUE(catalog().save_sink(sink, snapshot_of(sink)).ok());
    auto other = make_sink("b", "s", 2);
    other.table = TableId::parse("in.c-shop.other").value();
    ASSERT_TRUE(catalog().save_sink(other, snapshot_of(other)).ok());

    EXPECT_THAT(catalog().tables_written_by(source_key("a")).value(),
                testing::UnorderedElementsAre(
                    first, TargetTable{.target = sink.target, .table = sink.table}));
    EXPECT_THAT(catalog().tables_written_by(source_key("none")).value(), IsEmpty());
    ASSERT_TRUE(catalog().remove_source(source_key("a")).ok());
    EXPECT_THAT(catalog().tables_written_by(source_key("a")).value(), IsEmpty());
}

TEST_F(DefinitionsTest, ARemovedSourceLeavesItsMappingsOnly) {
    const auto source = make_source("a");
    const auto sink = make_sink("a", "s", 1);
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    ASSERT_TRUE(catalog().save_sink(sink, snapshot_of(sink)).ok());
    ASSERT_TRUE(catalog().save_source(make_source("b"), {make_sink("b", "s", 2)}).ok());

    ASSERT_TRUE(catalog().remove_source(source.key).ok());
    ASSERT_TRUE(catalog().remove_source(source.key).ok()) << "again";
    EXPECT_FALSE(catalog().find_source(source.key).value().has_value());
    EXPECT_FALSE(catalog().find_sink(sink.key).value().has_value());
    EXPECT_EQ(catalog().source_versions(source.key, {}).value().total_count, 0u);
    EXPECT_EQ(catalog().sink_versions(sink.number, {}).value().total_count, 0u);
    EXPECT_TRUE(catalog().mapping({sink.number, sink.mapping}).ok());
    EXPECT_EQ(catalog().all_sinks(source_key("b")).value().size(), 1u);
    EXPECT_EQ(catalog().sink_versions(SinkNumber(2), {}).value().total_count, 1u);
}

TEST_F(DefinitionsTest, ATaskIsMarkedTogetherWithItsEditAndOnlyWhileItRuns) {
    Task task;
    task.id = "t";
    task.type = "api.create.source";
    task.source = source_key("a");
    ASSERT_TRUE(catalog().save_task(task).ok());
    DefinitionEdit edit{
        .source = make_source("a"),
        .sinks = {},
        .mappings = {},
        .task = TaskMark{.project = ProjectId(1), .id = "t", .result = "Made.", .error = "But."}};
    ASSERT_TRUE(catalog().save(edit).ok());
    auto found = *catalog().find_task(ProjectId(1), "t").value();
    EXPECT_EQ(found.result, "Made.");
    EXPECT_EQ(found.error, "But.");
    EXPECT_EQ(found.status, TaskStatus::processing);

    found.status = TaskStatus::success;
    ASSERT_TRUE(catalog().save_task(found).ok());
    edit.task->result = "Late.";
    ASSERT_TRUE(catalog().save(edit).ok());
    EXPECT_EQ(catalog().find_task(ProjectId(1), "t").value()->result, "Made.");

    // An edit that fails leaves no mark.
    task.id = "u";
    ASSERT_TRUE(catalog().save_task(task).ok());
    edit.task->id = "u";
    edit.sinks = {make_sink("a", "s", 1), make_sink("a", "t", 1)};
    EXPECT_FALSE(catalog().save(edit).ok());
    EXPECT_EQ(catalog().find_task(ProjectId(1), "u").value()->result, "");
}

TEST_F(DefinitionsTest, TasksAreFoundUntilTheyAreDeleted) {
    Task task;
    task.id = "api.create.source/1/a/2026-01-02T03:04:05.678Z_abcde";
    task.type = "api.create.source";
    task.source = source_key("a");
    task.created_at = WallTime{100};
    ASSERT_TRUE(catalog().save_task(task).ok());
    auto second = task;
    second.id = "second";
    second.sink = SinkId("s");
    ASSERT_TRUE(catalog().save_task(second).ok());
    EXPECT_EQ(catalog().unfinished_tasks().value().size(), 2u);

    task.status = TaskStatus::success;
    task.finished_at = WallTime{200};
    task.finished_age = AgeTime{200};
    task.result = "Done.";
    ASSERT_TRUE(catalog().save_task(task).ok());
    reopen();
    const auto found = *catalog().find_task(ProjectId(1), task.id).value();
    EXPECT_EQ(found.id, task.id);
    EXPECT_EQ(found.type, task.type);
    EXPECT_EQ(found.source, task.source);
    EXPECT_EQ(found.sink, std::nullopt);
    EXPECT_EQ(found.status, TaskStatus::success);
    EXPECT_EQ(found.created_at, task.created_at);
    EXPECT_EQ(found.finished_at, task.finished_at);
    EXPECT_EQ(found.result, "Done.");
    EXPECT_FALSE(catalog().find_task(ProjectId(9), task.id).value().has_value());
    const auto unfinished = catalog().unfinished_tasks().value();
    ASSERT_EQ(unfinished.size(), 1u);
    EXPECT_EQ(unfinished[0].sink, SinkId("s"));

    ASSERT_TRUE(catalog().delete_tasks(TaskStatus::success, AgeTime{200}).ok());
    ASSERT_TRUE(catalog().delete_tasks(TaskStatus::error, AgeTime{999}).ok());
    EXPECT_TRUE(catalog().find_task(ProjectId(1), task.id).value().has_value());
    ASSERT_TRUE(catalog().delete_tasks(TaskStatus::success, AgeTime{201}).ok());
    EXPECT_FALSE(catalog().find_task(ProjectId(1), task.id).value().has_value());
    EXPECT_TRUE(catalog().find_task(ProjectId(1), "second").value().has_value());
}

}  // namespace
}  // namespace millrace::catalog
