#include "api/cli/definition_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/cli/definition_text.h"
#include "api/cli/plan_view.h"

namespace millrace::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

Json setting(const char* key, Json value, const char* origin) {
    return {{"key", key}, {"value", std::move(value)}, {"origin", origin}};
}

// A service with a source, two sinks and a table.
Actual some_service() {
    ActualSource shop;
    shop.definition = *parse_json(R"({"sourceId": "shop", "type": "http", "name": "Web shop",
        "description": "", "http": {"url": "http://x/secret", "verification": "signature",
        "preset": "generic-hmac", "signature": {"header": "X-Sig", "tolerance": "5m0s", "secretsCount": 1}},
        "version": {"number": 3}})");
    shop.settings = {setting("source.http.badRecords", "skip", "source"),
                     setting("mapping.onError", "reject", "default")};
    ActualEntity orders;
    orders.definition = *parse_json(R"({"sourceId": "shop", "sinkId": "orders", "type": "table",
        "name": "orders", "description": "Orders: \"all\"\n", "table": {"type": "keboola",
        "tableId": "in.c-shop.orders", "target": "default", "mapping": {"columns": [
            {"type": "path", "name": "id", "primaryKey": true, "dataType": "INTEGER", "path": "id", "rawString": true},
            {"type": "datetime", "name": "at"},
            {"type": "header", "name": "agent", "header": "User-Agent", "defaultValue": "-"},
            {"type": "template", "name": "t", "template": {"language": "jsonnet",
                "content": "local a = 1;\na"}, "engine": "jsonnet", "engineReason": "local"}]}},
        "version": {"number": 7}})");
    auto interval = setting("storage.level.target.import.trigger.interval", "1m30s", "sink");
    interval["validation"] = "required,minDuration=30s,maxDuration=24h";
    orders.settings = {interval, setting("storage.level.target.import.trigger.count", 500, "sink"),
                       setting("mapping.onError", "reject", "source"),
                       setting("storage.level.local.encoding.sync.wait", false, "sink")};
    ActualEntity second;
    second.definition = *parse_json(R"({"sourceId": "shop", "sinkId": "second", "type": "table",
        "name": "Second", "description": "", "table": {"type": "keboola", "tableId": "in.c-shop.second",
        "target": "pg", "mapping": {"columns": [{"type": "body", "name": "b"}]}},
        "disabled": {"reason": "API"}, "version": {"number": 1}})");
    second.settings = {setting("mapping.onError", "reject", "default")};
    shop.sinks = {orders, second};
    Actual actual;
    actual.sources.push_back(std::move(shop));
    actual.tables.push_back(*parse_json(R"({"tableId": "in.c-shop.stock", "target": "default",
        "kind": "standalone", "csvParser": {"separator": ";"}, "columns": [
            {"name": "sku", "dataType": "STRING", "primaryKey": true, "nullable": false},
            {"name": "n", "dataType": "INTEGER", "primaryKey": false, "nullable": true}]})"));
    return actual;
}

Result<Plan> plan_for(const std::string& text, const PlanOptions& options = {}) {
    auto wanted = read_definitions(text);
    if (!wanted.ok()) return wanted.error();
    return plan_of(wanted.value(), some_service(), options);
}

TEST(DefinitionPlanTest, AnExportedFilePlansNothing) {
    const auto text = definition_text(some_service());
    const auto plan = plan_for(text);
    ASSERT_TRUE(plan.ok()) << plan.error().client_text() << "\n" << text;
    EXPECT_TRUE(plan.value().changes.empty()) << plan_view(plan.value()) << text;
    EXPECT_EQ(plan.value().unchanged, 4U);
}

TEST(DefinitionPlanTest, AnExportedFileMakesTheSameElsewhere) {
    const auto wanted = read_definitions(definition_text(some_service()));
    ASSERT_TRUE(wanted.ok());
    const auto plan = plan_of(wanted.value(), Actual(), {});
    ASSERT_TRUE(plan.ok()) << plan.error().client_text();
    EXPECT_EQ(plan_counts(plan.value()), "4 to create, 0 to change, 0 as they are");
    ASSERT_EQ(plan.value().changes[3].calls.size(), 1U);
    EXPECT_EQ(plan.value().changes[3].calls[0].body->at("enabled"), false);
}

