// Goal    a kind of each sort is added without a change of the product, and works from the request
//         to the table.
// Method  a target, a staging, a kind of sources with its door, and a command that are here only.
//         The service runs with them: sources and sinks are made by its API, a record goes in by
//         the door, and its row comes out in the target. The kind of sources has a setting of its
//         own and a part that a PATCH changes.

#include "api/app/kinds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "api/app/app.h"
#include "core/base/guarded.h"
#include "core/pipeline/acceptor.h"
#include "storage/os/system_rng.h"
#include "tests/support/memory_source.h"
#include "tests/support/temp_directory.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing_support::MemorySource;
using testing_support::read_all;
using testing_support::TempDirectory;

constexpr auto kAtMost = std::chrono::seconds(30);

// What the kinds of the test have: it outlives the service, as a server somewhere would.
class Outside {
public:
    void add_rows(const std::string& csv) {
        const std::lock_guard lock(mutex_);
        csv_ += csv;
        changed_.notify_all();
    }
    // All rows, once `wanted` are there.
    std::string rows(std::ptrdiff_t wanted) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kAtMost, [&] { return count() >= wanted; });
        return csv_;
    }
    Guarded<std::map<std::string, std::string>> objects;
    std::vector<std::string> staged;  // options of the staging that was opened

private:
    std::ptrdiff_t count() const { return std::count(csv_.begin(), csv_.end(), '\n'); }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::string csv_;
};

class OutsideTarget final : public Target {
public:
    explicit OutsideTarget(Outside& outside) : outside_(outside) {}

    Result<void> ensure_table(const TableSpec&) override { return {}; }
    Result<void> drop_table(const TableId&) override { return {}; }
    Result<bool> is_empty(const TableId&) override { return true; }
    Result<ImportReceipt> import(const ImportRequest& request) override {
        std::string csv;
        for (std::uint32_t slice = 0; slice < request.slices; ++slice) {
            TRY_ASSIGN(auto source, request.open_slice(slice));
            TRY_ASSIGN(const auto text, read_all(*source));
            csv += text;
        }
        outside_.add_rows(csv);
        return ImportReceipt{.rows = request.rows, .already_done = false};
    }
    Result<std::optional<std::string>> imported_digest(const TableId&, FileId) override {
        return std::optional<std::string>();
    }
    Result<void> forget(const TableId&, const std::vector<FileId>&) override { return {}; }

private:
    Outside& outside_;
};

class OutsideStaging final : public Staging {
public:
    explicit OutsideStaging(Outside& outside) : objects_(outside.objects) {}

    Result<std::uint64_t> put(const std::string& key, ByteSource& bytes) override {
        TRY_ASSIGN(const auto text, read_all(bytes));
        objects_.with([&](auto& objects) { objects[key] = text; });
        return std::uint64_t{text.size()};
    }
    Result<std::unique_ptr<ByteSource>> get(const std::string& key) override {
        return objects_.with([&](auto& objects) -> Result<std::unique_ptr<ByteSource>> {
            const auto found = objects.find(key);
            if (found == objects.end()) return Error(Code::not_found, key);
            return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(found->second));
        });
    }
    Result<void> remove(const std::string& key) override {
        objects_.with([&](auto& objects) { objects.erase(key); });
        return {};
    }
    Result<std::vector<std::string>> list(const ListPage&) override {
        return std::vector<std::string>();
    }

private:
    Guarded<std::map<std::string, std::string>>& objects_;
};

// A setting that only sources of topics have.
const SettingSpec& copies() {
    static const SettingSpec spec{.key = "source.topic.copies",
                                  .kind = SettingKind::count,
                                  .default_value = std::int64_t{1},
                                  .min = 1,
                                  .max = 3,
                                  .description = "How many rows a record of the topic makes."};
    return spec;
}

// A door without a port: the test hands it records of a topic.
class TopicDoor final : public OpenDoor {
public:
    explicit TopicDoor(const DoorPorts& ports) : journal_(ports.journal) {}

