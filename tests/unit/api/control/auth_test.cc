#include "api/control/auth.h"

#include <gtest/gtest.h>

#include "api/access/token_digest.h"
#include "tests/support/manual_ports.h"

namespace millrace::control {
namespace {

TEST(AuthTest, FindsTheTokenInEitherHeader) {
    const struct {
        std::optional<std::string> storage_token;
        std::optional<std::string> authorization;
        const char* error;  // empty: let in
    } cases[] = {
        {"token", {}, ""},
        {"Bearer token", {}, ""},
        {{}, "Bearer token", ""},
        {{}, "bEARER  token ", ""},
        {"token", "Bearer wrong", ""},
        {"wrong", "Bearer token", "stream.api.unauthorized"},
        {"toke", {}, "stream.api.unauthorized"},
        {"tokenn", {}, "stream.api.unauthorized"},
        {{}, "token", "stream.api.missingField"},
        {{}, "Basic token", "stream.api.missingField"},
        {{}, "Bearer ", "stream.api.missingField"},
        {"", {}, "stream.api.missingField"},
        {{}, {}, "stream.api.missingField"},
    };
    fakes::MemoryTokens tokens;
    const Auth auth(Secret("token"), ProjectId(1), tokens);
    for (const auto& test : cases) {
        Request request;
        request.storage_token = test.storage_token;
        request.authorization = test.authorization;
        SCOPED_TRACE(test.storage_token.value_or("-") + " " + test.authorization.value_or("-"));
        const auto caller = auth.authenticate(request);
        ASSERT_EQ(caller.ok() ? "" : caller.error().name(), test.error);
    }
}

TEST(AuthTest, KnowsTheTokensOfTheCatalogAndTheirRoles) {
    fakes::MemoryTokens tokens;
    const Auth auth(Secret("token"), ProjectId(1), tokens);
    ASSERT_TRUE(tokens
                    .add_token({.project = ProjectId(1),
                                .id = TokenId("t1"),
                                .digest = access::token_digest("other"),
                                .description = "CI",
                                .role = TokenRole::readonly,
                                .buckets = {},
                                .created = {}},
                               10)
                    .value());
    Request request;
    request.storage_token = "other";
    const auto caller = auth.authenticate(request).value();
    EXPECT_EQ(caller.actor, (Actor{.type = "user", .token_id = "t1", .token_description = "CI"}));
    EXPECT_EQ(require_admin(caller).error().name(), "stream.api.forbidden");

    request.storage_token = "token";
    EXPECT_TRUE(require_admin(auth.authenticate(request).value()).ok());
    request.storage_token = access::token_digest("other");
    EXPECT_EQ(auth.authenticate(request).error().name(), "stream.api.unauthorized")
        << "what is stored does not open the door";
}

}  // namespace
}  // namespace millrace::control
