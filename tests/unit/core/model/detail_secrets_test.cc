#include "core/model/detail_secrets.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(DetailSecretsTest, TheMemberIsTakenOutAndPutBack) {
    const struct {
        std::string details;
        std::optional<std::string> secrets;
        std::string without;
    } rows[] = {
        {"{}", {}, "{}"},
        {R"({"topic":"t"})", {}, R"({"topic":"t"})"},
        {R"({"secrets":["a"],"topic":"t"})", R"(["a"])", R"({"topic":"t"})"},
        {R"({"secrets":{"signature":["a"]}})", R"({"signature":["a"]})", "{}"},
        {R"({"topic":"secrets"})", {}, R"({"topic":"secrets"})"},
        {R"({"a":{"secrets":1}})", {}, R"({"a":{"secrets":1}})"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(detail_secrets(row.details), row.secrets) << row.details;
        EXPECT_EQ(without_detail_secrets(row.details), row.without) << row.details;
        EXPECT_EQ(with_detail_secrets(row.without, row.secrets), row.details);
    }
}

TEST(DetailSecretsTest, WhatIsNoObjectStaysAsItIs) {
    EXPECT_EQ(without_detail_secrets("secrets"), "secrets");
    EXPECT_EQ(detail_secrets(R"(["secrets"])"), std::nullopt);
}

}  // namespace
}  // namespace millrace
