#include "api/control/known_host.h"

#include <gtest/gtest.h>

namespace millrace::control {
namespace {

TEST(KnownHostTest, AddressesPlainNamesAndThePublicNameAreKnown) {
    const struct {
        const char* host;
        bool is_known;
    } cases[] = {
        {"", true},
        {"127.0.0.1", true},
        {"10.1.2.3:8000", true},
        {"[::1]:8000", true},
        {"[fe80::1]", true},
        {"localhost:8000", true},
        {"LocalHost", true},
        {"a.localhost", true},
        {"millrace:8000", true},
        {"api.example", true},
        {"API.Example.:443", true},
        {"evil.example", false},
        {"api.example.evil.example", false},
        {"127.0.0.1.evil.example", false},
        {"1.2.3", false},
        {"localhost.evil.example:8000", false},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(is_known_host(test.host, "https://api.example:8443/base"), test.is_known)
            << test.host;
    }
}

}  // namespace
}  // namespace millrace::control