TEST(DefinitionPlanTest, SecretsAndAddressesAreNotInAFile) {
    const auto text = definition_text(some_service());
    EXPECT_THAT(text, testing::Not(HasSubstr("secret\"")));
    EXPECT_THAT(text, testing::Not(HasSubstr("http://x")));
    EXPECT_THAT(text, HasSubstr("# http.signature.secrets: left out"));
}

TEST(DefinitionPlanTest, WhatIsNotNamedStays) {
    const auto plan = plan_for(
        "sources:\n  - id: shop\n    sinks:\n      - id: second\n        table: in.c-shop.second\n"
        "        columns: [b=@body]\n");
    ASSERT_TRUE(plan.ok()) << plan.error().client_text();
    EXPECT_TRUE(plan.value().changes.empty()) << plan_view(plan.value());
}

TEST(DefinitionPlanTest, OfASinkThatIsThereTableAndColumnsMayBeLeftOut) {
    const auto plan =
        plan_for("sources:\n  - id: shop\n    sinks:\n      - id: second\n        name: Other\n");
    ASSERT_TRUE(plan.ok()) << plan.error().client_text();
    ASSERT_EQ(plan.value().changes.size(), 1U);
    EXPECT_EQ(plan.value().changes[0].calls[0].body->dump(), R"({"name":"Other"})");
    const auto fresh = plan_for(
        "sources:\n  - id: shop\n    sinks:\n      - id: new\n        columns: [x=y]\n"
        "      - id: newer\n        table: in.c-shop.newer\n");
    ASSERT_FALSE(fresh.ok());
    EXPECT_THAT(fresh.error().client_text(),
                HasSubstr("line 4: the sink shop/new is not there yet, so it needs \"table\""));
    EXPECT_THAT(fresh.error().client_text(),
                HasSubstr("line 6: the sink shop/newer is not there yet, so it needs \"columns\""));
}

// Goal    a table that was made with fewer columns than a sink of it has is made again, and no sink
//         is live with a part of its columns. What forbids to add columns comes behind all sinks.
TEST(DefinitionPlanTest, ANewSinkAddsTheColumnsThatItsTableLacks) {
    const auto wanted = read_definitions(R"(
tables:
  - {id: in.c-a.t, columns: ["k:INTEGER:key", b]}
sources:
  - id: a
    settings: {storage.level.target.table.addColumns: false, mapping.onError: keep}
    sinks:
      - {id: one, table: in.c-a.t, columns: ["k=k:INTEGER:key", "C=c"],
         settings: {storage.level.target.table.addColumns: false, mapping.onError: reject}}
      - {id: two, table: in.c-a.t, columns: ["k=k:INTEGER:key", "B=b"]}
)");
    ASSERT_TRUE(wanted.ok()) << wanted.error().client_text();
    const auto plan = plan_of(wanted.value(), Actual(), {});
    ASSERT_TRUE(plan.ok()) << plan.error().client_text();
    std::vector<std::string> calls;
    for (const auto& change : plan.value().changes) {
        for (const auto& call : change.calls) {
            calls.push_back(call.method + " " + text_at(call.body.value(), {"sinkId"}));
            for (const auto& setting : member(*call.body, {"settings"})) {
                calls.back() +=
                    " " + text_at(setting, {"key"}).substr(setting["key"].dump().rfind('.'));
            }
            if (call.path.ends_with("/sinks")) {
                EXPECT_EQ(member(*call.body, {"table", "addColumns"}), true);
            }
        }
    }
    EXPECT_EQ(calls,
              (std::vector<std::string>{"POST ", "POST ", "PATCH  onError", "POST one onError",
                                        "POST two", "PATCH  addColumns", "PATCH  addColumns"}));
    EXPECT_EQ(plan.value().changes[4].calls[0].path, sink_path("a", "one") + "/settings");
    EXPECT_EQ(plan.value().changes[5].what, "source a");
}

