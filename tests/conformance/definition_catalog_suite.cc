#include "tests/conformance/definition_catalog_suite.h"

#include <gmock/gmock.h>

#include <utility>

namespace millrace::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

const ProjectId kProject{1};
const BranchId kBranch{2};

SourceKey source_key(const std::string& id, BranchId branch = kBranch) {
    return {.project = kProject, .branch = branch, .source = SourceId(id)};
}

Stamp stamp(std::int64_t at) {
    return {.at = WallTime{at},
            .by = {.type = "user", .token_id = "t", .token_description = "T \"q\""}};
}

Version version(std::uint32_t number) {
    return {.number = number, .hash = "0123456789abcdef", .description = "New.", .stamp = stamp(5)};
}

Source make_source(const std::string& id, BranchId branch = kBranch) {
    Source source;
    source.key = source_key(id, branch);
    source.kind = SourceKindName("kafka");
    source.details = R"({"topic":"t"})";
    source.name = "Name of " + id;
    source.description = "žluť";
    source.secret = Secret(std::string(48, 's'));
    source.settings = {{"storage.level.local.encoding.sync.wait", false},
                       {"source.kafka.limit", std::int64_t{7}},
                       {"storage.level.local.encoding.compression.type", std::string("none")}};
    source.version = version(1);
    source.created = stamp(10);
    return source;
}

TableId table(const std::string& text) {
    return TableId::parse(text).value();
}

MappingSnapshot snapshot_of(const Sink& sink) {
    return {.sink = sink.key,
            .target = sink.target,
            .table = sink.table,
            .columns = sink.columns,
            .settings = resolve_settings({.sink = sink.settings})};
}

template <typename T>
std::vector<std::string> names(const std::vector<T>& items) {
    std::vector<std::string> all;
    for (const auto& item : items) all.push_back(item.name);
    return all;
}

Task make_task(const std::string& id) {
    Task task;
    task.source = source_key("a");
    task.id = id;
    task.type = "create.source";
    task.status = TaskStatus::processing;
    task.created_at = WallTime{100};
    return task;
}

Task ended(Task task, AgeTime at) {
    task.status = TaskStatus::success;
    task.finished_at = WallTime{at.ms};
    task.finished_age = at;
    task.result = "Done.";
    return task;
}

}  // namespace

Sink DefinitionCatalogConformance::save_sink(const std::string& source, const std::string& id) {
    Sink sink;
    sink.key = {.source = source_key(source), .sink = SinkId(id)};
    sink.number = catalog().next_sink_number().value();
    sink.name = "Name of " + id;
    sink.description = "d";
    sink.target = TargetName("warehouse");
    sink.table = table("in.c-shop." + id);
    Column column;
    column.type = ColumnType::path;
    column.name = "user";
    column.path = "user.items[0]";
    sink.columns = {column};
    sink.signals = {Signal::traces, Signal::logs};
    sink.settings = {{"storage.level.target.import.trigger.count", std::int64_t{1}}};
    sink.mapping = MappingVersion(1);
    sink.version = version(1);
    sink.created = stamp(11);
    EXPECT_TRUE(catalog().save_sink(sink, snapshot_of(sink)).ok());
    return sink;
}

TEST_P(DefinitionCatalogConformance, WhatWasSavedIsFoundAlsoWhenItIsDeleted) {
    auto source = make_source("a");
    source.retired = RetiredSecret{.secret = Secret(std::string(48, 'r')), .until = WallTime{77}};
    source.disabled = Disabled{.stamp = stamp(12), .reason = "API", .with_parent = true};
    source.deleted = Deleted{.stamp = stamp(13)};
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    const auto found = catalog().find_source(source.key).value().value();
    EXPECT_EQ(found.kind, source.kind);
    EXPECT_EQ(found.details, source.details);
    EXPECT_EQ(found.name, source.name);
    EXPECT_EQ(found.description, source.description);
    EXPECT_EQ(found.secret.expose(), source.secret.expose());
    ASSERT_TRUE(found.retired);
    EXPECT_EQ(found.retired->secret.expose(), source.retired->secret.expose());
    EXPECT_EQ(found.retired->until, WallTime{77});
    EXPECT_EQ(found.settings, source.settings);
    EXPECT_EQ(found.version, source.version);
    EXPECT_EQ(found.created, source.created);
    EXPECT_EQ(found.disabled, source.disabled);
    EXPECT_EQ(found.deleted, source.deleted);

    const auto sink = save_sink("a", "s");
    const auto same = catalog().find_sink(sink.key).value().value();
    EXPECT_EQ(same.number, sink.number);
    EXPECT_EQ(same.target, sink.target);
    EXPECT_EQ(same.table, sink.table);
    EXPECT_EQ(same.columns, sink.columns);
    EXPECT_EQ(same.signals, sink.signals);
    EXPECT_EQ(same.settings, sink.settings);
    EXPECT_EQ(same.mapping, sink.mapping);
    EXPECT_FALSE(catalog().find_source(source_key("b")).value());
    EXPECT_FALSE(catalog().find_source(source_key("a", BranchId(3))).value());
    EXPECT_FALSE(catalog().find_sink({.source = source.key, .sink = SinkId("t")}).value());
}