    Result<std::string> bind() override { return std::string("topics:"); }
    void start() override {}
    void leave() override {}
    void stop(Milliseconds) override {}
    void add_metrics(MetricsText& text) const override {
        text.family("topic_records_total", "counter", "Records of topics.");
        text.sample({}, records_);
    }
    void publish(const pipeline::SourceAddress& address,
                 std::shared_ptr<const pipeline::SourceRoute> route,
                 std::function<void()> served) override {
        routes_.with([&](auto& routes) { routes[address] = std::move(route); });
        served();
    }

    // Returns how many rows were made of it.
    int deliver(const std::string& topic, const std::string& body) {
        return routes_.with([&](auto& routes) {
            int taken = 0;
            for (const auto& [address, route] : routes) {
                if (route == nullptr || json::parse(route->details).at("topic") != topic) continue;
                const auto wanted = in_force(copies(), {.source = route->kind_settings}).value;
                for (std::int64_t copy = 0; copy < std::get<std::int64_t>(wanted); ++copy) {
                    submit(address, *route, body);
                    ++taken;
                }
                ++records_;
            }
            return taken;
        });
    }

private:
    void submit(const pipeline::SourceAddress& address, const pipeline::SourceRoute& route,
                const std::string& body) {
        RowBatch batch;
        acceptor_.accept({.arrived_at = WallTime{1},
                          .client_ip = {},
                          .headers = {},
                          .content_type = "application/json",
                          .body = body},
                         route, batch);
        batch.arrived_at = WallTime{1};
        batch.lane = journal_.lane_of(address.source);
        batch.done = [](const Result<void>&) {};
        EXPECT_TRUE(journal_.submit(std::move(batch)).ok());
    }

    Journal& journal_;
    os::SystemRng rng_;
    pipeline::Acceptor acceptor_{rng_};
    std::atomic<std::uint64_t> records_ = 0;
    Guarded<std::map<pipeline::SourceAddress, std::shared_ptr<const pipeline::SourceRoute>>>
        routes_;
};

struct KindsTest : testing::Test {
    KindsTest() : kinds(built_in_kinds()) {
        kinds.targets.push_back(
            {.config = {.name = "outside", .sentence = "Of the test.", .options = {}},
             .check_table = [](const TableId& table) -> Result<void> {
                 if (table.bucket() == "in.c-outside") return {};
                 return Error(Code::invalid, "only the bucket in.c-outside is outside");
             },
             .open = [this](const BackendPlace&) -> Result<std::unique_ptr<Target>> {
                 return std::unique_ptr<Target>(std::make_unique<OutsideTarget>(outside));
             },
             .look = nullptr,
             .add_metrics =
                 [](MetricsText& text, std::span<Target* const> targets) {
                     text.family("outside_targets", "gauge", "Targets of the test.");
                     text.sample({}, targets.size());
                 }});
        kinds.stagings.push_back(
            {.config = {.name = "outside",
                        .sentence = "Of the test.",
                        .options = {{.name = "shelf", .placeholder = "S", .sentence = "where"}}},
             .open = [this](const BackendPlace& place) -> Result<std::unique_ptr<Staging>> {
                 outside.staged.push_back(place.option("shelf", ""));
                 return std::unique_ptr<Staging>(std::make_unique<OutsideStaging>(outside));
             }});
        kinds.sources.push_back(
            {.name = "topic",
             .parse = [](const control::Json* part, control::Problems& problems) -> std::string {
                 if (part == nullptr) {
                     problems.add("stream.api.missingField", "\"topic\" is missing from body");
                     return "{}";
                 }
                 control::ObjectReader reader(*part, "body.topic", problems);
                 const auto name = reader.required_text("name", {.min = 1, .max = 10});
                 reader.finish();
                 return json{{"topic", name.value_or("")}}.dump();
             },
             .patch = [](const control::Json& part, const std::string& details,
                         control::Problems& problems) -> std::string {
                 control::ObjectReader reader(part, "body.topic", problems);
                 auto after = json::parse(details);
                 if (const auto name = reader.text("name", {.min = 1, .max = 10})) {
                     after["topic"] = *name;
                 }
                 reader.finish();
                 return after.dump();
             },
             .render =
                 [](const Source& source, const control::Scope&) {
                     return nlohmann::ordered_json{
                         {"name", json::parse(source.details).at("topic")}};
                 },
             .settings = {copies()}});
        kinds.doors.push_back({.name = "topic",
                               .sources = {SourceKindName("topic")},
                               .open = [this](const DoorPorts& ports) {
                                   auto opened = std::make_unique<TopicDoor>(ports);
                                   door = opened.get();
                                   return opened;
                               }});
        kinds.commands.push_back({.spec = {.words = "topics list", .sentence = "Lists topics."},
                                  .run = [](const config::Command&) -> Result<CommandOutput> {
                                      return CommandOutput{.text = "none"};
                                  }});
    }