// Goal    no event is mapped by a part of the change: one call has all of it, behind the disabling,
//         before the enabling.
TEST(DefinitionPlanTest, AChangeOfASinkIsOneCall) {
    const auto plan = plan_for(R"(
sources:
  - id: shop
    sinks:
      - {id: orders, enabled: false, columns: [id=other:INTEGER:key], settings: {mapping.onError: keep}}
      - {id: second, enabled: true, columns: [b=@body, c=c], settings: {mapping.onError: keep}}
)",
                               {.with_secrets = false, .description = "Applied."});
    ASSERT_TRUE(plan.ok()) << plan.error().client_text();
    std::vector<std::string> calls;
    for (const auto& change : plan.value().changes) {
        for (const auto& call : change.calls) calls.push_back(call.method + " " + call.path);
    }
    const std::string sinks = source_path("shop") + "/sinks";
    EXPECT_EQ(calls, (std::vector<std::string>{
                         "PATCH " + sinks + "/second", "PUT " + sinks + "/second/enable",
                         "PUT " + sinks + "/orders/disable", "PATCH " + sinks + "/orders"}))
        << "what is disabled is last: its events go to others by then";
    const auto& body = *plan.value().changes[1].calls[1].body;
    EXPECT_EQ(body.at("settings").dump(), R"([{"key":"mapping.onError","value":"keep"}])");
    EXPECT_EQ(body.at("changeDescription"), "Applied.");
    EXPECT_TRUE(body.at("table").contains("mapping"));
}

// Goal    no event is refused that the sinks take before and behind.
TEST(DefinitionPlanTest, ASourceGetsStricterBehindItsSinks) {
    auto actual = some_service();
    actual.sources[0].settings = {setting("source.http.badRecords", "skip", "source"),
                                  setting("mapping.onError", "keep", "source")};
    const auto wanted = read_definitions(R"(
sources:
  - id: shop
    settings: {mapping.onError: null, source.http.badRecords: refuse}
    name: Shop
    sinks:
      - {id: orders, columns: [id=id], settings: {mapping.onError: keep}}
      - {id: new, table: in.c-a.new, columns: [b=@body]}
)");
    ASSERT_TRUE(wanted.ok()) << wanted.error().client_text();
    const auto plan = plan_of(wanted.value(), actual, {});
    ASSERT_TRUE(plan.ok()) << plan.error().client_text();
    std::vector<std::string> what;
    for (const auto& change : plan.value().changes) what.push_back(change.what);
    EXPECT_EQ(what, (std::vector<std::string>{"source shop", "sink shop/new", "sink shop/orders",
                                              "source shop"}))
        << "a sink that gives up columns behind the new one";
    EXPECT_EQ(plan.value().changes[0].calls.size(), 1U);
    EXPECT_EQ(plan.value().changes[3].calls[0].body->at("settings").size(), 2U);
    EXPECT_EQ(plan.value().changes[3].version, 4U);
}

TEST(DefinitionPlanTest, WhatIsEmptyIsExportedAsThat) {
    const auto wanted = read_definitions(definition_text(Actual()));
    ASSERT_TRUE(wanted.ok()) << wanted.error().client_text();
    const auto plan = plan_of(wanted.value(), Actual(), {});
    ASSERT_TRUE(plan.ok());
    EXPECT_TRUE(plan.value().changes.empty());
}

TEST(DefinitionPlanTest, ADifferenceIsOneCallForTheVersionThatWasRead) {
    const auto plan = plan_for(
        "sources:\n"
        "  - id: shop\n"
        "    name: Shop\n"
        "    http: {signature: {tolerance: 300s}}\n"
        "    sinks:\n"
        "      - id: orders\n"
        "        table: in.c-shop.orders2\n"
        "        columns: [\"id=id:INTEGER:key\", \"at=@datetime:TIMESTAMP\", \"new=new\"]\n"
        "        enabled: false\n"
        "        settings: {storage.level.target.import.trigger.interval: 90s, "
        "storage.level.target.import.trigger.count: 501, storage.level.local.encoding.sync.wait: "
        "null}\n",
        {.description = "Applied x."});
    ASSERT_TRUE(plan.ok()) << plan.error().client_text();
    ASSERT_EQ(plan.value().changes.size(), 2U);
    const auto& source = plan.value().changes[0];
    EXPECT_EQ(source.version, 3U);
    ASSERT_EQ(source.calls.size(), 1U);
    EXPECT_EQ(source.calls[0].body->dump(), R"({"name":"Shop","changeDescription":"Applied x."})");
    const auto& sink = plan.value().changes[1];
    EXPECT_EQ(sink.version, 7U);
    ASSERT_EQ(sink.calls.size(), 2U);
    EXPECT_EQ(sink.calls[0].path, "/branches/default/sources/shop/sinks/orders/disable");
    EXPECT_EQ(sink.calls[1].path, "/branches/default/sources/shop/sinks/orders");
    EXPECT_EQ(
        sink.calls[1].body->at("settings").dump(),
        R"([{"key":"storage.level.target.import.trigger.count","value":501},{"key":"storage.level.local.encoding.sync.wait","value":null}])");
    EXPECT_EQ(sink.calls[1].body->at("changeDescription"), "Applied x.");
    EXPECT_EQ(
        plan_view(plan.value()),
        "~ source shop\n"
        "    ~ name: Web shop -> Shop\n"
        "~ sink shop/orders\n"
        "    ~ table: in.c-shop.orders -> in.c-shop.orders2\n"
        "    - column "
        R"({"defaultValue":"-","header":"User-Agent","name":"agent","type":"header"})"
        "\n"
        "    - column "
        R"({"name":"t","template":{"content":"local a = 1;\na","language":"jsonnet"},"type":"template"})"
        "\n"
        "    ~ column at=@datetime -> at=@datetime:TIMESTAMP\n"
        "    + column new=new\n"
        "    ~ storage.level.target.import.trigger.count: 500 -> 501\n"
        "    - storage.level.local.encoding.sync.wait: false\n"
        "    ~ enabled: true -> false\n"
        "\n"
        "Plan: 0 to create, 2 to change, 0 as they are.\n");
}

