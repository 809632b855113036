#include <gtest/gtest.h>

#include "tests/support/some_load.h"
#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

const std::string kLoads = "/v1/branches/default/loads";
const LoadScope kScope{.project = ProjectId(1), .branch = BranchId(123)};
constexpr Instant kNow{.wall = WallTime{1'000}, .age = AgeTime{1}};

class LoadsResourceTest : public ApiTest {
protected:
    LoadNumber begin(const std::string& label, const LoadScope& scope = kScope,
                     const std::string& info = R"({"errors":["line 1"]})") {
        const auto table = testing_support::load_table(scope, "in.c-testdb.t", false);
        auto spec = testing_support::load_into(table, scope, label, VolumeId("default"));
        spec.info = info;
        const auto load = loads_catalog_->begin_load(spec, kNow).value().load;
        DefinitionEdit edit{.source = {}, .sinks = {}, .mappings = {}};
        edit.mappings.push_back({load.owner, table});
        EXPECT_TRUE(catalog_.save(edit).ok());
        return load.number;
    }
    // A load of so many rows; returns its file.
    FileId commit(const std::string& label, std::uint64_t rows, const std::string& info = "{}") {
        const auto load = begin(label, kScope, info);
        const auto id = SliceId(make_uuid_v7(AgeTime{2}, load.value, 0));
        EXPECT_TRUE(loads_catalog_->announce_part(load, 0, id).ok());
        EXPECT_TRUE(
            loads_catalog_->adopt_part(load, 0, id, {.bytes = 10, .rows = rows, .crc = 1}).ok());
        EXPECT_TRUE(loads_catalog_->finish_load(load, {.rows = rows, .bytes = 10}, kNow).ok());
        const FileId file(make_uuid_v7(AgeTime{3}, load.value, 0));
        EXPECT_TRUE(loads_catalog_->commit_load(load, file, kNow).ok());
        return file;
    }
    FileId commit_part(const std::string& label, std::uint64_t before, std::uint64_t rows) {
        return commit(label, rows, R"({"rowsBefore":)" + std::to_string(before) + "}");
    }
};

TEST_F(LoadsResourceTest, ALoadIsShownWithItsStateAndCounts) {
    const auto load = begin("a/b");
    const auto id = SliceId(make_uuid_v7(AgeTime{2}, 1, 0));
    ASSERT_TRUE(loads_catalog_->announce_part(load, 0, id).ok());
    ASSERT_TRUE(loads_catalog_->adopt_part(load, 0, id, {.bytes = 10, .rows = 2, .crc = 1}).ok());
    ASSERT_TRUE(
        loads_catalog_
            ->finish_load(load, {.rows = 2, .bytes = 10, .filtered = 3, .unselected = 4}, kNow)
            .ok());
    auto shown = call("GET", kLoads + "/1").json();
    EXPECT_EQ(shown["label"], "a/b");
    EXPECT_EQ(shown["tableId"], "in.c-testdb.t");
    EXPECT_EQ(shown["target"], "default");
    EXPECT_EQ(shown["state"], "written");
    EXPECT_EQ(shown["isImported"], false);
    EXPECT_EQ(shown["rows"], 2);
    EXPECT_EQ(shown["filteredRows"], 3);
    EXPECT_EQ(shown["unselectedRows"], 4);
    EXPECT_EQ(shown["begunAt"], "1970-01-01T00:00:01.000Z");
    EXPECT_FALSE(shown.contains("endedAt"));
    EXPECT_EQ(shown["info"]["errors"][0], "line 1");

    ASSERT_TRUE(loads_catalog_->abort_load(load, "timeout", kNow).ok());
    shown = call("GET", kLoads + "/1").json();
    EXPECT_EQ(shown["state"], "aborted");
    EXPECT_EQ(shown["reason"], "timeout");
    EXPECT_TRUE(shown.contains("endedAt"));
}

TEST_F(LoadsResourceTest, TheFileOfACommittedLoadIsShownAndSetAside) {
    const auto load = begin("a");
    EXPECT_EQ(call("GET", kLoads + "/1/file").error(), "stream.api.fileNotFound");
    EXPECT_EQ(call("GET", kLoads + "/9/file").error(), "stream.load.notFound");
    const auto id = SliceId(make_uuid_v7(AgeTime{2}, 1, 0));
    ASSERT_TRUE(loads_catalog_->announce_part(load, 0, id).ok());
    ASSERT_TRUE(loads_catalog_->adopt_part(load, 0, id, {.bytes = 10, .rows = 2, .crc = 1}).ok());
    ASSERT_TRUE(loads_catalog_->finish_load(load, {.rows = 2, .bytes = 10}, kNow).ok());
    const FileId file(make_uuid_v7(AgeTime{3}, 1, 0));
    const auto committed = loads_catalog_->commit_load(load, file, kNow).value();
    auto& reports = reports_.by_sink[committed.owner.sink];
    reports.emplace_back();
    reports[0].file.id = file;
    reports[0].file.state = FileState::closing;
    change_file_ = [&](const lifecycle::FileChange& change) -> Result<void> {
        EXPECT_EQ(change.file, file);
        reports[0].file.state = FileState::set_aside;
        return {};
    };
    EXPECT_EQ(call("GET", kLoads + "/1/file").json()["fileId"], to_string(file));
    EXPECT_EQ(call("POST", kLoads + "/1/file/discard").error(), "stream.api.fileState");
    const auto aside = call("POST", kLoads + "/1/file/set-aside", R"({"reason":"x"})");
    EXPECT_EQ(aside.json()["state"], "setAside") << aside.body;
}

// Goal    rows that do not come by themselves are not "on their way".
TEST_F(LoadsResourceTest, WhatKeepsCommittedRowsOutOfTheirTableIsSaid) {
    const auto id_of_file = commit("a", 2);
    auto& file = lifecycle_.files[id_of_file];
    file.id = id_of_file;
    const auto shown = [&] { return call("GET", kLoads + "?label=a").json()["loads"][0]; };

    file.state = FileState::importing;
    EXPECT_FALSE(shown().contains("reason"));
    file.retry = {.attempt = 2, .reason = "the database is away", .after = {}};
    EXPECT_EQ(shown()["reason"], "the database is away");
    EXPECT_FALSE(shown().contains("setAside"));

    file.state = FileState::set_aside;
    file.aside = SetAside{.reason = "row 2 of slice 1: no BAD here", .at = {}};
    EXPECT_EQ(shown()["state"], "committed");
    EXPECT_EQ(shown()["isImported"], false);
    EXPECT_EQ(shown()["setAside"], true);
    EXPECT_EQ(shown()["reason"], "row 2 of slice 1: no BAD here");
    EXPECT_EQ(call("GET", kLoads + "/1").json()["setAside"], true);

    file.state = FileState::discarded;
    EXPECT_FALSE(shown().contains("setAside"));
    EXPECT_EQ(shown()["discarded"], true);
    EXPECT_EQ(shown()["reason"], "row 2 of slice 1: no BAD here");
}

TEST_F(LoadsResourceTest, LoadsAreListedInPagesAndFoundByLabel) {
    for (const auto* label : {"a", "b", "c"}) begin(label);
    begin("elsewhere", {.project = ProjectId(1), .branch = BranchId(9)});
    const auto first = call("GET", kLoads + "?limit=2").json();
    EXPECT_EQ(first["loads"].size(), 2U);
    EXPECT_EQ(first["loads"][0]["label"], "a");
    EXPECT_FALSE(first["loads"][0].contains("info"));
    EXPECT_EQ(first["page"]["totalCount"], 3);
    EXPECT_EQ(first["page"]["lastId"], "2");
    const auto second = call("GET", kLoads + "?limit=2&afterId=2").json();
    EXPECT_EQ(second["loads"].size(), 1U);
    const auto found = call("GET", kLoads + "?label=b").json();
    EXPECT_EQ(found["loads"].size(), 1U);
    EXPECT_EQ(found["loads"][0]["loadId"], "2");
    EXPECT_EQ(call("GET", kLoads + "?label=none").json()["loads"].size(), 0U);
    EXPECT_EQ(call("GET", kLoads + "?afterId=x").error(), "stream.api.invalidFieldType");
    for (const auto* id : {"/4", "/99", "/x", "/-1", "/99999999999999999999"}) {
        EXPECT_EQ(call("GET", kLoads + id).error(), "stream.load.notFound") << id;
    }
}

// Goal    who has sent a load finds it by the label that he gave it.
TEST_F(LoadsResourceTest, ALabelIsFoundBehindItsDatabase) {
    for (const auto* label : {"t/bad1", "u/bad1", "u/other", "only/x/y", "upload-part:q/1"}) {
        begin(label);
    }
    const auto labels = [&](const std::string& query) {
        std::vector<std::string> found;
        const auto json = call("GET", kLoads + "?label=" + query).json();
        for (const auto& load : json["loads"]) found.push_back(load["label"]);
        return found;
    };
    EXPECT_EQ(labels("bad1"), (std::vector<std::string>{"t/bad1", "u/bad1"}));
    EXPECT_EQ(labels("bad1&limit=1"), std::vector<std::string>{"t/bad1"});
    EXPECT_EQ(labels("bad1&afterId=1"), std::vector<std::string>{"u/bad1"});
    EXPECT_EQ(labels("u/bad1"), std::vector<std::string>{"u/bad1"});
    EXPECT_EQ(labels("x/y"), std::vector<std::string>{"only/x/y"});
    for (const auto* none : {"ad1", "y", "1", "q/1", "BAD1", "/bad1", ""}) {
        EXPECT_TRUE(labels(none).empty()) << none;
    }

    ASSERT_TRUE(loads_catalog_->abort_load(LoadNumber(3), "timeout", kNow).ok());
    begin("u/other");
    const auto again = call("GET", kLoads + "?label=other").json();
    EXPECT_EQ(again["page"]["totalCount"], 1);
    EXPECT_EQ(again["loads"][0]["loadId"], "6");
}

// Goal    what a write operation has left is what it says, whatever later ones of its id have done.
TEST_F(LoadsResourceTest, RowsOfAStandaloneUploadAreThoseOfItsParts) {
    const auto rows = [&] { return call("GET", kLoads + "/1").json()["rows"]; };
    begin("upload:q", kScope, R"({"kind":"standalone"})");
    EXPECT_EQ(rows(), 0);
    commit_part("upload-part:q/1", 0, 2);
    commit_part("upload-part:q/2", 2, 3);
    EXPECT_EQ(rows(), 5);
    EXPECT_EQ(call("GET", kLoads + "?label=upload:q").json()["loads"][0]["isImported"], false);
    commit_part("upload-part:other/1", 0, 9);
    ASSERT_TRUE(loads_catalog_->abort_load(LoadNumber(1), "gone", kNow).ok());
    EXPECT_EQ(rows(), 5);
}

TEST_F(LoadsResourceTest, AnUploadSaysWhatKeepsAPartOfItOutOfItsTable) {
    const auto operation = begin("upload:q", kScope, R"({"kind":"standalone"})");
    commit_part("upload-part:q/1", 0, 2);
    auto& second = lifecycle_.files[commit_part("upload-part:q/2", 2, 3)];
    second.state = FileState::set_aside;
    second.aside = SetAside{.reason = "no BAD here", .at = {}};
    EXPECT_FALSE(call("GET", kLoads + "/1").json().contains("setAside")) << "it is not over";
    ASSERT_TRUE(loads_catalog_->finish_load(operation, {}, kNow).ok());
    ASSERT_TRUE(
        loads_catalog_->commit_load(operation, FileId(make_uuid_v7(AgeTime{3}, 9, 0)), kNow).ok());
    const auto shown = call("GET", kLoads + "/1").json();
    EXPECT_EQ(shown["operationState"], "done");
    EXPECT_EQ(shown["setAside"], true) << shown;
    EXPECT_EQ(shown["reason"], "no BAD here");
}

TEST_F(LoadsResourceTest, InfoThatIsNoJsonIsShownAsText) {
    begin("a", kScope, "not json \xff");
    const auto answer = call("GET", kLoads + "/1");
    EXPECT_EQ(answer.status, 200) << answer.body;
}

}  // namespace
}  // namespace millrace::control
