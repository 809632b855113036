#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using fakes::Log;

class ChangesTest : public ApiTest {
protected:
    std::string status_of_last_task() {
        return call("GET", "/v1/tasks/" + task_).json().value("status", "");
    }
    void begin(const std::string& method, const std::string& path, const std::string& body = "") {
        log_.clear();
        const auto answer = call(method, path, body);
        ASSERT_EQ(answer.status, 202) << answer.body;
        task_ = answer.json()["taskId"];
        strand_.run();
    }

    std::string task_;
};

// Goal    a task succeeds only when every loop serves the change and what came before it is closed.
// Method  let loops and journal act one at a time and look at the order of all effects.
TEST_F(ChangesTest, ASinkIsMadeInTheOrderTableDefinitionRouteTask) {
    make_source();
    begin("POST", kSinks, sink_body().dump());
    EXPECT_EQ(log_, (Log{"task processing", "ensure in.c-shop.orders", "save sink my-sink",
                         "publish my-source"}));
    EXPECT_EQ(status_of_last_task(), "processing");
    ASSERT_EQ(routes_.route("my-source")->sinks.size(), 1U);

    routes_.serve_all();
    strand_.run();
    EXPECT_EQ(log_.back(), "task success");
    EXPECT_EQ(status_of_last_task(), "success");
}

// Goal    a sink of a running source is never served with other settings than it was made with.
TEST_F(ChangesTest, ASinkIsMadeWithItsSettings) {
    make_source();
    auto body = sink_body();
    body["settings"] = {
        {{"key", "storage.level.target.import.trigger.count"}, {"value", 7}},
        {{"key", "mapping.onError"}, {"value", "keep"}},
    };
    begin("POST", kSinks, body.dump());
    const auto& route = *routes_.route("my-source");
    ASSERT_EQ(route.sinks.size(), 1U);
    EXPECT_TRUE(route.sinks[0].rejects.keep);
    EXPECT_EQ(route.sinks[0].version.mapping, MappingVersion(1));
    routes_.serve_all();
    strand_.run();
    EXPECT_EQ(status_of_last_task(), "success");
    const auto snapshot = catalog_.mapping({SinkNumber(1), MappingVersion(1)});
    ASSERT_TRUE(snapshot.ok());
    EXPECT_EQ(snapshot.value().settings.import.count, 7U);
}

TEST_F(ChangesTest, ASinkThatIsBornDisabledTakesNothingUntilItIsEnabled) {
    make_source();
    auto body = sink_body();
    body["enabled"] = false;
    begin("POST", kSinks, body.dump());
    EXPECT_TRUE(routes_.route("my-source")->sinks.empty());
    routes_.serve_all();
    strand_.run();
    EXPECT_EQ(status_of_last_task(), "success");
    EXPECT_EQ(call("GET", kSinks + "/my-sink").json()["disabled"]["reason"], "API");
    finish("PUT", kSinks + "/my-sink/enable");
    EXPECT_EQ(routes_.route("my-source")->sinks.size(), 1U);
}

TEST_F(ChangesTest, ABadSettingOfANewSinkMakesNone) {
    make_source();
    for (const auto* key : {"source.volume", "no.such", "storage.level.local.encoding.sync.mode"}) {
        auto body = sink_body();
        body["settings"] = {{{"key", key}, {"value", "x"}}};
        const auto answer = call("POST", kSinks, body.dump());
        EXPECT_TRUE(answer.status == 400 || answer.status == 403) << key << " " << answer.status;
    }
    EXPECT_EQ(call("GET", kSinks + "/my-sink").status, 404);
}

TEST_F(ChangesTest, ChangedSettingsCloseTheOldVersionAfterAllLoopsServeTheNewOne) {
    make_source_and_sink();
    begin("PATCH", kSinks + "/my-sink/settings",
          R"({"settings":[{"key":"storage.level.target.import.trigger.count","value":7}]})");
    EXPECT_EQ(log_, (Log{"task processing", "save sink my-sink", "publish my-source"}));
    EXPECT_EQ(routes_.route("my-source")->sinks[0].version.mapping, MappingVersion(2));

    routes_.serve_all();
    EXPECT_EQ(log_.back(), "close sink 1 below 2");
    strand_.run();
    EXPECT_EQ(status_of_last_task(), "processing");

    journal_.close_all();
    strand_.run();
    EXPECT_EQ(status_of_last_task(), "success");
    const auto snapshot = catalog_.mapping({SinkNumber(1), MappingVersion(2)});
    ASSERT_TRUE(snapshot.ok());
    EXPECT_EQ(snapshot.value().settings.import.count, 7U);
}

