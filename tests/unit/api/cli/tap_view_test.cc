#include "api/cli/tap_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace millrace::cli {
namespace {

Json some_request() {
    return *parse_json(R"({"id": "7", "at": "2026-11-30T03:04:05.678Z", "status": "partly",
        "statusCode": 200, "error": "stream.in.badRecord", "message": "Path \"id\" not found.",
        "clientIp": "127.0.0.1", "contentType": "application/json", "bodyBytes": 120,
        "body": "{\"a\":\n1}", "isBodyCut": true, "records": 2, "accepted": 1, "kept": 1,
        "sinks": [{"sinkId": "orders", "status": "accepted", "accepted": 2, "rejected": 0, "kept": 0, "problems": []},
                  {"sinkId": "lines", "status": "kept", "accepted": 0, "rejected": 0, "kept": 1,
                   "problems": [{"record": 2, "error": "stream.in.badRecord", "message": "Path \"id\" not found."}]},
                  {"sinkId": "none", "status": "refused", "accepted": 0, "rejected": 2, "kept": 0, "problems": []}]})");
}

TEST(TapViewTest, ARequestIsALineAndOneForEachProblem) {
    EXPECT_EQ(tap_lines(some_request(), {}),
              "03:04:05.678  partly     200  2 records  120 B  127.0.0.1  -> orders, lines "
              "(reject); Path \"id\" not found. (stream.in.badRecord)\n"
              "    lines, record 2: Path \"id\" not found.\n");
}

TEST(TapViewTest, AProblemOfALineHasTheNumberOfTheLine) {
    const auto request = *parse_json(R"({"at": "2026-11-30T03:04:05.678Z", "status": "partly",
        "statusCode": 200, "clientIp": "::1", "bodyBytes": 9, "records": 2,
        "sinks": [{"sinkId": "rows", "accepted": 1, "kept": 0,
                   "problems": [{"line": 4, "error": "e", "message": "Bad."}]}]})");
    EXPECT_THAT(tap_lines(request, {}), testing::EndsWith("\n    rows, line 4: Bad.\n"));
}

TEST(TapViewTest, AMessageOfATopicHasItsPlaceAndNoStatus) {
    const auto message = *parse_json(R"({"at": "2026-11-30T03:04:05.678Z", "status": "kept",
        "error": "stream.in.invalidJson", "message": "Partition 3, offset 17: bad.", "clientIp": "",
        "kafka": {"topic": "orders", "partition": 3, "offset": 17}, "bodyBytes": 6, "records": 1,
        "sinks": [{"sinkId": "rows", "accepted": 0, "kept": 1, "problems": []}]})");
    EXPECT_EQ(tap_lines(message, {}),
              "03:04:05.678  kept            1 record  6 B  orders/3/17  -> rows (reject); "
              "Partition 3, offset 17: bad. (stream.in.invalidJson)\n");
}

TEST(TapViewTest, TheBodyIsShownWhereThatIsAsked) {
    const auto text = tap_lines(some_request(), {.width = 0, .has_body = true});
    EXPECT_THAT(text, testing::EndsWith("    {\"a\":\\n1} …\n"));
    const auto hidden = *parse_json(R"({"status": "accepted", "isBodyHidden": true})");
    EXPECT_THAT(tap_lines(hidden, {.width = 0, .has_body = true}),
                testing::HasSubstr("an admin's token shows the body"));
}

TEST(TapViewTest, NoLineIsWiderThanTheTerminal) {
    EXPECT_EQ(tap_lines(some_request(), {.width = 20}),
              "03:04:05.678  partl…\n"
              "    lines, record 2…\n");
}

}  // namespace
}  // namespace millrace::cli