TEST(DefinitionPlanTest, WhatIsNotThereIsMade) {
    const auto plan = plan_for(
        "tables:\n  - id: in.c-a.t\n    columns: [x]\n"
        "sources:\n  - id: lamps\n    enabled: false\n    settings: {mapping.onError: keep}\n"
        "    sinks:\n      - id: s\n        table: in.c-a.s\n        preset: github\n");
    ASSERT_TRUE(plan.ok()) << plan.error().client_text();
    ASSERT_EQ(plan.value().changes.size(), 3U);
    EXPECT_EQ(plan.value().changes[0].what, "table in.c-a.t");
    EXPECT_EQ(plan.value().changes[0].calls[0].answer_field, "tableId") << "it has no task";
    const auto& source = plan.value().changes[1];
    EXPECT_TRUE(source.is_new);
    EXPECT_FALSE(source.version);
    ASSERT_EQ(source.calls.size(), 3U);
    EXPECT_EQ(source.calls[0].body->dump(), R"({"type":"http","name":"lamps","sourceId":"lamps"})");
    EXPECT_EQ(source.calls[1].path, "/branches/default/sources/lamps/disable");
    EXPECT_EQ(plan_counts(plan.value()), "3 to create, 0 to change, 0 as they are");
}

// Goal    nothing is made without its settings because one of them is wrong.
TEST(DefinitionPlanTest, AWrongValueIsToldBeforeAnythingIsMade) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"sources:\n  - id: new\n    settings: {source.http.badRecords: wrong}\n",
         "line 3: Invalid \"source.http.badRecords\" value"},
        {"sources:\n  - id: shop\n    settings: {source.http.badRecords: wrong}\n",
         "line 3: Invalid \"source.http.badRecords\" value"},
        {"sources:\n  - id: new\n    settings: {source.http.methods: NONE}\n",
         "line 3: Invalid \"source.http.methods\" value"},
        {"sources:\n  - id: new\n    settings: {source.http.nope: 1}\n",
         "line 3: there is no setting \"source.http.nope\""},
        {"sources:\n  - id: new\n    settings:\n"
         "      storage.level.target.import.trigger.interval: 1ms\n",
         "line 4: Invalid \"storage.level.target.import.trigger.interval\" value"},
        {"sources:\n  - id: new\n    sinks:\n      - {id: k, table: in.c-a.t, columns: [b=@body],\n"
         "         settings: {mapping.onError: 7}}\n",
         "line 5: Invalid \"mapping.onError\" value"},
        {"sources:\n  - id: new\n    sinks:\n      - {id: k, table: in.c-a.t, columns: [b=@body],\n"
         "         settings: {source.http.badRecords: skip}}\n",
         "line 5: \"source.http.badRecords\" is no setting of a sink"},
        {"sources:\n  - id: new\n    sinks:\n      - {id: k, table: bad, columns: [b=@body]}\n",
         "line 4: Invalid \"tableId\" value \"bad\""},
        {"tables:\n  - {id: bad, columns: [x]}\n", "line 2: Invalid \"tableId\" value \"bad\""},
    };
    for (const auto& [text, wanted] : cases) {
        SCOPED_TRACE(text);
        const auto plan = plan_for(text);
        ASSERT_FALSE(plan.ok());
        EXPECT_THAT(plan.error().client_text(), HasSubstr(wanted));
    }
    const auto other = plan_for(
        "sources:\n  - id: new\n    type: kafka\n    settings: {source.kafka.maxRate: 7}\n");
    EXPECT_TRUE(other.ok()) << "what only the service knows is left to it";
}