    // The configuration as the command line would make it.
    config::Config configuration(std::vector<std::string> flags) const {
        flags.insert(flags.begin(),
                     {"serve", "--data-dir", directory / "data", "--api.listen", "127.0.0.1:0",
                      "--ingest.listen", "127.0.0.1:0", "--ready-file", directory / "ready",
                      "--limits.disk-ballast", "0B", "--setting",
                      "storage.level.target.import.trigger.count=1"});
        std::vector<const char*> arguments = {"millrace"};
        for (const auto& flag : flags) arguments.push_back(flag.c_str());
        const char* environment[] = {"MILLRACE_ADMIN_TOKEN=0123456789abcdef0123", nullptr};
        auto parsed = config::parse_command_line(static_cast<int>(arguments.size()),
                                                 arguments.data(), environment, grammar_of(kinds));
        EXPECT_TRUE(parsed.ok()) << parsed.error().client_text();
        return parsed.ok() ? std::get<config::Serve>(parsed.value()).config : config::Config();
    }
    void start(const std::vector<std::string>& flags) {
        auto started = App::start(configuration(flags), kinds);
        ASSERT_TRUE(started.ok()) << started.error().operator_text();
        app = std::move(started).value();
        std::ifstream file(directory / "ready");
        api = json::parse(file).at("api");
    }
    void stop() {
        app->stop();
        app.reset();
    }
    ~KindsTest() override {
        if (app != nullptr) app->stop();
    }

    json call(const std::string& method, const std::string& path, const json& body = nullptr) {
        httplib::Client client(api);
        httplib::Request request;
        request.method = method;
        request.path = path;
        request.set_header("X-StorageApi-Token", "0123456789abcdef0123");
        if (!body.is_null()) {
            request.body = body.dump();
            request.set_header("Content-Type", "application/json");
        }
        const auto answer = client.send(request);
        if (!answer) return {{"status", "no answer"}};
        const auto parsed = json::parse(answer->body, nullptr, false);
        return parsed.is_discarded() ? json(answer->body) : parsed;
    }
    // The task that the request starts, when it has ended.
    json finish(const std::string& method, const std::string& path, const json& body) {
        auto task = call(method, path, body);
        const auto until = std::chrono::steady_clock::now() + kAtMost;
        while (task.contains("taskId") && !task.value("isFinished", false) &&
               std::chrono::steady_clock::now() < until) {
            task = call("GET", "/v1/tasks/" + task.at("taskId").get<std::string>());
            std::this_thread::yield();
        }
        return task;
    }
    static json sink_of(const std::string& name, const std::string& target,
                        const std::string& table) {
        return {{"type", "table"},
                {"name", name},
                {"table",
                 {{"type", "keboola"},
                  {"target", target},
                  {"tableId", table},
                  {"mapping", {{"columns", {{{"type", "body"}, {"name", "body"}}}}}}}}};
    }
    // Of the resource at `path`; null if it has no such setting.
    json setting(const std::string& path, const std::string& key) {
        const auto answer = call("GET", path + "/settings");
        for (const auto& item : answer["settings"]) {
            if (item["key"] == key) return item["value"];
        }
        return nullptr;
    }
    static json settings_body(const std::string& key, const json& value) {
        return {{"settings", {{{"key", key}, {"value", value}}}}};
    }
    void make_topic_source() {
        const auto made = finish("POST", kSources,
                                 {{"type", "topic"}, {"name", "T"}, {"topic", {{"name", "news"}}}});
        ASSERT_EQ(made["status"], "success") << made;
        const auto sink = finish("POST", kSinks, sink_of("S", "lake", "in.c-outside.news"));
        ASSERT_EQ(sink["status"], "success") << sink;
    }