TEST_P(DefinitionCatalogConformance, ListsAreOfTheirBranchInByteOrderWithoutDeletedOnes) {
    for (const auto* id : {"b", "a-b", "a", "c"}) {
        ASSERT_TRUE(catalog().save_source(make_source(id), {}).ok());
    }
    auto deleted = make_source("aa");
    deleted.deleted = Deleted{.stamp = stamp(13)};
    ASSERT_TRUE(catalog().save_source(deleted, {}).ok());
    ASSERT_TRUE(catalog().save_source(make_source("a", BranchId(3)), {}).ok());

    const auto first = catalog().sources(kProject, kBranch, {.after_id = "", .limit = 3}).value();
    EXPECT_THAT(names(first.items), ElementsAre("Name of a", "Name of a-b", "Name of b"));
    EXPECT_EQ(first.total_count, 4U);
    const auto rest = catalog().sources(kProject, kBranch, {.after_id = "b", .limit = 3}).value();
    EXPECT_THAT(names(rest.items), ElementsAre("Name of c"));
    EXPECT_EQ(rest.total_count, 4U);
    EXPECT_EQ(catalog().all_sources().value().size(), 5U) << "of all branches";
    const auto gone = catalog().deleted_sources(kProject, kBranch, {}).value();
    EXPECT_THAT(names(gone.items), ElementsAre("Name of aa"));
    EXPECT_EQ(gone.total_count, 1U);

    save_sink("a", "s");
    auto sink = save_sink("a", "r");
    save_sink("b", "q");
    EXPECT_THAT(names(catalog().all_sinks(source_key("a")).value()),
                ElementsAre("Name of r", "Name of s"));
    sink.deleted = Deleted{.stamp = stamp(13), .with_parent = true};
    ASSERT_TRUE(catalog().save_sink(sink, std::nullopt).ok());
    EXPECT_THAT(names(catalog().all_sinks(source_key("a")).value()), ElementsAre("Name of s"));
    EXPECT_THAT(names(catalog().sinks(source_key("a"), {}).value().items),
                ElementsAre("Name of s"));
    EXPECT_THAT(names(catalog().deleted_sinks(source_key("a"), {}).value().items),
                ElementsAre("Name of r"));
    EXPECT_THAT(names(catalog().sinks_with_deleted(source_key("a")).value()),
                ElementsAre("Name of r", "Name of s"));
}

TEST_P(DefinitionCatalogConformance, SinkNumbersAreNeverGivenTwice) {
    const auto first = catalog().next_sink_number().value();
    const auto sink = save_sink("a", "s");
    ASSERT_TRUE(catalog().remove_source(source_key("a")).ok());
    EXPECT_LT(first, sink.number);
    EXPECT_LT(sink.number, catalog().next_sink_number().value());
}

// Goal    a file names its mapping for ever, so a mapping version is written once.
TEST_P(DefinitionCatalogConformance, AMappingVersionNeverChanges) {
    auto sink = save_sink("a", "s");
    const SinkVersion known{.sink = sink.number, .mapping = MappingVersion(1)};
    const auto snapshot = catalog().mapping(known).value();
    EXPECT_EQ(snapshot, snapshot_of(sink));
    EXPECT_TRUE(catalog().save_sink(sink, snapshot).ok()) << "the same again";

    sink.name = "Changed";
    auto other = snapshot;
    other.table = table("in.c-shop.other");
    const auto refused = catalog().save_sink(sink, other);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::conflict);
    EXPECT_EQ(catalog().mapping(known).value(), snapshot);
    EXPECT_EQ(catalog().find_sink(sink.key).value()->name, "Name of s") << "all or nothing";

    EXPECT_EQ(catalog().newest_mapping(sink.number).value(), MappingVersion(1));
    sink.mapping = MappingVersion(2);
    ASSERT_TRUE(catalog().save_sink(sink, other).ok());
    EXPECT_EQ(catalog().newest_mapping(sink.number).value(), MappingVersion(2));
    EXPECT_EQ(catalog().newest_mapping(SinkNumber(99)).value(), MappingVersion());
    EXPECT_EQ(catalog().mapping({.sink = sink.number, .mapping = MappingVersion(3)}).error().code(),
              Code::not_found);
}

