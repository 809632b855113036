#include "api/control/auth.h"

#include <gtest/gtest.h>

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
    const Auth auth(Secret("token"));
    for (const auto& test : cases) {
        Request request;
        request.storage_token = test.storage_token;
        request.authorization = test.authorization;
        SCOPED_TRACE(test.storage_token.value_or("-") + " " + test.authorization.value_or("-"));
        const auto actor = auth.authenticate(request);
        ASSERT_EQ(actor.ok() ? "" : actor.error().name(), test.error);
    }
}

}  // namespace
}  // namespace millrace::control