TEST_F(ChangesTest, ChangedSettingsOfASourceMakeNewVersionsOfTheSinksTheyReach) {
    make_source_and_sink();
    auto second = sink_body();
    second["name"] = "Other";
    finish("POST", kSinks, second.dump());
    finish("PATCH", kSinks + "/other/settings",
           R"({"settings":[{"key":"storage.level.staging.upload.trigger.count","value":5}]})");

    // The second sink overrides the setting itself, so it is left alone.
    begin("PATCH", kSources + "/my-source/settings",
          R"({"settings":[{"key":"storage.level.staging.upload.trigger.count","value":9}]})");
    routes_.serve_all();
    EXPECT_EQ(log_, (Log{"task processing", "save source my-source", "publish my-source", "served",
                         "close sink 1 below 2"}));
    journal_.close_all();
    EXPECT_EQ(catalog_.mapping({SinkNumber(1), MappingVersion(2)}).value().settings.upload.count,
              9U);
}

TEST_F(ChangesTest, DisablingAndDeletingCloseEverything) {
    make_source_and_sink();
    begin("PUT", kSinks + "/my-sink/disable");
    EXPECT_TRUE(routes_.route("my-source")->sinks.empty());
    routes_.serve_all();
    EXPECT_EQ(log_, (Log{"task processing", "save sink my-sink", "publish my-source", "served",
                         "close sink 1 below 2"}));
    settle();

    finish("PUT", kSinks + "/my-sink/enable");
    begin("DELETE", kSources + "/my-source");
    EXPECT_EQ(routes_.route("my-source"), nullptr);
    routes_.serve_all();
    EXPECT_EQ(log_, (Log{"task processing", "save source my-source", "publish my-source", "served",
                         "close sink 1 below 2"}));
}

TEST_F(ChangesTest, AChangeThatCannotBeSavedIsNeverPublished) {
    make_source_and_sink();
    const auto started = call("PUT", kSinks + "/my-sink/disable");
    catalog_.broken = true;
    log_.clear();
    strand_.run();
    clock_.advance(std::chrono::seconds(6));  // for which it is tried again
    strand_.wake();
    strand_.run();
    catalog_.broken = false;
    strand_.wake();
    settle();
    EXPECT_EQ(std::count(log_.begin(), log_.end(), "publish my-source"), 0);
    const auto task = call("GET", "/v1/tasks/" + started.json().value("taskId", "")).json();
    EXPECT_EQ(task["status"], "error");
    EXPECT_NE(task["error"], "Unknown error");
}

TEST_F(ChangesTest, AtStartAllRoutesAreServedBeforeStaleFilesAreClosed) {
    make_source_and_sink();
    finish("PATCH", kSinks + "/my-sink/settings",
           R"({"settings":[{"key":"storage.level.target.import.trigger.count","value":7}]})");
    auto second = sink_body();
    second["name"] = "Gone";
    finish("POST", kSinks, second.dump());
    finish("DELETE", kSinks + "/gone");
    const auto open = [](std::uint64_t sink, std::uint32_t mapping) {
        OpenFile file;
        file.sink = {SinkNumber(sink), MappingVersion(mapping)};
        return file;
    };
    journal_.files = {open(1, 1), open(1, 2), open(2, 1)};

    log_.clear();
    bool ready = false;
    ASSERT_TRUE(plane_.start([&] { ready = true; }).ok());
    EXPECT_EQ(log_, (Log{"publish my-source"}));
    routes_.serve_all();
    EXPECT_EQ(log_,
              (Log{"publish my-source", "served", "close sink 1 below 2", "close sink 2 below 2"}));
    EXPECT_FALSE(ready);
    journal_.close_all();
    EXPECT_TRUE(ready);
}

TEST_F(ChangesTest, AtStartATaskWhoseEditWasSavedIsFinishedAndAnotherFails) {
    make_source_and_sink();
    begin("PATCH", kSinks + "/my-sink", R"({"table":{"tableId":"in.c-shop.other"}})");
    const auto unsaved = call("PUT", kSinks + "/my-sink/disable").json()["taskId"];

    ASSERT_TRUE(plane_.start([] {}).ok());
    const auto failed = call("GET", "/v1/tasks/" + unsaved.get<std::string>()).json();
    EXPECT_EQ(failed["error"],
              "Interrupted by a restart of the service; check the entity and repeat the request.");
    EXPECT_EQ(status_of_last_task(), "processing");
    routes_.serve_all();
    journal_.close_all();
    strand_.run();
    EXPECT_EQ(status_of_last_task(), "success");
}