TEST_P(DefinitionCatalogConformance, AVersionIsKeptAsItWasFirstSaved) {
    auto source = make_source("a");
    source.disabled = Disabled{.stamp = stamp(12), .reason = "API"};
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    source.name = "Changed without a version";
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    source.version = version(2);
    source.details = R"({"secrets":["s"],"topic":"u"})";
    ASSERT_TRUE(catalog().save_source(source, {}).ok());
    source.version = version(4);
    ASSERT_TRUE(catalog().save_source(source, {}).ok());

    const auto first = catalog().find_source_version(source.key, 1).value().value();
    EXPECT_EQ(first.name, "Name of a");
    EXPECT_EQ(first.details, R"({"topic":"t"})");
    EXPECT_EQ(first.settings, source.settings);
    EXPECT_EQ(first.version, version(1));
    EXPECT_TRUE(first.secret.expose().empty()) << "no version has it";
    const auto second = catalog().find_source_version(source.key, 2).value().value();
    EXPECT_EQ(second.details, R"({"topic":"u"})") << "nor secrets of its kind";
    EXPECT_EQ(catalog().find_source(source.key).value()->details, source.details);
    EXPECT_FALSE(first.disabled);
    EXPECT_FALSE(catalog().find_source_version(source.key, 3).value());
    EXPECT_FALSE(catalog().find_source_version(source_key("b"), 1).value());
    const auto page = catalog().source_versions(source.key, {.after = 1, .limit = 1}).value();
    EXPECT_THAT(page.items, ElementsAre(version(2)));
    EXPECT_EQ(page.total_count, 2U) << "all after the first";

    auto sink = save_sink("a", "s");
    sink.version = version(2);
    sink.table = table("in.c-shop.moved");
    ASSERT_TRUE(catalog().save_sink(sink, std::nullopt).ok());
    const auto then = catalog().find_sink_version(sink.number, 1).value().value();
    EXPECT_EQ(then.table, table("in.c-shop.s"));
    EXPECT_EQ(then.target, sink.target);
    EXPECT_EQ(then.columns, sink.columns);
    EXPECT_EQ(then.signals, sink.signals);
    EXPECT_THAT(catalog().sink_versions(sink.number, {}).value().items,
                ElementsAre(version(1), version(2)));
}

TEST_P(DefinitionCatalogConformance, TablesAreToldWithTheirTargets) {
    ASSERT_TRUE(catalog().save_source(make_source("a"), {}).ok());
    auto sink = save_sink("a", "s");
    const auto other = save_sink("a", "t");
    save_sink("b", "u");
    sink.mapping = MappingVersion(2);
    sink.target = kDefaultTarget;
    ASSERT_TRUE(catalog().save_sink(sink, snapshot_of(sink)).ok());

    const TargetTable before{.target = TargetName("warehouse"), .table = sink.table};
    const TargetTable after{.target = kDefaultTarget, .table = sink.table};
    EXPECT_THAT(catalog().tables_written_by(source_key("a")).value(),
                UnorderedElementsAre(before, after,
                                     TargetTable{.target = other.target, .table = other.table}));
    EXPECT_THAT(catalog().sinks_of_table(after).value(), ElementsAre(sink.key));
    EXPECT_THAT(catalog().sinks_of_table(before).value(), IsEmpty()) << "not any more";
    EXPECT_THAT(catalog().sink_keys().value(), testing::Contains(Pair(other.number, other.key)));
}

