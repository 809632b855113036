#include "api/control/render.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "core/ports/disk.h"

namespace millrace::control {
namespace {

std::string header(const Response& response, std::string_view name) {
    const auto found = std::ranges::find(
        response.headers, name, [](const auto& one) { return std::string_view(one.first); });
    return found == response.headers.end() ? "" : found->second;
}

TEST(RenderTest, AFullDiskIs507WithItsRemedy) {
    for (const auto code : {Code::unavailable, Code::unknown_outcome}) {
        const auto response =
            error_response(Error(code, "write /data/x").named(kNoSpace), "0123456789abcde");
        const auto json = nlohmann::json::parse(response.body);
        EXPECT_EQ(response.status, 507);
        EXPECT_EQ(json["statusCode"], 507);
        EXPECT_EQ(json["error"], "stream.api.diskFull");
        EXPECT_EQ(json["exceptionId"], "millrace-stream-api-0123456789abcde");
        const auto message = json["message"].get<std::string>();
        EXPECT_NE(message.find("Make room on it"), std::string::npos) << message;
        EXPECT_EQ(message.find("/data"), std::string::npos) << message;
        EXPECT_EQ(header(response, "Retry-After"), "10");
    }
}

TEST(RenderTest, WhatElseFailsInsideIsForTheOperator) {
    const auto response = error_response(Error(Code::unavailable, "write /data/x"), "0123");
    const auto json = nlohmann::json::parse(response.body);
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(json["error"], "stream.api.serviceUnavailable");
    EXPECT_EQ(header(response, "Retry-After"), "");
    EXPECT_EQ(header(error_response(Error(Code::overloaded, "busy"), "0123"), "Retry-After"), "1");
}

}  // namespace
}  // namespace millrace::control
