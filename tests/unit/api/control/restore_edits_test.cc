#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using nlohmann::json;

class RestoreEditsTest : public ApiTest {
protected:
    json source() { return call("GET", kSources + "/my-source").json(); }
    json sink() { return call("GET", kSinks + "/my-sink").json(); }
    void make_sink(const std::string& name) {
        auto body = sink_body();
        body["name"] = name;
        EXPECT_EQ(finish("POST", kSinks, body.dump())["status"], "success");
    }
};

TEST_F(RestoreEditsTest, DeletedThingsAreListedAndCanBeDeletedNoMore) {
    make_source_and_sink();
    EXPECT_EQ(call("GET", kSources + "/deleted").json()["sources"], json::array());
    finish("DELETE", kSinks + "/my-sink");
    auto sinks = call("GET", kSinks + "/deleted").json();
    EXPECT_EQ(sinks["sinks"][0]["sinkId"], "my-sink");
    EXPECT_EQ(sinks["sinks"][0]["deleted"]["by"]["type"], "user");
    EXPECT_EQ(sinks["sourceId"], "my-source");
    EXPECT_EQ(sinks["page"],
              json::parse(R"({"limit":100,"totalCount":1,"afterId":"","lastId":"my-sink"})"));
    EXPECT_EQ(call("GET", kSinks).json()["page"]["totalCount"], 0);

    finish("DELETE", kSources + "/my-source");
    const auto sources = call("GET", kSources + "/deleted?limit=1").json();
    EXPECT_EQ(sources["sources"][0]["sourceId"], "my-source");
    EXPECT_EQ(sources["page"]["totalCount"], 1);
    EXPECT_EQ(call("GET", kSinks + "/deleted").error(), "stream.api.sourceNotFound");
    EXPECT_EQ(call("DELETE", kSources + "/my-source").error(), "stream.api.sourceNotFound");
}

TEST_F(RestoreEditsTest, AnUndeletedSourceBringsTheSinksThatWentWithIt) {
    make_source_and_sink();
    make_sink("Gone before");
    finish("DELETE", kSinks + "/gone-before");
    const auto before = source();
    finish("DELETE", kSources + "/my-source");

    const auto task = finish("PUT", kSources + "/my-source/undelete");
    EXPECT_EQ(task["type"], "api.undelete.source");
    EXPECT_EQ(task["result"],
              "Source has been undeleted successfully. Sinks that were not deleted with it stay "
              "deleted, undelete them by themselves: \"gone-before\".");
    EXPECT_EQ(source()["version"]["number"], 2);
    EXPECT_EQ(source()["version"]["description"], "Undeleted to version \"1\".");
    EXPECT_EQ(source()["http"], before["http"]);
    EXPECT_FALSE(source().contains("deleted"));
    EXPECT_EQ(sink()["version"]["number"], 1) << "a cascade makes no version";
    EXPECT_EQ(call("GET", kSinks + "/gone-before").error(), "stream.api.sinkNotFound");
    ASSERT_EQ(routes_.route("my-source")->sinks.size(), 1U);
    EXPECT_EQ(routes_.route("my-source")->sinks[0].version.mapping, MappingVersion(2));
    EXPECT_EQ(call("PUT", kSources + "/my-source/undelete").error(),
              "stream.api.deletedSourceNotFound");
}

// Goal    nobody takes a source for restored whose events go nowhere.
TEST_F(RestoreEditsTest, AnUndeletedSourceWithoutASinkSaysSo) {
    make_source_and_sink();
    finish("DELETE", kSinks + "/my-sink");
    finish("DELETE", kSources + "/my-source");
    EXPECT_EQ(finish("PUT", kSources + "/my-source/undelete")["result"],
              "Source has been undeleted successfully. Sinks that were not deleted with it stay "
              "deleted, undelete them by themselves: \"my-sink\". It has no sink: its events are "
              "answered 200 and stored nowhere.");
    EXPECT_EQ(finish("PUT", kSinks + "/my-sink/undelete")["result"],
              "Sink has been undeleted successfully.");
    EXPECT_EQ(routes_.route("my-source")->sinks.size(), 1U);
}

TEST_F(RestoreEditsTest, ASinkOfAnEarlierLifeOfItsSourceStaysDeleted) {
    make_source_and_sink();
    finish("DELETE", kSources + "/my-source");
    clock_.advance(Milliseconds(1000));
    make_source();
    finish("DELETE", kSources + "/my-source");
    finish("PUT", kSources + "/my-source/undelete");
    EXPECT_EQ(call("GET", kSinks).json()["page"]["totalCount"], 0);
    EXPECT_EQ(call("GET", kSinks + "/deleted").json()["page"]["totalCount"], 1);
}

