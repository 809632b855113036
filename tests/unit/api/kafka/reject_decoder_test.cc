#include "api/kafka/reject_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "storage/expressions/sqlite_expressions.h"
#include "tests/support/clocks.h"
#include "tests/unit/api/kafka/fake_registry.h"

namespace millrace::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSchema =
    R"({"schema":"{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"n\",\"type\":\"int\"}]}"})";

class RejectDecoderTest : public testing::Test {
protected:
    static Reject reject(std::string body, std::string_view content_type,
                         const TopicMessage& message = {.topic = "orders"}) {
        Record record;
        record.message = &message;
        Reject made;
        made.body = std::move(body);
        made.content_type = content_type;
        made.origin = mapping::print_origin(record);
        return made;
    }

    // Its records, "-" in front of one that deletes; "as it is", or "!" and an error.
    std::vector<std::string> read(const Reject& reject) {
        const Source source{.kind = kKafkaSource, .details = print_details(settings_)};
        if (reader_ == nullptr) reader_ = decoders_.of(source);
        const auto found = reader_->read(reject);
        if (!found.ok()) return {"!" + found.error().client_text()};
        if (!found.value()) return {"as it is"};
        std::vector<std::string> records;
        for (const auto& record : *found.value()) {
            EXPECT_EQ(record.content_type, "application/json");
            records.push_back((record.deletes ? "-" : "") + record.body);
            if (record.message_key) records.back() += " of " + *record.message_key;
        }
        return records;
    }
    void open() {
        decoders_.open({.clock = clock_, .registries = registry_, .expressions = expressions_});
    }

    test::RunningClock clock_;
    FakeRegistry registry_;
    expressions::SqliteExpressions expressions_;
    RejectDecoders decoders_;
    std::shared_ptr<definitions::RejectReader> reader_;
    KafkaSettings settings_{.brokers = "b:9092", .topic = "orders"};
};

TEST_F(RejectDecoderTest, AValueThatCouldNotBeDecodedIsDecodedNow) {
    open();
    settings_.format = Format::confluent_avro;
    settings_.registry_url = "http://registry";
    const auto raw = reject(std::string("\0\0\0\0\7\x54", 6), kUndecoded);
    registry_.set_away(true);
    EXPECT_THAT(read(raw), ElementsAre(HasSubstr("!")));
    registry_.set_away(false);
    registry_.put("schemas/ids/7", kSchema);
    EXPECT_THAT(read(raw), ElementsAre(R"({"n":42})"));
    const auto questions = registry_.questions();
    EXPECT_THAT(read(raw), ElementsAre(R"({"n":42})"));
    EXPECT_EQ(registry_.questions(), questions) << "a schema is asked for once";
    EXPECT_THAT(read(reject("\1", kUndecoded)), ElementsAre(HasSubstr("zero byte")));
    EXPECT_THAT(read(reject(R"({"n":1})", "application/json")), ElementsAre("as it is"));
}

TEST_F(RejectDecoderTest, ARegistryThatIsAwayEndsTheRetryAndASchemaThatIsNotThereDoesNot) {
    open();
    settings_.format = Format::confluent_avro;
    settings_.registry_url = "http://registry";
    const auto raw = reject(std::string("\0\0\0\0\7\x54", 6), kUndecoded);
    static_cast<void>(read(raw));
    EXPECT_EQ(reader_->read(raw).error().code(), Code::invalid);
    registry_.set_away(true);
    reader_.reset();
    static_cast<void>(read(raw));
    EXPECT_EQ(reader_->read(raw).error().code(), Code::unavailable);
}

TEST_F(RejectDecoderTest, EachItemOfAnArrayIsARecordUnlessAFilterDropsOne) {
    open();
    settings_.format = Format::avro;
    settings_.records = Records::array;
    settings_.avro_schema = R"({"type":"array","items":"int"})";
    EXPECT_THAT(read(reject(std::string("\4\2\4\0", 4), kUndecoded)), ElementsAre("1", "2"));
    EXPECT_THAT(read(reject(std::string("\0", 1), kUndecoded)),
                ElementsAre(HasSubstr("no record")));
}

