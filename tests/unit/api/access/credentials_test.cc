#include "api/access/credentials.h"

#include <gtest/gtest.h>

#include <string_view>

namespace millrace::access {
namespace {

TEST(CredentialsTest, TheTokenOfBearerIsWhatIsBehindTheScheme) {
    struct Case {
        std::string_view header;
        std::string_view token;
    };
    for (const auto& [header, token] : {
             Case{"Bearer abc", "abc"},
             Case{"bearer abc", "abc"},
             Case{"  BEARER   abc  ", "abc"},
             Case{"Bearer a b", "a b"},
             Case{"Bearer", ""},
             Case{"Bearer ", ""},
             Case{"Bearerabc", ""},
             Case{"Basic abc", ""},
             Case{"abc", ""},
             Case{"", ""},
         }) {
        EXPECT_EQ(bearer_token(header), token) << header;
    }
}

TEST(CredentialsTest, BothSchemesGiveAPassword) {
    struct Case {
        std::string_view header;
        std::string_view user;
        std::string_view password;
    };
    for (const auto& [header, user, password] : {
             Case{"Bearer abc", "", "abc"}, Case{"Basic cm9vdDpwdw==", "root", "pw"},
             Case{"basic cm9vdDo=", "root", ""},
             Case{"Basic cm9vdDphOmI=", "root", "a:b"},  // the first colon ends the user's name
         }) {
        const auto found = parse_credentials(header);
        ASSERT_TRUE(found) << header;
        EXPECT_EQ(found->user, user) << header;
        EXPECT_EQ(found->password, password) << header;
    }
}

TEST(CredentialsTest, AnythingElseIsNone) {
    for (const auto* header :
         {"", "Basic", "Basic ", "Basic ?", "Basic cm9vdA==", "Digest x", "abc"}) {
        EXPECT_FALSE(parse_credentials(header)) << header;
    }
}

}  // namespace
}  // namespace millrace::access
