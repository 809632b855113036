#include "api/http/answer_heads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "api/http/answer.h"

namespace millrace::http {
namespace {

constexpr WallTime kMoment{784'111'777'999};

TEST(AnswerHeadsTest, TheDateIsThatOfHttp) {
    EXPECT_EQ(http_date(kMoment), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date(WallTime{0}), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(http_date(WallTime{-1}), "Wed, 31 Dec 1969 23:59:59 GMT");
    EXPECT_EQ(http_date(WallTime{951'827'696'000}), "Tue, 29 Feb 2000 12:34:56 GMT");
}

TEST(AnswerHeadsTest, ClientsAreToldHowLongTheirConnectionIsKept) {
    const std::string date = "Server: millrace\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    const AnswerHeads heads(Milliseconds{75'900}, kMoment);
    for (const bool is_http_11 : {false, true}) {
        EXPECT_EQ(heads.lines(is_http_11, true),
                  date + "Connection: keep-alive\r\nKeep-Alive: timeout=75\r\n");
        EXPECT_EQ(heads.lines(is_http_11, false), date + "Connection: close\r\n");
    }
    const AnswerHeads short_lived(Milliseconds{999}, kMoment);
    EXPECT_EQ(short_lived.lines(true, true), date);
    EXPECT_EQ(short_lived.lines(false, true), date + "Connection: keep-alive\r\n");
}

TEST(AnswerHeadsTest, TheyAreMadeAnewWithTheSecondAndNotBefore) {
    AnswerHeads heads(Milliseconds{75'000}, kMoment);
    const auto* const first = heads.lines(true, true).data();
    heads.tell_time(WallTime{784'111'777'000});
    EXPECT_EQ(heads.lines(true, true).data(), first);
    for (const auto& [at, text] : {std::pair(784'111'778'000, "08:49:38 GMT"),
                                   {784'111'776'000, "08:49:36 GMT"}}) {  // the clock was set back
        heads.tell_time(WallTime{at});
        EXPECT_NE(heads.lines(true, true).find(text), std::string::npos);
        EXPECT_NE(heads.plain_ok(200, true, true).find(text), std::string::npos);
    }
}

TEST(AnswerHeadsTest, ThePlainAnswerIsTheSameAsOneThatIsMade) {
    const AnswerHeads heads(Milliseconds{75'000}, kMoment);
    for (int i = 0; i < 16; ++i) {
        const int status = (i & 1) != 0 ? 202 : 200;
        const Framing framing{.is_http_11 = (i & 2) != 0,
                              .keep_alive = (i & 4) != 0,
                              .origin = (i & 8) != 0 ? "https://shop.example" : "",
                              .exposed_headers = "Ack"};
        auto answer = text_answer(status, "OK");
        answer.headers = "Ack: disk\r\n";
        std::string made;
        append_answer(made, answer, framing, heads.lines(framing.is_http_11, framing.keep_alive));
        std::string plain;
        append_plain_ok(plain, status, answer.headers, framing, heads);
        const auto sorted = [](std::string text) {
            std::sort(text.begin(), text.end());
            return text;
        };
        EXPECT_EQ(sorted(plain), sorted(made)) << plain;
        EXPECT_EQ(plain.substr(plain.size() - 6), "\r\n\r\nOK");
    }
}

}  // namespace
}  // namespace millrace::http