    const std::string kSources = "/v1/branches/default/sources";
    const std::string kTopic = kSources + "/t";
    const std::string kSinks = kTopic + "/sinks";
    const std::vector<std::string> kBoth = {
        "--target",  "lake.kind=outside", "--staging",     "far.kind=outside",
        "--staging", "far.shelf=3",       "--staging.use", "far"};

    TempDirectory directory;
    Outside outside;
    Kinds kinds;
    TopicDoor* door = nullptr;
    std::string api;
    std::unique_ptr<App> app;
};

TEST_F(KindsTest, AKindOfEachSortWorksFromTheRequestToTheTable) {
    start(kBoth);
    EXPECT_EQ(outside.staged, std::vector<std::string>{"3"});
    make_topic_source();
    const auto source = call("GET", kSources + "/t");
    EXPECT_EQ(source["type"], "topic");
    EXPECT_EQ(source["topic"], (json{{"name", "news"}}));
    EXPECT_FALSE(source.contains("http"));
    EXPECT_EQ(call("GET", kSinks + "/s")["table"]["target"], "lake");

    EXPECT_EQ(door->deliver("weather", "{}"), 0);
    EXPECT_EQ(door->deliver("news", R"({"a":1})"), 1);
    EXPECT_EQ(outside.rows(1), "\"{\"\"a\"\":1}\"\n");
    const auto metrics = call("GET", "/metrics").get<std::string>();
    EXPECT_THAT(metrics, HasSubstr("topic_records_total 1\n"));
    EXPECT_THAT(metrics, HasSubstr("outside_targets 1\n"));
    EXPECT_THAT(metrics, HasSubstr("millrace_backend_up{target=\"lake\"} 1\n"));
    EXPECT_THAT(metrics, HasSubstr("millrace_backend_up{staging=\"far\"} 1\n"));
}

TEST_F(KindsTest, AKindHasSettingsOfItsOwn) {
    start(kBoth);
    make_topic_source();
    ASSERT_EQ(finish("POST", kSources, {{"type", "http"}, {"name", "H"}})["status"], "success");
    const std::string key(copies().key);
    EXPECT_EQ(setting(kTopic, key), 1);
    EXPECT_EQ(setting(kSources + "/h", key), nullptr);
    EXPECT_EQ(setting(kSinks + "/s", key), nullptr);

    const auto patched = finish("PATCH", kTopic + "/settings", settings_body(key, 2));
    EXPECT_EQ(patched["status"], "success") << patched;
    EXPECT_EQ(setting(kTopic, key), 2);
    EXPECT_EQ(door->deliver("news", "1"), 2);
    EXPECT_EQ(outside.rows(2), "\"1\"\n\"1\"\n");

    EXPECT_EQ(call("PATCH", kTopic + "/settings", settings_body(key, 4))["message"],
              "Invalid \"source.topic.copies\" value 4: must be between 1 and 3.");
    const std::pair<std::string, const char*> others[] = {{kSources + "/h", "Key not found"},
                                                          {kSinks + "/s", "is none of a sink"}};
    for (const auto& [other, reason] : others) {
        const auto refused = call("PATCH", other + "/settings", settings_body(key, 2));
        EXPECT_EQ(refused["statusCode"], 400) << other;
        EXPECT_THAT(refused["message"].dump(), HasSubstr(reason)) << other;
    }
    EXPECT_EQ(call("PATCH", kSources + "/none/settings", settings_body(key, 2))["statusCode"], 400);
    EXPECT_EQ(finish("PATCH", kTopic + "/settings", settings_body(key, nullptr))["status"],
              "success");
    EXPECT_EQ(setting(kTopic, key), 1);
    stop();

    auto configured = kBoth;
    configured.insert(configured.end(), {"--setting", key + "=3"});
    start(configured);
    EXPECT_EQ(setting(kTopic, key), 3);
    EXPECT_EQ(door->deliver("news", "2"), 3);
}

