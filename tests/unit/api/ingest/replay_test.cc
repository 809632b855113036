#include "api/ingest/replay.h"

#include <gmock/gmock.h>

namespace millrace::ingest {
namespace {

using testing::HasSubstr;

TEST(ReplayTest, AnAnswerComesBackAsItWasWithOneMoreHeader) {
    const Answer first{.status = 422, .media = Media::json, .headers = "A: b\r\n", .body = "{}"};
    const auto kept = to_remember(first, 7);
    EXPECT_EQ(replayed(kept).records, 7U);
    const auto again = replayed(kept).answer;
    EXPECT_EQ(again.status, 422);
    EXPECT_EQ(again.media, Media::json);
    EXPECT_EQ(again.headers, "A: b\r\nAck: disk\r\nIdempotency-Replayed: true\r\n");
    EXPECT_EQ(again.body, "{}");
    EXPECT_EQ(replayed(to_remember(text_answer(202, "OK"), 1)).answer.media, Media::text);
}

TEST(ReplayTest, OfALargeReportOnlyTheStatusIsKept) {
    const auto large = [](int status, std::size_t bytes) {
        return replayed(to_remember({.status = status,
                                     .media = Media::json,
                                     .headers = "",
                                     .body = std::string(bytes, ' ')},
                                    1))
            .answer;
    };
    EXPECT_EQ(large(200, 64 << 10).body.size(), 64U << 10);
    const auto ok = large(200, (64 << 10) + 1);
    EXPECT_EQ(ok.status, 200);
    EXPECT_THAT(ok.body, HasSubstr("The report of the first answer was too large to be kept."));
    EXPECT_EQ(ok.body.find("error"), std::string::npos);
    EXPECT_THAT(large(422, 1 << 20).body, HasSubstr("\"error\": \"stream.in.writeFailed\""));
}

}  // namespace
}  // namespace millrace::ingest