TEST_F(RestoreEditsTest, AnUndeletedSinkHasTheSettingsAndTheStateThatItsSourceHasNow) {
    make_source_and_sink();
    finish("DELETE", kSinks + "/my-sink");
    finish("PATCH", kSources + "/my-source/settings",
           R"({"settings":[{"key":"storage.level.staging.upload.trigger.count","value":9}]})");
    finish("PUT", kSources + "/my-source/disable");

    const auto task = finish("PUT", kSinks + "/my-sink/undelete");
    EXPECT_EQ(task["result"], "Sink has been undeleted successfully.");
    EXPECT_EQ(sink()["version"]["description"], "Undeleted to version \"1\".");
    EXPECT_EQ(sink()["disabled"]["reason"], "Auto-disabled with the parent source.");
    const auto mapping = catalog_.mapping({SinkNumber(1), MappingVersion(2)});
    ASSERT_TRUE(mapping.ok());
    EXPECT_EQ(mapping.value().settings.upload.count, 9U);

    finish("PUT", kSources + "/my-source/enable");
    EXPECT_FALSE(sink().contains("disabled"));
    EXPECT_EQ(call("PUT", kSinks + "/my-sink/undelete").error(), "stream.api.deletedSinkNotFound");
    EXPECT_EQ(call("PUT", kSinks + "/my-sink/undelete").message(),
              "Deleted sink \"my-sink\" not found in the source.");
}

TEST_F(RestoreEditsTest, AThingWhoseTableDiffersStaysDeleted) {
    make_source_and_sink();
    finish("DELETE", kSources + "/my-source");
    target_.refusal = Error(Code::conflict, "table \"orders\" has other columns");
    const auto task = finish("PUT", kSources + "/my-source/undelete");
    EXPECT_EQ(task["error"], "Table \"orders\" has other columns.");
    EXPECT_EQ(call("GET", kSources + "/my-source").status, 404);
}

TEST_F(RestoreEditsTest, ARollbackBringsTheContentBackAndNeitherSecretNorState) {
    make_source();
    finish("PATCH", kSources + "/my-source", R"({"name":"Second","description":"d"})");
    finish("PUT", kSources + "/my-source/disable");
    const auto answer = call_and_settle("POST", kSources + "/my-source/rotate-secret");
    const std::string rotated = answer.json()["http"]["url"];

    const auto task = finish("PUT", kSources + "/my-source/versions/1/rollback");
    EXPECT_EQ(task["type"], "api.rollback.sourceVersion");
    EXPECT_EQ(task["result"], "Source version was rolled back successfully.");
    EXPECT_EQ(source()["name"], "My Source");
    EXPECT_EQ(source()["description"], "");
    EXPECT_EQ(source()["http"]["url"], rotated) << "an old secret came back";
    EXPECT_TRUE(source().contains("disabled"));
    EXPECT_EQ(source()["version"]["number"], 5);
    EXPECT_EQ(source()["version"]["description"], "Rollback to version \"1\".");
}

// Goal    a source is open, or guarded by secrets of its own preset, or says that it takes nothing.
TEST_F(RestoreEditsTest, ARollbackTakesSecretsAlongWhileThePresetStays) {
    constexpr auto kNote = "Every event is refused until secrets are set in http.signature.secrets";
    make_source();  // 1
    const auto patch = [&](const std::string& http) {
        EXPECT_EQ(finish("PATCH", kSources + "/my-source", R"({"http":)" + http + "}")["status"],
                  "success");
    };
    const auto back_to = [&](const std::string& number) -> std::string {
        return finish("PUT", kSources + "/my-source/versions/" + number + "/rollback")["result"];
    };
    const auto details = [&] { return routes_.route("my-source")->details; };
    const std::string done = "Source version was rolled back successfully.";
    patch(R"({"preset":"github","signature":{"secrets":["of github"]}})");  // 2
    patch(R"({"preset":"stripe","signature":{"secrets":["of stripe"]}})");  // 3
    patch(R"({"signature":{"secrets":["of stripe","a newer one"]}})");      // 4

    EXPECT_EQ(back_to("3"), done);  // the same preset: its secrets of today
    EXPECT_EQ(source()["http"]["signature"]["secretsCount"], 2);
    EXPECT_FALSE(source()["http"].contains("problem"));

    EXPECT_EQ(back_to("2"), done + " " + kNote +
                                ": versions have none, and those of today are not of the preset "
                                "\"github\".");
    EXPECT_EQ(source()["http"]["preset"], "github");
    EXPECT_EQ(source()["http"]["signature"]["secretsCount"], 0);
    EXPECT_EQ(source()["http"]["problem"], std::string(kNote) + ".");
    EXPECT_EQ(details().find("of stripe"), std::string::npos) << "the secret of another sender";
    patch(R"({"signature":{"secrets":["of github"]}})");
    EXPECT_FALSE(source()["http"].contains("problem"));

    EXPECT_EQ(back_to("1"), done);
    EXPECT_EQ(source()["http"]["verification"], "none");
    EXPECT_EQ(details(), "{}") << "the door would refuse every event";
}