TEST_F(KindsTest, TheConfigurationKnowsSettingsOfKinds) {
    const char* environment[] = {nullptr};
    const auto parsed = [&](std::vector<const char*> arguments) {
        return config::parse_command_line(static_cast<int>(arguments.size()), arguments.data(),
                                          environment, grammar_of(kinds));
    };
    EXPECT_TRUE(parsed({"millrace", "serve", "--setting", "source.topic.copies=3"}).ok());
    EXPECT_THAT(
        parsed({"millrace", "serve", "--setting", "source.topic.copies=4"}).error().client_text(),
        HasSubstr("must be between 1 and 3"));
    EXPECT_THAT(
        parsed({"millrace", "serve", "--setting", "source.topic.copy=3"}).error().client_text(),
        HasSubstr("did you mean source.topic.copies?"));
    std::ofstream(directory / "node.toml") << "[settings]\nsource.topic.copies = 2\n";
    const auto path = directory / "node.toml";
    const auto read = parsed({"millrace", "serve", "--config", path.c_str()});
    ASSERT_TRUE(read.ok()) << read.error().client_text();
    EXPECT_EQ(std::get<config::Serve>(read.value()).config.settings.at("source.topic.copies"),
              SettingValue(std::int64_t{2}));
}

TEST_F(KindsTest, APatchChangesWhatOnlyTheKindKnows) {
    start(kBoth);
    make_topic_source();
    ASSERT_EQ(finish("POST", kSources, {{"type", "http"}, {"name", "H"}})["status"], "success");
    const auto patched = finish("PATCH", kTopic, {{"topic", {{"name", "sport"}}}});
    EXPECT_EQ(patched["status"], "success") << patched;
    EXPECT_EQ(call("GET", kTopic)["topic"], (json{{"name", "sport"}}));
    EXPECT_EQ(door->deliver("news", "1"), 0);
    EXPECT_EQ(door->deliver("sport", "2"), 1);
    EXPECT_EQ(finish("PATCH", kTopic, {{"name", "Renamed"}})["status"], "success");
    EXPECT_EQ(call("GET", kTopic)["topic"], (json{{"name", "sport"}})) << "it stays";

    EXPECT_EQ(call("PATCH", kTopic, {{"topic", {{"name", ""}}}})["statusCode"], 400);
    EXPECT_THAT(call("PATCH", kTopic, {{"topic", {{"size", 1}}}}).dump(),
                HasSubstr("in body.topic"));
    EXPECT_THAT(call("PATCH", kSources + "/h", {{"topic", json::object()}}).dump(),
                HasSubstr("Unknown field"));
    EXPECT_EQ(finish("PUT", kTopic + "/versions/1/rollback", nullptr)["status"], "success");
    EXPECT_EQ(call("GET", kTopic)["topic"], (json{{"name", "news"}}));
    EXPECT_EQ(door->deliver("news", "3"), 1);
}

// Goal    the versions, settings and sinks of a deleted source are those of its kind, so another
//         kind cannot go on with them.
TEST_F(KindsTest, ADeletedSourceComesBackOnlyAsItsKind) {
    start(kBoth);
    make_topic_source();
    ASSERT_EQ(finish("DELETE", kTopic, nullptr)["status"], "success");
    const auto refused = call("POST", kSources, {{"type", "http"}, {"name", "T"}});
    EXPECT_EQ(refused["statusCode"], 409);
    EXPECT_EQ(refused["error"], "stream.api.sourceAlreadyExists");
    EXPECT_EQ(refused["message"],
              "Source \"t\" was deleted as one of type \"topic\" and cannot be created again with "
              "type \"http\". Use another id, or undelete it.");
    const auto again =
        finish("POST", kSources, {{"type", "topic"}, {"name", "T"}, {"topic", {{"name", "new"}}}});
    EXPECT_EQ(again["status"], "success") << again;
    EXPECT_EQ(call("GET", kTopic)["topic"], (json{{"name", "new"}}));
}

