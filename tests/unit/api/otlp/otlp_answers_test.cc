#include "api/otlp/otlp_answers.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "core/base/error_names.h"

namespace millrace::otlp {
namespace {

using testing::HasSubstr;

TEST(OtlpAnswersTest, WhatMayPassIsToBeSentAgainAndNothingElse) {
    const auto named = [](Code code, std::string_view name) {
        return status_of(Error(code, "x").named(name));
    };
    EXPECT_EQ(named(Code::overloaded, error_names::kInDiskFull), 503);
    EXPECT_EQ(named(Code::internal, ""), 503);
    EXPECT_EQ(named(Code::unknown_outcome, ""), 503);
    EXPECT_EQ(named(Code::conflict, error_names::kInKeyInFlight), 503);
    EXPECT_EQ(named(Code::overloaded, error_names::kInRateLimited), 429);
    EXPECT_EQ(named(Code::invalid, error_names::kInBadRequest), 400);
    EXPECT_EQ(named(Code::not_found, error_names::kInNoSourceFound), 404);
    EXPECT_EQ(named(Code::too_large, error_names::kInBodyTooLarge), 413);
    EXPECT_EQ(named(Code::invalid, error_names::kInKeyReused), 422);
}

TEST(OtlpAnswersTest, ARefusalIsAStatusInTheEncodingOfTheRequest) {
    const auto error = Error(Code::invalid, "no good").named(error_names::kInBadRequest);
    const auto json = error_answer(error, Encoding::json);
    EXPECT_EQ(json.status, 400);
    EXPECT_EQ(json.headers, "");
    EXPECT_EQ(nlohmann::json::parse(json.body),
              (nlohmann::json{{"code", 3},
                              {"message", "No good."},
                              {"statusCode", 400},
                              {"error", "stream.in.badRequest"}}));
    const auto wire = error_answer(error, Encoding::protobuf);
    EXPECT_EQ(wire.headers, "Content-Type: application/x-protobuf\r\n");
    EXPECT_EQ(wire.body, std::string("\x08\x03\x12\x1e") + "stream.in.badRequest: No good.");
}

TEST(OtlpAnswersTest, WhoShallSendAgainIsToldWhen) {
    const Error busy = Error(Code::overloaded, "busy").named(error_names::kInVolumeBusy);
    EXPECT_EQ(error_answer(busy, Encoding::json).headers, "Retry-After: 1\r\n");
    EXPECT_EQ(error_answer(busy, Encoding::json, Milliseconds(2500)).headers, "Retry-After: 3\r\n");
    const auto limited =
        too_many_records({.per_second = 10, .wait = Milliseconds(1500)}, Encoding::json);
    EXPECT_EQ(limited.status, 429);
    EXPECT_THAT(limited.headers, HasSubstr("Retry-After: 2\r\n"));
}

TEST(OtlpAnswersTest, SuccessSaysWhatWasRejected) {
    EXPECT_EQ(success_answer({}, Signal::logs, Encoding::json).body, "{}");
    EXPECT_EQ(success_answer({}, Signal::logs, Encoding::protobuf).body, "");
    const Success some{.rejected = 3, .message = "bad"};
    EXPECT_EQ(success_answer(some, Signal::traces, Encoding::json).body,
              R"({"partialSuccess":{"errorMessage":"bad","rejectedSpans":"3"}})");
    EXPECT_EQ(success_answer(some, Signal::metrics, Encoding::protobuf).body,
              std::string("\x0a\x07\x08\x03\x12\x03") + "bad");
    EXPECT_EQ(success_answer({.message = "kept"}, Signal::logs, Encoding::json).body,
              R"({"partialSuccess":{"errorMessage":"kept"}})");
}

}  // namespace
}  // namespace millrace::otlp