TEST(DefinitionPlanTest, AnIdIsWhatTheServiceMakesOfIt) {
    const auto same = plan_for(
        "sources:\n  - id: Shop\n    sinks:\n      - id: Second_\n        table: in.c-shop.second\n"
        "        columns: [b=@body]\n");
    ASSERT_TRUE(same.ok()) << same.error().client_text();
    EXPECT_TRUE(same.value().changes.empty()) << plan_view(same.value());
    const auto made = plan_for(
        "sources:\n  - id: New_One\n    sinks:\n      - {id: K_1, table: in.c-a.t, columns: "
        "[b=@body]}\n");
    ASSERT_TRUE(made.ok()) << made.error().client_text();
    EXPECT_EQ(made.value().changes[1].what, "sink new-one/k-1");
    EXPECT_EQ(made.value().changes[1].calls[0].path, "/branches/default/sources/new-one/sinks");
    const auto twice = plan_for("sources:\n  - id: new-one\n  - id: New_One\n");
    ASSERT_FALSE(twice.ok());
    EXPECT_THAT(twice.error().client_text(),
                HasSubstr("line 3: a source \"new-one\" is there twice"));
    const auto none = plan_for("sources:\n  - id: \"__\"\n");
    ASSERT_FALSE(none.ok());
    EXPECT_THAT(none.error().client_text(), HasSubstr("line 2: \"__\" is no id of a source"));
}

TEST(DefinitionPlanTest, OtherOrderOfColumnsIsADifference) {
    auto wanted = read_definitions(definition_text(some_service()));
    ASSERT_TRUE(wanted.ok());
    auto& columns = wanted.value().sources[0].sinks[0].body["table"]["mapping"]["columns"];
    std::swap(columns[0], columns[1]);
    const auto plan = plan_of(wanted.value(), some_service(), {});
    ASSERT_TRUE(plan.ok());
    EXPECT_THAT(plan_view(plan.value()), HasSubstr("order of columns: id, at, agent, t -> at, id"));
}

TEST(DefinitionPlanTest, SecretsAreSentWhereThatIsAsked) {
    const std::string text = "sources:\n  - id: shop\n    http: {signature: {secrets: [new]}}\n";
    const auto quiet = plan_for(text);
    ASSERT_TRUE(quiet.ok());
    EXPECT_TRUE(quiet.value().changes.empty());
    const auto asked = plan_for(text, {.with_secrets = true});
    ASSERT_TRUE(asked.ok());
    ASSERT_EQ(asked.value().changes.size(), 1U);
    const auto view = plan_view(asked.value());
    EXPECT_THAT(view, HasSubstr("http.signature.secrets: (secret) -> (secret)"));
    EXPECT_THAT(view, testing::Not(HasSubstr("new")));
    EXPECT_THAT(asked.value().changes[0].calls[0].body->dump(), HasSubstr("new"));
}

TEST(DefinitionPlanTest, WhatCannotBeChangedIsToldWithItsLine) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"sources:\n  - id: shop\n    type: kafka\n",
         "line 2: the source shop is there, of type http: that cannot be changed"},
        {"sources:\n  - id: shop\n    settings:\n      mapping.onEror: keep\n",
         "line 4: there is no setting \"mapping.onEror\" here; did you mean mapping.onError?"},
        {"tables:\n  - id: in.c-shop.stock\n    columns: [sku:key]\n",
         "line 2: the table in.c-shop.stock is there and has another column: n:INTEGER instead of "
         "none"},
        {"tables:\n  - id: in.c-shop.stock\n    kind: logical\n    columns: [sku:key, n:INTEGER]\n",
         "has another kind: standalone instead of logical"},
    };
    for (const auto& [text, wanted] : cases) {
        SCOPED_TRACE(text);
        const auto plan = plan_for(text);
        ASSERT_FALSE(plan.ok());
        EXPECT_THAT(plan.error().client_text(), HasSubstr(wanted));
    }
}

