#include "core/mapping/query.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace millrace::mapping {
namespace {

TEST(QueryTest, TheFirstParameterOfTheNameCounts) {
    struct Row {
        std::string query;
        std::string name;
        std::optional<std::string> expected;
    };
    const Row table[] = {
        {"id=7&name=a", "name", "a"},
        {"id=7&id=8", "id", "7"},
        {"id=a+b%21%C3%A9", "id", "a b!\xc3\xa9"},
        {"id=%zz%4", "id", "%zz%4"},
        {"id=%", "id", "%"},
        {"a%20b=1", "a b", "1"},
        {"id", "id", ""},
        {"id=", "id", ""},
        {"id=a=b", "id", "a=b"},
        {"&&id=1&", "id", "1"},
        {"ID=1", "id", std::nullopt},
        {"", "id", std::nullopt},
        {"idx=1", "id", std::nullopt},
    };
    std::string decoded;
    for (const auto& row : table) {
        const auto found = find_parameter(row.query, row.name, decoded);
        EXPECT_EQ(found ? std::optional(std::string(*found)) : std::nullopt, row.expected)
            << row.query;
    }
}

}  // namespace
}  // namespace millrace::mapping
