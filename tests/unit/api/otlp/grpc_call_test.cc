#include "api/otlp/grpc_call.h"

#include <gtest/gtest.h>

#include <string>

#include "api/otlp/otlp_answers.h"
#include "tests/unit/api/otlp/seen_stream.h"

namespace millrace::otlp {
namespace {

using namespace std::string_literals;

TEST(GrpcCallTest, AMessageIsWholeAndAlone) {
    EXPECT_EQ(read_message("\0\0\0\0\0"s).value().bytes, "");
    EXPECT_EQ(read_message("\0\0\0\0\2ab"s).value().bytes, "ab");
    EXPECT_FALSE(read_message("\0\0\0\0\2ab"s).value().is_compressed);
    EXPECT_TRUE(read_message("\1\0\0\0\2ab"s).value().is_compressed);
    for (const auto& body : {""s, "\0\0\0\0"s, "\0\0\0\0\3ab"s, "\0\0\0\0\1ab"s, "\2\0\0\0\2ab"s,
                             "\0\xff\xff\xff\xff"
                             "ab"s,
                             "\0\0\0\0\0\0\0\0\0\0"s}) {
        const auto read = read_message(body);
        ASSERT_FALSE(read.ok());
        EXPECT_EQ(read.error().name(), "stream.in.badRequest");
    }
}

TEST(GrpcCallTest, ARefusalBeforeTheEndOfTheBodyIsAHeadWithItsStatus) {
    const auto answer = refusal_of_call(
        error_answer(413, "stream.in.bodyTooLarge", "Too large.", Encoding::protobuf));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.headers,
              "Content-Type: application/grpc\r\ngrpc-status: 3\r\n"
              "grpc-message: stream.in.bodyTooLarge: Too large.\r\n");
}

TEST(GrpcCallTest, SuccessIsAMessageWithItsStatusBehindIt) {
    SeenStream seen;
    auto answer =
        success_answer({.rejected = 2, .message = "why"}, Signal::logs, Encoding::protobuf);
    answer.headers += "Receipt: r\r\n";
    GrpcWriter(seen).reply(answer);
    EXPECT_EQ(seen.status, 200);
    EXPECT_EQ(seen.headers, "Content-Type: application/grpc\r\nReceipt: r\r\n");
    EXPECT_EQ(seen.body, "\0\0\0\0\x09"s + answer.body);
    EXPECT_EQ(seen.trailers, "grpc-status: 0\r\n");
}

TEST(GrpcCallTest, ARefusalIsAStatusWithItsReason) {
    struct Row {
        http::Answer answer;
        std::string trailers;
    };
    const auto refused = [](int status, std::string_view message) {
        return error_answer(status, "name", message, Encoding::protobuf);
    };
    const Row table[] = {
        {refused(400, "50 % of \xc3\xa9"),
         "grpc-status: 3\r\ngrpc-message: name: 50 %25 of %C3%A9\r\n"},
        {refused(404, "gone"), "grpc-status: 5\r\ngrpc-message: name: gone\r\n"},
        {refused(429, "slow"), "grpc-status: 14\r\ngrpc-message: name: slow\r\n"},
        {refused(503, "busy"), "grpc-status: 14\r\ngrpc-message: name: busy\r\n"},
        {http::text_answer(405, "POST only"), "grpc-status: 12\r\ngrpc-message: POST only\r\n"},
    };
    for (const auto& row : table) {
        SeenStream seen;
        GrpcWriter(seen).reply(row.answer);
        EXPECT_EQ(seen.status, 200);
        EXPECT_EQ(seen.body, "");
        EXPECT_EQ(seen.trailers, row.trailers);
    }
}

}  // namespace
}  // namespace millrace::otlp