TEST_F(KindsTest, BadInputIsNamedByWhatThereIs) {
    start(kBoth);
    EXPECT_EQ(call("POST", kSources, {{"type", "mail"}, {"name", "T"}})["message"],
              "Value of body.type must be one of \"http\", \"otlp\", \"kafka\", \"topic\" "
              "but got value \"mail\".");
    EXPECT_EQ(call("POST", kSources, {{"type", "topic"}, {"name", "T"}})["message"],
              "\"topic\" is missing from body.");
    EXPECT_THAT(
        call("POST", kSources, {{"type", "http"}, {"name", "T"}, {"topic", json::object()}}).dump(),
        HasSubstr("Unknown field"));
    make_topic_source();
    const auto unknown = call("POST", kSinks, sink_of("U", "ocean", "in.c-outside.u"));
    EXPECT_EQ(unknown["statusCode"], 400);
    EXPECT_EQ(unknown["error"], "stream.api.unknownTarget");
    EXPECT_EQ(unknown["message"],
              "There is no target \"ocean\"; there are \"default\" and \"lake\".");
    const auto refused = call("PATCH", kSinks + "/s", {{"table", {{"tableId", "in.c-a.b"}}}});
    EXPECT_EQ(refused["statusCode"], 400);
    EXPECT_THAT(refused["message"].dump(), HasSubstr("Only the bucket in.c-outside"));
    EXPECT_EQ(call("PATCH", kSources + "/t", {{"type", "http"}})["statusCode"], 400);
}

// Goal    a service whose catalog names a target and a staging that are not configured any more
//         starts, says so, serves all else, and goes on with what waits when they are there again.
TEST_F(KindsTest, WhatIsNotConfiguredAnyMoreWaits) {
    start(kBoth);
    make_topic_source();
    stop();

    start({});
    EXPECT_EQ(door->deliver("news", "1"), 1);
    const auto metrics = call("GET", "/metrics").get<std::string>();
    EXPECT_THAT(metrics, HasSubstr("millrace_backend_up{target=\"lake\"} 0\n"));
    EXPECT_EQ(call("GET", kSinks + "/s")["table"]["target"], "lake");
    const auto other = finish("POST", kSinks, sink_of("D", "default", "in.c-a.b"));
    EXPECT_EQ(other["status"], "success") << other;
    EXPECT_EQ(finish("PUT", kSinks + "/s/enable", nullptr)["status"], "error");
    EXPECT_EQ(door->deliver("news", "2"), 1);
    stop();

    start(kBoth);
    EXPECT_EQ(outside.rows(2), "\"1\"\n\"2\"\n");
}

TEST_F(KindsTest, AChangeOfTheTargetSendsOnlyLaterRowsThere) {
    start(kBoth);
    make_topic_source();
    EXPECT_EQ(door->deliver("news", "1"), 1);
    EXPECT_EQ(outside.rows(1), "\"1\"\n");
    const auto moved =
        finish("PATCH", kSinks + "/s",
               {{"table", {{"target", "default"}, {"tableId", "in.c-outside.news"}}}});
    EXPECT_EQ(moved["status"], "success") << moved;
    EXPECT_EQ(door->deliver("news", "2"), 1);
    EXPECT_EQ(outside.rows(1), "\"1\"\n");
    EXPECT_EQ(call("GET", kSinks + "/s")["table"]["target"], "default");
    const auto back = finish("PUT", kSinks + "/s/versions/1/rollback", nullptr);
    EXPECT_EQ(call("GET", kSinks + "/s")["table"]["target"], "lake") << back;
    EXPECT_EQ(door->deliver("news", "3"), 1);
    EXPECT_EQ(outside.rows(2), "\"1\"\n\"3\"\n");
}

TEST_F(KindsTest, ACommandIsARow) {
    const auto grammar = grammar_of(kinds);
    const std::vector<const char*> arguments = {"millrace", "topics", "list"};
    const char* environment[] = {nullptr};
    const auto parsed = config::parse_command_line(3, arguments.data(), environment, grammar);
    ASSERT_TRUE(parsed.ok()) << parsed.error().client_text();
    const auto& command = std::get<config::Command>(parsed.value());
    EXPECT_EQ(command.words, "topics list");
    EXPECT_EQ(kinds.commands.back().run(command).value().text, "none");
}

}  // namespace
}  // namespace millrace