TEST_P(DefinitionCatalogConformance, ARemovedSourceLeavesItsMappingsOnly) {
    ASSERT_TRUE(catalog().save_source(make_source("a"), {}).ok());
    const auto sink = save_sink("a", "s");
    ASSERT_TRUE(catalog().save_source(make_source("b"), {}).ok());
    const auto other = save_sink("b", "s");
    ASSERT_TRUE(catalog().remove_source(source_key("a")).ok());
    EXPECT_FALSE(catalog().find_source(source_key("a")).value());
    EXPECT_FALSE(catalog().find_sink(sink.key).value());
    EXPECT_FALSE(catalog().find_source_version(source_key("a"), 1).value());
    EXPECT_FALSE(catalog().find_sink_version(sink.number, 1).value());
    EXPECT_EQ(catalog().source_versions(source_key("a"), {}).value().total_count, 0U);
    EXPECT_THAT(catalog().sink_keys().value(), ElementsAre(Pair(other.number, other.key)));
    EXPECT_TRUE(catalog().mapping({.sink = sink.number, .mapping = MappingVersion(1)}).ok());
    EXPECT_TRUE(catalog().remove_source(source_key("a")).ok()) << "again";
}

TEST_P(DefinitionCatalogConformance, ATaskIsMarkedWithItsEditAndOnlyWhileItRuns) {
    ASSERT_TRUE(catalog().save_task(make_task("1")).ok());
    DefinitionEdit edit{.source = make_source("a"), .sinks = {}, .mappings = {}};
    edit.task = TaskMark{.project = kProject, .id = "1", .result = "Marked.", .error = ""};
    ASSERT_TRUE(catalog().save(edit).ok());
    EXPECT_EQ(catalog().find_task(kProject, "1").value()->result, "Marked.");
    EXPECT_EQ(catalog().find_task(kProject, "1").value()->status, TaskStatus::processing);

    ASSERT_TRUE(catalog().save_task(ended(make_task("1"), AgeTime{200})).ok());
    edit.task->result = "Too late.";
    ASSERT_TRUE(catalog().save(edit).ok());
    EXPECT_EQ(catalog().find_task(kProject, "1").value()->result, "Done.");
    edit.task->id = "unknown";
    ASSERT_TRUE(catalog().save(edit).ok());
    EXPECT_FALSE(catalog().find_task(kProject, "unknown").value());
}

TEST_P(DefinitionCatalogConformance, TheNewestTasksAreThoseThatBeganLast) {
    for (const auto* const id : {"a", "b", "c"}) {
        auto task = make_task(id);
        task.created_at = WallTime{id[0] == 'b' ? 900 : 100};
        ASSERT_TRUE(catalog().save_task(id[0] == 'c' ? ended(task, AgeTime{200}) : task).ok());
    }
    const auto ids = [](const std::vector<Task>& tasks) {
        std::string all;
        for (const auto& task : tasks) all += task.id;
        return all;
    };
    EXPECT_EQ(ids(catalog().newest_tasks(kProject, std::nullopt, 10).value()), "bca");
    EXPECT_EQ(ids(catalog().newest_tasks(kProject, std::nullopt, 2).value()), "bc");
    EXPECT_EQ(ids(catalog().newest_tasks(kProject, TaskStatus::processing, 10).value()), "ba");
    EXPECT_EQ(ids(catalog().newest_tasks(ProjectId(7), std::nullopt, 10).value()), "");
}

TEST_P(DefinitionCatalogConformance, TasksAreFoundInTheirProjectUntilTheyAreDeleted) {
    auto late = make_task("a-later-one");
    late.created_at = WallTime{200};
    ASSERT_TRUE(catalog().save_task(late).ok());
    ASSERT_TRUE(catalog().save_task(make_task("z-first")).ok());
    ASSERT_TRUE(catalog().save_task(ended(make_task("old"), AgeTime{200})).ok());
    ASSERT_TRUE(catalog().save_task(ended(make_task("new"), AgeTime{300})).ok());
    EXPECT_FALSE(catalog().find_task(ProjectId(7), "old").value());
    const auto unfinished = catalog().unfinished_tasks().value();
    ASSERT_EQ(unfinished.size(), 2U);
    EXPECT_EQ(unfinished[0].id, "z-first") << "in order of their creation";

    ASSERT_TRUE(catalog().delete_tasks(TaskStatus::error, AgeTime{999}).ok());
    EXPECT_TRUE(catalog().find_task(kProject, "old").value());
    ASSERT_TRUE(catalog().delete_tasks(TaskStatus::success, AgeTime{300}).ok());
    EXPECT_FALSE(catalog().find_task(kProject, "old").value());
    EXPECT_TRUE(catalog().find_task(kProject, "new").value());
    EXPECT_EQ(catalog().unfinished_tasks().value().size(), 2U);
}

}  // namespace millrace::conformance