// "POST /sources/a {...}", without what is long in front.
std::vector<std::string> calls_of(const Plan& plan) {
    const std::string base = "/branches/default/sources";
    std::vector<std::string> lines;
    for (const auto& change : plan.changes) {
        for (const auto& call : change.calls) {
            lines.push_back(call.method + " " + call.path.substr(base.size()));
            const auto& paused = call.body ? member(*call.body, {"kafka", "paused"}) : Json();
            if (!paused.is_null()) lines.back() += " paused=" + paused.dump();
        }
    }
    return lines;
}

Plan plan_with(const std::string& text, const Actual& actual) {
    const auto wanted = read_definitions(text);
    EXPECT_TRUE(wanted.ok()) << wanted.error().client_text();
    auto plan = plan_of(wanted.value(), actual, {.description = "Applied x."});
    EXPECT_TRUE(plan.ok()) << plan.error().client_text();
    return std::move(plan).value();
}

ActualEntity body_sink(const std::string& id) {
    ActualEntity sink;
    sink.definition = {
        {"sinkId", id},
        {"name", id},
        {"description", ""},
        {"table",
         {{"tableId", "in.c-ev." + id},
          {"target", "default"},
          {"mapping", {{"columns", Json::array({{{"type", "body"}, {"name", "b"}}})}}}}},
        {"version", {{"number", 1}}}};
    return sink;
}

// A service with a Kafka source and the sink "old".
Actual with_topic() {
    ActualSource ev;
    ev.definition = *parse_json(R"({"sourceId": "ev", "type": "kafka", "name": "ev",
        "kafka": {"brokers": "b:9092", "topic": "t", "paused": false},
        "version": {"number": 4, "description": "Updated."}})");
    ev.sinks = {body_sink("old")};
    Actual actual;
    actual.sources.push_back(std::move(ev));
    return actual;
}

constexpr auto kTwoSinks =
    "    sinks:\n"
    "      - {id: k1, table: in.c-ev.k1, columns: [b=@body]}\n"
    "      - {id: k2, table: in.c-ev.k2, columns: [b=@body], settings: {mapping.onError: keep}}\n"
    "      - {id: k3, table: in.c-ev.k3, columns: [b=@body], enabled: false}\n";
using Calls = std::vector<std::string>;

// Goal    no sink of a topic misses what another one that was made with it has.
TEST(DefinitionPlanTest, AKafkaSourceReadsWhenAllItsSinksAreThere) {
    const auto plan = plan_with(
        "sources:\n  - id: ev\n    type: kafka\n"
        "    kafka: {brokers: b, topic: t, paused: false}\n" +
            std::string(kTwoSinks),
        Actual());
    EXPECT_EQ(calls_of(plan),
              (Calls{"POST  paused=false", "PATCH /ev paused=true", "POST /ev/sinks",
                     "POST /ev/sinks", "POST /ev/sinks", "PATCH /ev paused=false"}));
    EXPECT_FALSE(plan.changes.back().is_new);
    EXPECT_FALSE(plan.changes.back().version);
    EXPECT_EQ(plan.changes[1].meanwhile, "the source ev is paused");
    EXPECT_THAT(plan_view(plan), HasSubstr("~ source ev\n    ~ kafka.paused: true -> false\n"));
}

// Goal    no event of a source that is there goes by other settings of a new sink than its own.
TEST(DefinitionPlanTest, ANewSinkIsMadeWithItsSettings) {
    const auto plan = plan_with("sources:\n  - id: ev\n" + std::string(kTwoSinks), with_topic());
    std::vector<std::string> bodies;
    for (const auto& change : plan.changes) {
        for (const auto& call : change.calls) {
            if (call.method == "POST") bodies.push_back(call.body->dump());
        }
    }
    ASSERT_EQ(bodies.size(), 3U);
    EXPECT_THAT(bodies[1], HasSubstr(R"("settings":[{"key":"mapping.onError","value":"keep"}])"));
    EXPECT_THAT(bodies[2], HasSubstr(R"("enabled":false)"));
    EXPECT_THAT(bodies[0], Not(HasSubstr("settings")));
    EXPECT_THAT(plan_view(plan), HasSubstr("    + enabled: false\n"));
}