TEST_F(RestoreEditsTest, ARotatedSecretIsAnsweredWhenEveryLoopServesIt) {
    make_source();
    const auto before = source();
    log_.clear();
    const auto answer = call_and_settle("POST", kSources + "/my-source/rotate-secret");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(log_, (fakes::Log{"save source my-source", "publish my-source", "served"}));
    EXPECT_EQ(answer.json(), source());
    EXPECT_NE(source()["http"]["url"], before["http"]["url"]);
    EXPECT_EQ(source()["version"]["description"], "Rotated secret.");
    EXPECT_EQ(source()["version"]["hash"], before["version"]["hash"]);
    const std::string url = source()["http"]["url"];
    EXPECT_TRUE(url.ends_with(routes_.route("my-source")->secret.expose()));
    EXPECT_EQ(call("POST", kSources + "/none/rotate-secret").error(), "stream.api.sourceNotFound");
    EXPECT_FALSE(routes_.route("my-source")->retired);
    EXPECT_FALSE(source()["http"].contains("previousUrlUntil"));
}

TEST_F(RestoreEditsTest, AnOldSecretStaysValidForTheChosenOverlap) {
    make_source();
    const std::string old = source()["http"]["url"];
    const auto rotate = [&](const std::string& body) {
        return call_and_settle("POST", kSources + "/my-source/rotate-secret", body);
    };
    const auto now = clock_.wall();
    ASSERT_EQ(rotate(R"({"overlap":"1h30m"})").status, 200);
    const auto& retired = routes_.route("my-source")->retired;
    ASSERT_TRUE(retired);
    EXPECT_TRUE(old.ends_with(retired->secret.expose()));
    EXPECT_EQ(retired->until, now + std::chrono::minutes(90));
    EXPECT_EQ(source()["http"]["previousUrlUntil"], format_utc(retired->until));

    ASSERT_EQ(rotate("").status, 200);
    EXPECT_FALSE(routes_.route("my-source")->retired) << "without an overlap no old secret counts";
    for (const auto* body : {R"({"overlap":"721h"})", R"({"overlap":"-1s"})",
                             R"({"overlap":"soon"})", R"({"overlap":60})", R"({"over":"1h"})"}) {
        EXPECT_EQ(rotate(body).status, 400) << body;
    }
}

TEST_F(RestoreEditsTest, ARollbackOfSettingsReachesTheSinks) {
    make_source_and_sink();
    finish("PATCH", kSources + "/my-source/settings",
           R"({"settings":[{"key":"storage.level.staging.upload.trigger.count","value":9}]})");
    EXPECT_EQ(routes_.route("my-source")->sinks[0].version.mapping, MappingVersion(2));
    finish("PUT", kSources + "/my-source/versions/1/rollback");
    EXPECT_EQ(routes_.route("my-source")->sinks[0].version.mapping, MappingVersion(3));
    EXPECT_EQ(catalog_.mapping({SinkNumber(1), MappingVersion(3)}).value().settings.upload.count,
              10000U);
}

TEST_F(RestoreEditsTest, ARollbackOfASinkBringsTableAndColumnsBack) {
    make_source_and_sink();
    const auto before = sink();
    finish(
        "PATCH", kSinks + "/my-sink",
        R"({"table":{"tableId":"in.c-new.t","mapping":{"columns":[{"type":"ip","name":"ip"}]}}})");
    log_.clear();
    const auto task = finish("PUT", kSinks + "/my-sink/versions/1/rollback");
    EXPECT_EQ(task["result"], "Sink version was rolled back successfully.");
    EXPECT_EQ(sink()["table"], before["table"]);
    EXPECT_EQ(sink()["version"]["number"], 3);
    EXPECT_EQ(sink()["version"]["hash"], before["version"]["hash"]);
    EXPECT_EQ(log_,
              (fakes::Log{"task processing", "ensure in.c-shop.orders", "save sink my-sink",
                          "publish my-source", "served", "close sink 1 below 3", "task success"}));
}

}  // namespace
}  // namespace millrace::control
