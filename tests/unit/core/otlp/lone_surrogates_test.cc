#include "core/otlp/lone_surrogates.h"

#include <gtest/gtest.h>

#include "core/otlp/json_request.h"

namespace millrace::otlp {
namespace {

TEST(LoneSurrogatesTest, HalfACharacterIsTheReplacementCharacter) {
    struct Case {
        const char* json;
        const char* changed;  // null: as it is
    };
    const Case cases[] = {
        {R"({})", nullptr},
        {R"("\ud83d\ude00")", nullptr},
        {R"("\\ud83d")", nullptr},
        {R"("\u00e9\n\"")", nullptr},
        {R"("\ud83d")", R"("\ufffd")"},
        {R"("\ude00")", R"("\ufffd")"},
        {R"("\uD83D\ud83d\uDE00")", R"("\ufffd\ud83d\uDE00")"},
        {R"("\\\ud83dx")", R"("\\\ufffdx")"},
        {R"("\ud83d","\ud83d")", R"("\ufffd","\ufffd")"},
        {R"("\ud83)", nullptr},
        {R"("\)", nullptr},
    };
    for (const auto& [json, changed] : cases) {
        const auto found = without_lone_surrogates(json);
        EXPECT_EQ(found.has_value(), changed != nullptr) << json;
        if (found) {
            EXPECT_EQ(*found, changed == nullptr ? json : changed);
        }
    }
}

// Goal    one text that was cut within a character does not cost the records beside it.
TEST(LoneSurrogatesTest, ARequestWithOneIsRead) {
    const auto request = [](const char* text) {
        return std::string(
                   R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":")") +
               text + R"("}}]}]}]})";
    };
    JsonRequest json;
    const auto cut = json.to_wire(Signal::logs, request(R"(cut \ud83d)"));
    ASSERT_TRUE(cut.ok()) << cut.error().client_text();
    const std::string wire(cut.value());
    EXPECT_EQ(wire, json.to_wire(Signal::logs, request(R"(cut \ufffd)")).value());
    EXPECT_NE(wire.find("cut \xef\xbf\xbd"), std::string::npos);
    EXPECT_FALSE(json.to_wire(Signal::logs, request(R"(\x)")).ok());
}

}  // namespace
}  // namespace millrace::otlp