TEST(DefinitionPlanTest, AKafkaSourceThatIsThereIsPausedForItsNewSinks) {
    const auto plan = plan_with(
        "sources:\n  - id: ev\n    kafka: {topic: u}\n" + std::string(kTwoSinks), with_topic());
    const auto calls = calls_of(plan);
    ASSERT_GT(calls.size(), 2U);
    EXPECT_EQ(calls[0], "PATCH /ev paused=true") << "before the other topic is read";
    EXPECT_EQ(calls[1], "PATCH /ev");
    EXPECT_EQ(calls.back(), "PATCH /ev paused=false");
    EXPECT_EQ(plan.changes.front().version, 4U);
    EXPECT_EQ(plan.changes.back().version, 6U);
}

TEST(DefinitionPlanTest, NothingIsPausedWhereNothingWouldBeMissed) {
    const std::string one = "    sinks: [{id: k1, table: in.c-ev.k1, columns: [b=@body]}]\n";
    EXPECT_EQ(calls_of(plan_with("sources:\n  - id: ev\n" + one, with_topic())),
              (Calls{"POST /ev/sinks"}));
    const auto paused = calls_of(
        plan_with("sources:\n  - id: ev\n    kafka: {paused: true}\n" + std::string(kTwoSinks),
                  with_topic()));
    EXPECT_EQ(paused.front(), "PATCH /ev paused=true");
    EXPECT_EQ(paused.back(), "POST /ev/sinks");
    const auto disabled = calls_of(plan_with(
        "sources:\n  - id: ev\n    enabled: false\n" + std::string(kTwoSinks), with_topic()));
    EXPECT_EQ(disabled,
              (Calls{"PUT /ev/disable", "POST /ev/sinks", "POST /ev/sinks", "POST /ev/sinks"}));
}

TEST(DefinitionPlanTest, APauseOfApplyIsTakenBackWhenTheFileIsAppliedAgain) {
    auto actual = with_topic();
    auto& definition = actual.sources[0].definition;
    definition["kafka"]["paused"] = true;
    const std::string text =
        "sources:\n  - id: ev\n    sinks: [{id: k1, table: in.c-ev.k1, columns: [b=@body]}]\n";
    EXPECT_EQ(calls_of(plan_with(text, actual)), (Calls{"POST /ev/sinks"}))
        << "somebody else has paused it";
    const auto asked = "sources:\n  - id: ev\n    kafka: {paused: false}\n" + text.substr(20);
    EXPECT_EQ(calls_of(plan_with(asked, actual)),
              (Calls{"POST /ev/sinks", "PATCH /ev paused=false"}));
    // As the first call of a plan leaves it.
    const auto held = plan_with("sources:\n  - id: ev\n" + std::string(kTwoSinks), with_topic());
    definition["version"]["description"] =
        text_at(*held.changes[0].calls[0].body, {"changeDescription"});
    EXPECT_EQ(calls_of(plan_with(text, actual)),
              (Calls{"POST /ev/sinks", "PATCH /ev paused=false"}));
    EXPECT_EQ(calls_of(plan_with("sources:\n  - id: ev\n", actual)),
              (Calls{"PATCH /ev paused=false"}));
    const auto named =
        plan_with(text.substr(0, 20) + "    name: Other\n" + text.substr(20), actual);
    EXPECT_EQ(calls_of(named), (Calls{"PATCH /ev", "POST /ev/sinks", "PATCH /ev paused=false"}));
    EXPECT_EQ(text_at(*named.changes[0].calls[0].body, {"changeDescription"}),
              text_at(definition, {"version", "description"}))
        << "a sink may fail once more";
}

TEST(DefinitionPlanTest, ASourceIsEnabledBehindItsSinks) {
    auto actual = with_topic();
    actual.sources[0].definition["disabled"] = {{"reason", "API"}};
    actual.sources[0].sinks = {body_sink("old"), body_sink("off")};
    actual.sources[0].sinks[0].definition["disabled"] = {
        {"reason", "Auto-disabled with the parent source."}};
    actual.sources[0].sinks[1].definition["disabled"] = {{"reason", "API"}};
    EXPECT_EQ(
        calls_of(plan_with("sources:\n  - id: ev\n    enabled: true\n" + std::string(kTwoSinks) +
                               "      - {id: old, enabled: true}\n"
                               "      - {id: off, enabled: true}\n",
                           actual)),
        (Calls{"POST /ev/sinks", "POST /ev/sinks", "POST /ev/sinks", "PUT /ev/sinks/off/enable",
               "PUT /ev/enable"}));
    EXPECT_EQ(calls_of(plan_with("sources:\n  - id: ev\n    enabled: true\n    name: E\n", actual)),
              (Calls{"PATCH /ev", "PUT /ev/enable"}));
}

