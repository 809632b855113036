#include "api/doors/remembered_outcome.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <string>

namespace millrace::doors {
namespace {

using testing::HasSubstr;

Answer again(const Answer& first, std::uint64_t records = 1) {
    return replayed(decode_outcome(encode_outcome(first, records)).value().answer);
}

TEST(RememberedOutcomeTest, AnAnswerComesBackAsItWasWithOneMoreHeader) {
    const Answer first{.status = 422, .media = Media::json, .headers = "A: b\r\n", .body = "{}"};
    const auto remembered = decode_outcome(encode_outcome(first, 7));
    ASSERT_TRUE(remembered);
    EXPECT_EQ(remembered->records, 7U);
    const auto replay = replayed(remembered->answer);
    EXPECT_EQ(replay.status, 422);
    EXPECT_EQ(replay.media, Media::json);
    EXPECT_EQ(replay.headers, "A: b\r\nAck: disk\r\nIdempotency-Replayed: true\r\n");
    EXPECT_EQ(replay.body, "{}");
    EXPECT_EQ(again(text_answer(202, "OK")).media, Media::text);
}

TEST(RememberedOutcomeTest, OfALargeReportOnlyTheStatusIsKept) {
    const auto large = [](int status, std::size_t bytes) {
        return again({.status = status,
                      .media = Media::json,
                      .headers = "",
                      .body = std::string(bytes, ' ')});
    };
    EXPECT_EQ(large(200, 64 << 10).body.size(), 64U << 10);
    const auto ok = large(200, (64 << 10) + 1);
    EXPECT_EQ(ok.status, 200);
    EXPECT_THAT(ok.body, HasSubstr("The report of the first answer was too large to be kept."));
    EXPECT_EQ(ok.body.find("error"), std::string::npos);
    EXPECT_THAT(large(422, 1 << 20).body, HasSubstr("\"error\": \"stream.in.writeFailed\""));
}

// Goal    the bytes are those that journals have.
TEST(RememberedOutcomeTest, TheFormatIsThatOfTheGoldenFile) {
    const Answer answer{
        .status = 422, .media = Media::json, .headers = "Retry-After: 1\r\n", .body = "{}\n"};
    std::ifstream file("tests/data/golden/outcome_v1.bin", std::ios::binary);
    const std::string golden{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(encode_outcome(answer, 258), golden);
}

TEST(RememberedOutcomeTest, OtherBytesAreNoOutcome) {
    const auto bytes = encode_outcome(text_answer(200, "OK"), 1);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        EXPECT_FALSE(decode_outcome(bytes.substr(0, cut))) << cut;
    }
    EXPECT_FALSE(decode_outcome(bytes + "x"));
    auto unknown = bytes;
    unknown[2] = 3;
    EXPECT_FALSE(decode_outcome(unknown)) << "no such media type";
}

}  // namespace
}  // namespace millrace::doors
