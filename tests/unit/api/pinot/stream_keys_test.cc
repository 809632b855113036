#include "api/pinot/stream_keys.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "api/kafka/property_rules.h"
#include "api/pinot/consumer_properties.h"
#include "api/pinot/pinot_stream.h"

namespace millrace::pinot {
namespace {

// A stream that is fine, with one key more.
PinotFindings findings_with(const std::string& key, const std::string& value) {
    Json map = {{"streamType", "kafka"},
                {"stream.kafka.topic.name", "t"},
                {"stream.kafka.broker.list", "b:1"},
                {"stream.kafka.decoder.class.name", "x.JSONMessageDecoder"}};
    map[key] = value;
    PinotFindings findings;
    read_pinot_stream(map, "", nullptr, WallTime{0}, findings);
    return findings;
}

// Goal    the table of docs/pinot.md is what the service does.
TEST(StreamKeysTest, TheDocumentHasTheTable) {
    std::ifstream file("docs/pinot.md");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_NE(text.str().find(stream_keys_table()), std::string::npos) << stream_keys_table();
}

TEST(StreamKeysTest, EachKeyDoesWhatTheTableSays) {
    for (const auto& [key, fate, says, off] : stream_keys()) {
        auto name = std::string(key);
        if (name.ends_with('*')) name = name.substr(0, name.size() - 1) + "some.thing";
        SCOPED_TRACE(name);
        const auto findings = findings_with(name, "whatever");
        if (fate == KeyFate::no_effect) {
            EXPECT_TRUE(findings.is_fine());
            ASSERT_EQ(findings.warnings().size(), 1U);
            EXPECT_NE(findings.warnings()[0].find("'" + name + "' has no effect"),
                      std::string::npos);
        }
        if (fate == KeyFate::refused) {
            EXPECT_NE(
                findings.result().error().client_text().find("'" + name + "' is not supported"),
                std::string::npos);
        }
        if (!off.empty()) {
            EXPECT_TRUE(findings_with(name, std::string(off)).is_fine());
        }
        EXPECT_NE(find_stream_key(name), nullptr);
    }
    EXPECT_EQ(find_stream_key("stream.kafka.nothing"), nullptr);
}

TEST(ConsumerPropertiesTest, TheDocumentHasTheTable) {
    std::ifstream file("docs/pinot.md");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_NE(text.str().find(consumer_properties_table()), std::string::npos)
        << consumer_properties_table();
}

// Goal    a property does what the table says, with the prefix of the stream and without it.
TEST(ConsumerPropertiesTest, EachPropertyDoesWhatTheTableSays) {
    for (const auto& property : consumer_properties()) {
        auto name = std::string(property.name);
        if (name.ends_with('*')) name = name.substr(0, name.size() - 1) + "some.thing";
        for (const auto& key : {name, "stream.kafka.consumer.prop." + name}) {
            SCOPED_TRACE(key);
            const auto findings = findings_with(key, "7");
            if (property.fate == KeyFate::mapped) {
                EXPECT_NE(kafka::find_property(property.native), nullptr);
                EXPECT_TRUE(findings.is_fine());
                EXPECT_TRUE(findings.warnings().empty());
            } else if (property.fate == KeyFate::no_effect) {
                EXPECT_TRUE(findings.is_fine());
                ASSERT_EQ(findings.warnings().size(), 1U);
            } else {
                EXPECT_FALSE(findings.is_fine());
            }
        }
    }
    EXPECT_TRUE(is_secret_key("stream.kafka.consumer.prop.ssl.keystore.key"));
    EXPECT_TRUE(is_secret_key("ssl.keystore.key"));
}

}  // namespace
}  // namespace millrace::pinot