// Goal    a sink that somebody has disabled stays so in a source that is disabled too.
TEST(DefinitionPlanTest, OfADisabledSourceASinkMayBeDisabledItself) {
    auto actual = with_topic();
    actual.sources[0].definition["disabled"] = {{"reason", "API"}};
    actual.sources[0].sinks = {body_sink("old"), body_sink("off")};
    for (auto& sink : actual.sources[0].sinks) sink.definition["name"] = sink.definition["sinkId"];
    actual.sources[0].sinks[0].definition["disabled"] = {
        {"reason", "Auto-disabled with the parent source."}};
    actual.sources[0].sinks[1].definition["disabled"] = {{"reason", "API"}};
    const auto text = definition_text(actual);
    EXPECT_TRUE(plan_with(text, actual).changes.empty()) << text;
    const auto elsewhere = plan_with(text, Actual());
    std::vector<std::string> born_disabled;
    for (const auto& change : elsewhere.changes) {
        for (const auto& call : change.calls) {
            if (call.body && member(*call.body, {"enabled"}) == false) {
                born_disabled.push_back(change.what);
            }
        }
    }
    EXPECT_EQ(born_disabled, std::vector<std::string>{"sink ev/off"});
    EXPECT_EQ(calls_of(plan_with("sources:\n  - id: ev\n    sinks:\n"
                                 "      - {id: old, enabled: false}\n"
                                 "      - {id: off, enabled: true}\n",
                                 actual)),
              (Calls{"PUT /ev/sinks/off/enable", "PUT /ev/sinks/old/disable"}));
}

TEST(DefinitionPlanTest, WhatLooksLikeASizeOrADurationIsATextElsewhere) {
    auto actual = with_topic();
    actual.sources[0].definition["kafka"]["topic"] = "1h";
    EXPECT_EQ(calls_of(plan_with("sources:\n  - id: ev\n    kafka: {topic: 60m}\n", actual)),
              (Calls{"PATCH /ev"}));
    actual.sources[0].settings = {
        {{"key", "a.duration"},
         {"value", "1m0s"},
         {"origin", "source"},
         {"validation", "required,minDuration=1s"}},
        {{"key", "a.size"},
         {"value", "1MB"},
         {"origin", "source"},
         {"validation", "required,minBytes=1B"}},
        {{"key", "a.text"}, {"value", "60s"}, {"origin", "source"}, {"validation", "maxLength=9"}}};
    const auto with = [&](const std::string& settings) {
        return plan_with("sources:\n  - id: ev\n    settings: {" + settings + "}\n", actual)
            .changes.size();
    };
    EXPECT_EQ(with("a.duration: 60s"), 0U);
    EXPECT_EQ(with("a.duration: 60000000000"), 0U);
    EXPECT_EQ(with("a.duration: 61s"), 1U);
    EXPECT_EQ(with("a.size: 1024KB"), 0U);
    EXPECT_EQ(with("a.size: 1048576"), 0U);
    EXPECT_EQ(with("a.size: 1KB"), 1U);
    EXPECT_EQ(with("a.text: 60s"), 0U);
    EXPECT_EQ(with("a.text: 1m0s"), 1U);
}

TEST(DefinitionPlanTest, WithoutATypeThatOfTheSourceStays) {
    EXPECT_TRUE(plan_with("sources:\n  - id: ev\n", with_topic()).changes.empty());
    EXPECT_EQ(calls_of(plan_with("sources:\n  - id: ev\n    kafka: {topic: u}\n", with_topic())),
              (Calls{"PATCH /ev"}));
    const auto wanted = read_definitions("sources:\n  - id: ev\n    http: {preset: github}\n");
    ASSERT_TRUE(wanted.ok());
    const auto other = plan_of(wanted.value(), with_topic(), {});
    ASSERT_FALSE(other.ok());
    EXPECT_THAT(other.error().client_text(),
                HasSubstr("line 2: the source ev is there, of type kafka: that cannot be changed"));
    const auto made = plan_for("sources:\n  - id: new\n    kafka: {topic: t}\n");
    ASSERT_FALSE(made.ok());
    EXPECT_THAT(made.error().client_text(),
                HasSubstr("line 2: the source new is not there yet, so it needs \"type: kafka\""));
}

}  // namespace
}  // namespace millrace::cli
