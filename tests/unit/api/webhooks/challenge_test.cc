#include "api/webhooks/challenge.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::webhooks {
namespace {

using Answer = std::optional<std::string>;

TEST(ChallengeTest, AHubIsAnsweredWhatItHasSentIfItKnowsTheToken) {
    const std::vector<std::string_view> tokens = {"old", "meaty hamburgers"};
    const struct {
        std::string_view query;
        Answer wanted;
    } rows[] = {
        {"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meaty+hamburgers",
         "1158201444"},
        {"hub.verify_token=meaty%20hamburgers&hub.challenge=a%2Eb&hub.mode=subscribe", "a.b"},
        {"hub%2Emode=subscribe&hub.challenge=1&hub.verify_token=old", "1"},
        {"hub.mode=subscribe&hub.challenge=1&hub.verify_token=other", {}},
        {"hub.mode=subscribe&hub.challenge=1&hub.verify_token=", {}},
        {"hub.mode=subscribe&hub.challenge=1", {}},
        {"hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=old", {}},
        {"hub.mode=subscribe&hub.verify_token=old", {}},
        {"hub.mode=subscribe&hub.challenge=%3Cscript%3E%0A&hub.verify_token=old", {}},
        {"hub.mode=subscribe&hub.challenge=%zz&hub.verify_token=old", {}},
        {"", {}},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(answer_hub_challenge(row.query, tokens), row.wanted) << row.query;
    }
    const std::vector<std::string_view> none = {""};
    EXPECT_EQ(answer_hub_challenge("hub.mode=subscribe&hub.challenge=1&hub.verify_token=", none),
              Answer());
}

TEST(ChallengeTest, AUrlVerificationIsAnsweredWithItsChallenge) {
    const struct {
        std::string_view body;
        Answer wanted;
    } rows[] = {
        {R"({"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"})",
         "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"},
        {R"({"type":"event_callback","event":{"text":"url_verification"},"challenge":"x"})", {}},
        {R"({"type":"url_verification"})", {}},
        {R"({"type":"url_verification","challenge":7})", {}},
        {R"({"type":"url_verification","challenge":"a b"})", {}},
        {R"({"type":"url_verification","challenge":"x")", {}},
        {R"(["url_verification"])", {}},
        {"", {}},
    };
    for (const auto& row : rows) EXPECT_EQ(answer_url_verification(row.body), row.wanted);
}

}  // namespace
}  // namespace millrace::webhooks