TEST_F(RejectDecoderTest, ATombstoneDeletesIfItsSourceSaysSo) {
    open();
    const TopicMessage message{.topic = "orders", .key = "customer-7", .is_tombstone = true};
    const auto tombstone = reject("null", "application/json", message);
    EXPECT_THAT(read(tombstone), ElementsAre("as it is"));
    settings_.on_null = OnNull::erase;
    reader_.reset();
    EXPECT_THAT(read(tombstone), ElementsAre("-\"customer-7\" of customer-7"));
    EXPECT_THAT(read(reject("null", "application/json")), ElementsAre("as it is"))
        << "a value that is null is one";
}

// Goal    a key that could not be decoded is decoded now, one that could stays as it is.
TEST_F(RejectDecoderTest, AKeyThatCouldNotBeDecodedIsDecodedNow) {
    open();
    settings_.key_format = KeyFormat::confluent_avro;
    settings_.registry_url = "http://registry";
    settings_.on_null = OnNull::erase;
    const std::string raw("\0\0\0\0\7\x54", 6);
    const TopicMessage gone{.topic = "orders", .key = raw, .is_tombstone = true};
    const TopicMessage row{.topic = "orders", .key = raw};
    EXPECT_THAT(read(reject("null", kUndecoded, gone)), ElementsAre(HasSubstr("no schemas/ids/7")));
    registry_.put("schemas/ids/7", kSchema);
    reader_.reset();
    EXPECT_THAT(read(reject("null", kUndecoded, gone)), ElementsAre(R"(-{"n":42} of {"n":42})"));
    EXPECT_THAT(read(reject(R"({"a":1})", kUndecoded, row)), ElementsAre(R"({"a":1} of {"n":42})"));
    const TopicMessage decoded{.topic = "orders", .key = R"({"n":1})", .is_tombstone = true};
    EXPECT_THAT(read(reject("null", "application/json", decoded)),
                ElementsAre(R"(-{"n":1} of {"n":1})"));
    settings_.on_null = OnNull::record;
    reader_.reset();
    EXPECT_THAT(read(reject("null", kUndecoded, gone)), ElementsAre(R"(null of {"n":42})"));
}

TEST_F(RejectDecoderTest, ARecordDeletesWhereTheExpressionIsTrue) {
    open();
    settings_.delete_where = {.expression = "`c0`", .fields = {{.name = "c0", .field = "gone"}}};
    const std::pair<std::string, std::string> table[] = {
        {R"({"gone":true})", "-"}, {R"({"gone":"true"})", "-"},
        {R"({"gone":2})", "-"},    {R"({"gone":false})", ""},
        {R"({"gone":"no"})", ""},  {R"({"gone":0})", ""},
        {R"({"gone":null})", ""},  {"{}", ""},
    };
    for (const auto& [body, mark] : table) {
        EXPECT_THAT(read(reject(body, "application/json")),
                    ElementsAre(mark.empty() ? "as it is" : mark + body))
            << body;
    }
}

TEST_F(RejectDecoderTest, WhatIsNoObjectIsNoneWhenItIsTriedAgain) {
    open();
    settings_.only_objects = true;
    EXPECT_THAT(read(reject("[1]", "application/json")), ElementsAre(HasSubstr("!")));
    EXPECT_THAT(read(reject("{}", "application/json")), ElementsAre("as it is"));
}

TEST_F(RejectDecoderTest, BeforeTheServiceIsOpenARetryIsToldToComeAgain) {
    static_cast<void>(read(reject("{}", "application/json")));
    EXPECT_EQ(reader_->read(reject("{}", "application/json")).error().code(), Code::unavailable);
}

}  // namespace
}  // namespace millrace::kafka