// Goal    one sink that a new version of the program cannot compile stops neither the start nor
//         other sources, and can be corrected.
// Method  put such a sink into the catalog, as an earlier version would have left it.
TEST_F(ChangesTest, ASinkThatCannotBeCompiledStopsItsSourceOnly) {
    make_source_and_sink();
    finish("POST", kSources, R"({"name":"Other","type":"http"})");
    const SourceKey key{ProjectId(1), BranchId(123), SourceId("my-source")};
    auto broken = catalog_.all_sinks(key).value().at(0);
    broken.columns.push_back({.type = ColumnType::path, .name = "old", .path = "a[\"b\"]c"});
    ASSERT_TRUE(catalog_.save({.source = {}, .sinks = {broken}, .mappings = {}}).ok());

    ASSERT_TRUE(plane_.start([] {}).ok());
    settle();
    EXPECT_TRUE(routes_.route("other")->enabled);
    const auto route = routes_.route("my-source");
    EXPECT_FALSE(route->enabled);
    ASSERT_EQ(route->broken.size(), 1U);
    EXPECT_EQ(route->broken[0].sink, SinkId("my-sink"));
    EXPECT_NE(route->broken[0].problem.find("\"old\""), std::string::npos);

    const auto tried = call("POST", kSources + "/my-source/test", "{}");
    EXPECT_EQ(tried.status, 409);
    EXPECT_EQ(tried.error(), "stream.api.sinkBroken");
    EXPECT_NE(tried.message().find("\"my-sink\""), std::string::npos);

    // What does not correct it works all the same, and what corrects it is enough.
    EXPECT_EQ(finish("PATCH", kSources + "/my-source", R"({"name":"Renamed"})")["status"],
              "success");
    EXPECT_FALSE(routes_.route("my-source")->broken.empty());
    auto columns = sink_body()["table"]["mapping"]["columns"];
    nlohmann::json patch = {{"table", {{"mapping", {{"columns", columns}}}}}};
    EXPECT_EQ(finish("PATCH", kSinks + "/my-sink", patch.dump())["status"], "success");
    EXPECT_TRUE(routes_.route("my-source")->enabled);
    EXPECT_TRUE(routes_.route("my-source")->broken.empty());
    EXPECT_EQ(routes_.route("my-source")->sinks.size(), 1U);
}

// Goal    another configuration of the node acts at a restart as a change of settings does.
// Method  a plane with other settings over the catalog of the first one, where one of two sinks
//         sets the value itself and a third is disabled.
TEST_F(ChangesTest, AtStartSinksTakeUpTheSettingsOfTheNode) {
    make_source_and_sink();
    for (const auto* const name : {"Other", "Idle"}) {
        auto body = sink_body();
        body["name"] = name;
        finish("POST", kSinks, body.dump());
    }
    const std::string count = "storage.level.target.import.trigger.count";
    finish("PATCH", kSinks + "/other/settings",
           R"({"settings":[{"key":")" + count + R"(","value":5}]})");
    finish("PUT", kSinks + "/idle/disable");
    OpenFile file;
    file.sink = {SinkNumber(1), MappingVersion(1)};
    journal_.files = {file};

    log_.clear();
    ControlPlane restarted(ports(), options({{count, std::int64_t{7}}}));
    ASSERT_TRUE(restarted.start([] {}).ok());
    routes_.serve_all();
    EXPECT_EQ(log_.back(), "close sink 1 below 2");
    EXPECT_EQ(routes_.route("my-source")->sinks[0].version.mapping, MappingVersion(2));
    const auto newest = [&](std::uint64_t sink) {
        const auto mapping = catalog_.newest_mapping(SinkNumber(sink)).value();
        return std::pair(
            mapping.value,
            catalog_.mapping({SinkNumber(sink), mapping}).value().settings.import.count);
    };
    EXPECT_EQ(newest(1), std::pair(2U, std::uint64_t{7}));
    EXPECT_EQ(newest(2), std::pair(2U, std::uint64_t{5})) << "sets the value itself";
    EXPECT_EQ(newest(3), std::pair(2U, std::uint64_t{7})) << "disabled";

    journal_.files.clear();
    log_.clear();
    ASSERT_TRUE(restarted.start([] {}).ok());
    EXPECT_EQ(log_, (Log{"publish my-source"})) << "nothing has changed";
}

TEST_F(ChangesTest, AtStartWithoutSourcesThereIsNothingToWaitFor) {
    bool ready = false;
    ASSERT_TRUE(plane_.start([&] { ready = true; }).ok());
    EXPECT_TRUE(ready);
}

}  // namespace
}  // namespace millrace::control
