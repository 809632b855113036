#include "api/control/settings_resource.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "core/model/http_settings.h"
#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

const std::string kOfSource = kSources + "/my-source/settings";
const std::string kOfSink = kSinks + "/my-sink/settings";
const std::string kCount = "storage.level.staging.upload.trigger.count";
const std::string kSize = "storage.level.staging.upload.trigger.size";
const std::string kInterval = "storage.level.staging.upload.trigger.interval";
const std::string kWait = "storage.level.local.encoding.sync.wait";

class SettingsResourceTest : public ApiTest {
protected:
    nlohmann::json setting(const std::string& path, const std::string& key) {
        const auto all = call("GET", path).json();
        for (const auto& item : all["settings"]) {
            if (item["key"] == key) return item;
        }
        return nullptr;
    }
    static std::string patch(const std::vector<std::pair<std::string, nlohmann::json>>& values) {
        auto settings = nlohmann::json::array();
        for (const auto& [key, value] : values)
            settings.push_back({{"key", key}, {"value", value}});
        return nlohmann::json{{"settings", settings}}.dump();
    }
};

TEST_F(SettingsResourceTest, GetListsAllSettingsInOrder) {
    make_source_and_sink();
    for (const auto& path : {kOfSource, kOfSink}) {
        const auto settings = call("GET", path).json()["settings"];
        std::set<std::string> wanted;  // in order
        for (const auto& spec : setting_specs()) {
            if (!spec.of_source || path == kOfSource) wanted.emplace(spec.key);
        }
        if (path == kOfSource) {
            for (const auto& spec : http_setting_specs()) wanted.emplace(spec.key);
        }
        std::vector<std::string> keys;
        for (const auto& setting : settings) {
            keys.push_back(setting["key"]);
            EXPECT_EQ(setting["overwritten"], false);
        }
        EXPECT_EQ(keys, std::vector<std::string>(wanted.begin(), wanted.end()));
    }
    auto size = setting(kOfSource, kSize);
    EXPECT_FALSE(size["description"].get<std::string>().empty());
    size.erase("description");
    EXPECT_EQ(size, (nlohmann::json{{"key", kSize},
                                    {"type", "string"},
                                    {"value", "5MB"},
                                    {"defaultValue", "5MB"},
                                    {"overwritten", false},
                                    {"origin", "default"},
                                    {"protected", false},
                                    {"validation", "required,minBytes=100B,maxBytes=50MB"}}));
    EXPECT_EQ(setting(kOfSource, kCount)["type"], "int");
    EXPECT_EQ(setting(kOfSource, kCount)["value"], 10000);
    EXPECT_EQ(setting(kOfSource, kWait)["value"], true);
    EXPECT_FALSE(setting(kOfSource, kWait).contains("validation"));
    EXPECT_EQ(setting(kOfSource, kInterval)["value"], "30s");
}

TEST_F(SettingsResourceTest, WhatTheNodeSetsIsTheDefaultOfSourcesAndSinks) {
    make_source_and_sink();
    ControlPlane plane(
        ports(), options({{kCount, std::int64_t{70}},
                          {"storage.level.local.encoding.compression.type", std::string("none")}}));
    const auto shown = [&](const std::string& path, const std::string& key) {
        const auto answer = plane.handle({.id = "r",
                                          .method = "GET",
                                          .path = path,
                                          .query = {},
                                          .storage_token = "secret-token",
                                          .authorization = {},
                                          .origin = {},
                                          .headers = {},
                                          .client_ip = {},
                                          .body = {}});
        const auto all = nlohmann::json::parse(answer.body);
        for (const auto& item : all["settings"]) {
            if (item["key"] != key) continue;
            return nlohmann::json::array(
                {item["value"], item["defaultValue"], item["origin"], item["overwritten"]});
        }
        return nlohmann::json();
    };
    const auto expected = nlohmann::json::array({70, 70, "node", false});
    EXPECT_EQ(shown(kOfSource, kCount), expected);
    EXPECT_EQ(shown(kOfSink, kCount), expected);
    EXPECT_EQ(shown(kOfSink, "storage.level.local.encoding.compression.type"),
              (nlohmann::json::array({"none", "none", "node", false})));
    EXPECT_EQ(shown(kOfSink, kSize), (nlohmann::json::array({"5MB", "5MB", "default", false})));
    finish("PATCH", kOfSource, patch({{kCount, 50}}));
    EXPECT_EQ(shown(kOfSink, kCount), (nlohmann::json::array({50, 70, "source", true})));
}

