#include "api/webhooks/webhook_details.h"

#include <gtest/gtest.h>

namespace millrace::webhooks {
namespace {

TEST(WebhookDetailsTest, TheTextIsReadAsItWasWritten) {
    WebhookDetails details;
    EXPECT_EQ(details.to_text(), "{}");
    details.preset = find_preset("generic-hmac");
    details.signature = {.header = "X-Sign",
                         .timestamp_header = "X-Time",
                         .id_header = "X-Id",
                         .prefix = "p=",
                         .signed_text = "{timestamp}{id}{body}",
                         .algorithm = Algorithm::sha512,
                         .encoding = Encoding::base64,
                         .tolerance = Milliseconds(7000)};
    details.secrets = {"new", "old"};
    details.verify_token = "t";
    const auto read = WebhookDetails::parse(details.to_text());
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read.value().preset, details.preset);
    EXPECT_EQ(read.value().signature, details.signature);
    EXPECT_EQ(read.value().secrets, details.secrets);
    EXPECT_EQ(read.value().verify_token, "t");
    const SignatureRule wanted{
        .headers = {{.signature = "X-Sign", .timestamp = "X-Time", .id = "X-Id"}},
        .algorithm = Algorithm::sha512,
        .encoding = Encoding::base64,
        .prefix = "p=",
        .signed_text = "{timestamp}{id}{body}",
        .tolerance = Milliseconds(7000)};
    EXPECT_EQ(read.value().rule(), wanted);
}

TEST(WebhookDetailsTest, EveryPresetCanBeChecked) {
    std::string names;
    for (const auto& preset : presets()) {
        names += std::string(preset.name) + " ";
        if (preset.is_generic) continue;
        EXPECT_TRUE(SignatureCheck::compile(preset.signature, {}).ok()) << preset.name;
    }
    EXPECT_EQ(names,
              "generic-hmac github meta shopify slack standard-webhooks stripe svix twilio ");
}

}  // namespace
}  // namespace millrace::webhooks
