#include "api/kafka/message_schemas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/clocks.h"
#include "tests/unit/api/kafka/fake_registry.h"

namespace millrace::kafka {
namespace {

using testing::HasSubstr;

class MessageSchemasTest : public testing::Test {
protected:
    test::ManualClock clock_;
    FakeRegistry registry_;
    MessageSchemas schemas_{clock_, registry_.open({})};
};

TEST_F(MessageSchemasTest, ASchemaIsAskedForOnce) {
    registry_.put("schemas/ids/7", R"({"schema":"\"int\""})");
    for (int i = 0; i < 3; ++i) {
        const auto tree = schemas_.of_id(7);
        ASSERT_TRUE(tree.ok());
        EXPECT_EQ(tree.value()->nodes[0].kind, bulk::AvroKind::int32);
    }
    EXPECT_EQ(registry_.questions(), 1);
}

TEST_F(MessageSchemasTest, WhatTheRegistryDoesNotHaveIsInvalidAndAskedAgainLater) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(schemas_.of_id(7).error().code(), Code::invalid);
    EXPECT_EQ(registry_.questions(), 1);
    registry_.put("schemas/ids/7", R"({"schema":"\"int\""})");
    EXPECT_FALSE(schemas_.of_id(7).ok());
    clock_.advance(MessageSchemas::kMissingFor);
    EXPECT_TRUE(schemas_.of_id(7).ok());
}

TEST_F(MessageSchemasTest, ARegistryThatIsAwaySaysNothingAboutASchema) {
    registry_.set_away(true);
    EXPECT_EQ(schemas_.of_id(7).error().code(), Code::unavailable);
    registry_.set_away(false);
    registry_.put("schemas/ids/7", R"({"schema":"\"int\""})");
    EXPECT_TRUE(schemas_.of_id(7).ok());
    registry_.set_away(true);
    EXPECT_TRUE(schemas_.of_id(7).ok());
}

TEST_F(MessageSchemasTest, AnAnswerThatIsNoneOfARegistryIsAskedAgain) {
    for (const auto* answer : {"", "<html>", "[]", "{}", R"({"schema":7})"}) {
        registry_.put("schemas/ids/7", answer);
        EXPECT_EQ(schemas_.of_id(7).error().code(), Code::unavailable) << answer;
    }
}

TEST_F(MessageSchemasTest, ASchemaThatIsNoAvroIsInvalidForGood) {
    registry_.put("schemas/ids/1", R"({"schema":"syntax = 3;","schemaType":"PROTOBUF"})");
    EXPECT_THAT(schemas_.of_id(1).error().client_text(), HasSubstr("PROTOBUF"));
    registry_.put("schemas/ids/2", R"({"schema":"{"})");
    EXPECT_THAT(schemas_.of_id(2).error().client_text(), HasSubstr("no JSON"));
    clock_.advance(10 * MessageSchemas::kMissingFor);
    EXPECT_FALSE(schemas_.of_id(2).ok());
    EXPECT_EQ(registry_.questions(), 2);
}

TEST_F(MessageSchemasTest, ReferencesAreFollowed) {
    registry_.put("schemas/ids/7", R"({"schema":"{\"type\":\"array\",\"items\":\"a.car\"}",
        "references":[{"name":"a.car","subject":"my car","version":3}]})");
    EXPECT_EQ(schemas_.of_id(7).error().code(), Code::invalid);
    registry_.put("subjects/my%20car/versions/3", R"({"schemaType":"AVRO",
        "schema":"{\"type\":\"record\",\"name\":\"a.car\",\"fields\":[{\"name\":\"c\",\"type\":\"color\"}]}",
        "references":[{"name":"a.color","subject":"color","version":1}]})");
    registry_.put("subjects/color/versions/1",
                  R"({"schema":"{\"type\":\"enum\",\"name\":\"a.color\",\"symbols\":[\"red\"]}"})");
    clock_.advance(MessageSchemas::kMissingFor);
    const auto tree = schemas_.of_id(7);
    ASSERT_TRUE(tree.ok()) << tree.error().client_text();
}

TEST_F(MessageSchemasTest, ReferencesThatGoInCirclesEnd) {
    registry_.put("schemas/ids/7", R"({"schema":"\"int\"",
        "references":[{"name":"a","subject":"a","version":1}]})");
    registry_.put("subjects/a/versions/1", R"({"schema":"\"int\"",
        "references":[{"name":"a","subject":"a","version":1}]})");
    EXPECT_TRUE(schemas_.of_id(7).ok());
}

TEST_F(MessageSchemasTest, OldSchemasMayBeForgottenAndAreAskedForAgain) {
    for (std::uint32_t id = 0; id <= MessageSchemas::kSchemasMax; ++id) {
        registry_.put("schemas/ids/" + std::to_string(id), R"({"schema":"\"int\""})");
        EXPECT_TRUE(schemas_.of_id(id).ok());
    }
    EXPECT_TRUE(schemas_.of_id(0).ok());
}

TEST_F(MessageSchemasTest, TheOldRegistryKnowsSchemasByTheirDigest) {
    registry_.put("id=00ff", "\"long\"");
    ASSERT_TRUE(schemas_.of_digest("00ff").ok());
    EXPECT_EQ(schemas_.of_digest("00fe").error().code(), Code::invalid);
}

TEST(RegistryOfTest, SettingsSayWhereAndAsWhom) {
    KafkaSettings settings{.format = Format::confluent_avro, .registry_url = "http://r:8081"};
    settings.secrets["schema.registry.basic.auth.user.info"] = "me:secret";
    settings.properties["schema.registry.ssl.ca.pem"] = "PEM";
    const auto registry = registry_of(settings, nullptr);
    EXPECT_EQ(registry.urls, "http://r:8081");
    EXPECT_EQ(registry.user_info, "me:secret");
    EXPECT_EQ(registry.ca_pem, "PEM");
    EXPECT_TRUE(registry.has_error_codes);
    settings.format = Format::linkedin_avro;
    EXPECT_FALSE(registry_of(settings, nullptr).has_error_codes);
}

}  // namespace
}  // namespace millrace::kafka