TEST_F(SettingsResourceTest, ASinkShowsWhatItsSourceOverridesUntilItDoesItself) {
    make_source_and_sink();
    EXPECT_EQ(finish("PATCH", kOfSource, patch({{kCount, 50}, {kSize, "2MB"}}))["result"],
              "Source settings have been updated successfully.");
    EXPECT_EQ(setting(kOfSink, kCount)["value"], 50);
    EXPECT_EQ(setting(kOfSink, kCount)["overwritten"], true);
    EXPECT_EQ(setting(kOfSink, kCount)["origin"], "source");
    EXPECT_EQ(setting(kOfSource, kCount)["origin"], "source");
    EXPECT_EQ(finish("PATCH", kOfSink, patch({{kCount, 60}}))["result"],
              "Sink settings have been updated successfully.");
    EXPECT_EQ(setting(kOfSink, kCount)["value"], 60);
    EXPECT_EQ(setting(kOfSink, kCount)["origin"], "sink");
    EXPECT_EQ(setting(kOfSink, kSize)["origin"], "source");
    EXPECT_EQ(setting(kOfSource, kCount)["value"], 50);
    EXPECT_EQ(setting(kOfSink, kSize)["value"], "2MB");

    finish("PATCH", kOfSink, patch({{kCount, nullptr}}));
    EXPECT_EQ(setting(kOfSink, kCount)["value"], 50);
    finish("PATCH", kOfSource, patch({{kCount, nullptr}}));
    EXPECT_EQ(setting(kOfSink, kCount)["value"], 10000);
    EXPECT_EQ(setting(kOfSink, kCount)["overwritten"], false);
}

TEST_F(SettingsResourceTest, EveryPatchMakesAVersionAndOnlyARealChangeANewMapping) {
    make_source_and_sink();
    finish("PATCH", kOfSink, R"({})");
    finish("PATCH", kOfSink, R"({"changeDescription":"why","settings":[]})");
    const auto sink = call("GET", kSinks + "/my-sink").json();
    EXPECT_EQ(sink["version"]["number"], 3);
    EXPECT_EQ(sink["version"]["description"], "why");
    EXPECT_EQ(routes_.route("my-source")->sinks[0].version.mapping, MappingVersion(1));

    finish("PATCH", kOfSink, patch({{kWait, false}}));
    EXPECT_EQ(call("GET", kSinks + "/my-sink").json()["version"]["description"],
              "Updated settings.");
    EXPECT_FALSE(routes_.route("my-source")->sinks[0].sync_wait);
    EXPECT_EQ(routes_.route("my-source")->sinks[0].version.mapping, MappingVersion(2));
    finish("PATCH", kOfSink, patch({{kWait, false}}));
    EXPECT_EQ(routes_.route("my-source")->sinks[0].version.mapping, MappingVersion(2));
}

TEST_F(SettingsResourceTest, SettingsOfASourceReachItsRouteAndAreNoneOfASink) {
    make_source_and_sink();
    EXPECT_EQ(routes_.route("my-source")->settings.records, RecordForm::single);
    finish("PATCH", kOfSource, patch({{"source.http.records", "lines"}}));
    EXPECT_EQ(routes_.route("my-source")->settings.records, RecordForm::lines);
    EXPECT_EQ(routes_.route("my-source")->sinks[0].version.mapping, MappingVersion(1));
    EXPECT_EQ(
        call("PATCH", kOfSink, patch({{"source.http.records", "lines"}})).message(),
        "Key \"source.http.records\" is none of a sink: keys that begin with \"source.\" are of "
        "sources.");
}

