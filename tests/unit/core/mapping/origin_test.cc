#include "core/mapping/origin.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::mapping {
namespace {

TEST(OriginTest, ARecordWithoutAnyHasNone) {
    EXPECT_EQ(print_origin({}), "");
    Record record;
    auto origin = Origin::parse("").value();
    origin.show_to(record);
    EXPECT_EQ(record.message, nullptr);
    EXPECT_EQ(record.client_certificate, nullptr);
    EXPECT_EQ(record.query, "");
    EXPECT_EQ(record.event_id, "");
}

TEST(OriginTest, AMessageComesBackWithEveryByte) {
    const std::string key("\xff\0k", 3);
    const std::vector<RequestHeader> headers = {{"a", "1"}, {"a", key}, {"", ""}};
    const TopicMessage message{.topic = "t",
                               .partition = 3,
                               .epoch = 2,
                               .offset = 9'000'000'000,
                               .timestamp = WallTime{-5},
                               .key = key,
                               .headers = headers};
    Record sent;
    sent.query = "id=7";
    sent.event_id = "e";
    sent.message = &message;
    const std::string_view subject = "CN=device-7";
    sent.client_certificate = &subject;

    Record record;
    auto origin = Origin::parse(print_origin(sent)).value();
    origin.show_to(record);
    EXPECT_EQ(record.query, "id=7");
    EXPECT_EQ(record.event_id, "e");
    ASSERT_NE(record.client_certificate, nullptr);
    EXPECT_EQ(*record.client_certificate, "CN=device-7");
    ASSERT_NE(record.message, nullptr);
    EXPECT_EQ(record.message->topic, "t");
    EXPECT_EQ(record.message->partition, 3);
    EXPECT_EQ(record.message->epoch, 2U);
    EXPECT_EQ(record.message->offset, 9'000'000'000);
    EXPECT_EQ(record.message->timestamp, WallTime{-5});
    EXPECT_EQ(record.message->key, key);
    ASSERT_EQ(record.message->headers.size(), 3U);
    EXPECT_EQ(record.message->headers[1].value, key);
}

TEST(OriginTest, AMessageWithoutKeyAndTimeHasNeither) {
    const TopicMessage message{.topic = "t"};
    Record sent;
    sent.message = &message;
    Record record;
    auto origin = Origin::parse(print_origin(sent)).value();
    origin.show_to(record);
    EXPECT_FALSE(record.message->key);
    EXPECT_FALSE(record.message->timestamp);
    EXPECT_TRUE(record.message->headers.empty());
}

TEST(OriginTest, AnotherTextIsCorrupt) {
    const Record record{.query = "id=7"};
    auto torn = print_origin(record);
    torn.pop_back();
    for (const auto& text : {torn, std::string("x"), std::string("\xa1\x65topic\x01", 8)}) {
        EXPECT_EQ(Origin::parse(text).error().code(), Code::corrupt);
    }
}

}  // namespace
}  // namespace millrace::mapping