TEST_F(SettingsResourceTest, ASourceGetsAVolumeThatThereIs) {
    registry_.add("default");
    registry_.add("gone");
    registry_.add("ended", VolumeState::retired);
    make_source();
    const std::string key = "source.volume";
    for (const auto* name : {"defualt", "ended"}) {
        const auto refused = call("PATCH", kOfSource, patch({{key, name}}));
        EXPECT_EQ(refused.status, 400) << name;
        EXPECT_THAT(refused.message(), testing::HasSubstr(name));
        EXPECT_THAT(refused.message(), testing::HasSubstr("\"default\", \"gone\""));
    }
    for (const auto* name : {"default", "gone", ""}) {
        EXPECT_EQ(finish("PATCH", kOfSource, patch({{key, name}}))["status"], "success") << name;
        EXPECT_EQ(setting(kOfSource, key)["value"], name);
    }
    EXPECT_EQ(finish("PATCH", kOfSource, patch({{key, nullptr}}))["status"], "success");
    EXPECT_EQ(setting(kOfSource, key)["overwritten"], false);
}

TEST_F(SettingsResourceTest, BadValuesAreRefusedAtOnce) {
    make_source_and_sink();
    const struct {
        std::string body;
        int status;
        const char* error;
        std::string message;
    } cases[] = {
        {patch({{kCount, 1}, {kCount, 2}}), 400, "badRequest",
         "Key \"" + kCount + "\" is defined multiple times."},
        {patch({{"a", 1}, {"b", 2}}), 400, "badRequest", "Key not found: \"a\", \"b\"."},
        {patch({{std::string(60, 'k'), 1}}), 400, "badRequest",
         "Key not found: \"" + std::string(49, 'k') + "…."},
        {patch({{kSize, "bar"}, {kInterval, "foo"}}), 400, "badRequest",
         "- Invalid \"" + kSize + "\" value \"bar\": invalid syntax.\n- Invalid \"" + kInterval +
             "\": time: invalid duration \"foo\"."},
        {patch({{kCount, "x"}}), 400, "badRequest",
         "Invalid \"" + kCount + "\" value: found type \"string\", expected \"int\"."},
        {patch({{kCount, 0}}), 400, "badRequest",
         "Invalid \"" + kCount + "\" value 0: must be between 1 and 10000000."},
        {patch({{kSize, "51MB"}}), 400, "badRequest",
         "Invalid \"" + kSize + "\" value 51MB: must be between 100B and 50MB."},
        {patch({{kWait, nlohmann::json::array()}}), 400, "badRequest",
         "Invalid \"" + kWait + "\" value: found type \"array\", expected a single value."},
        {patch({{"storage.level.local.encoding.encoder.type", "csv"},
                {"storage.level.local.encoding.sync.mode", nullptr}}),
         403, "forbidden",
         "Cannot modify protected keys: \"storage.level.local.encoding.encoder.type\", "
         "\"storage.level.local.encoding.sync.mode\". They are of the whole service: --setting "
         "KEY=VALUE of millrace serve sets them."},
        {R"({"settings":[{"key":"x"},{"value":1}]})", 400, "missingField",
         "\"value\" is missing from body.settings[0]; \"key\" is missing from body.settings[1]"},
        {R"({"settings":{}})", 400, "invalidFieldType",
         "Invalid value {} for \"body.settings\", must be an array."},
        {"", 400, "missingPayload", "Missing required payload."},
    };
    for (const auto& path : {kOfSource, kOfSink}) {
        for (const auto& test : cases) {
            const auto answer = call("PATCH", path, test.body);
            EXPECT_EQ(answer.status, test.status) << test.body;
            EXPECT_EQ(answer.error(), std::string("stream.api.") + test.error);
            EXPECT_EQ(answer.message(), test.message);
        }
    }
    EXPECT_EQ(call("PATCH", kSources + "/none/settings", "{}").error(),
              "stream.api.sourceNotFound");
    EXPECT_EQ(call("PATCH", kSinks + "/none/settings", "{}").error(), "stream.api.sinkNotFound");
}

}  // namespace
}  // namespace millrace::control
