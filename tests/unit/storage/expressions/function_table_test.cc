#include "storage/expressions/function_table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "storage/expressions/special_calls.h"

namespace millrace::expressions {
namespace {

TEST(FunctionTableTest, TheDocumentListsEveryFunction) {
    std::ifstream file("docs/stream-load.md");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    ASSERT_FALSE(page.empty()) << "run from the root of the source tree";
    const auto is_there = [&](std::string_view name) {
        return page.find("`" + std::string(name) + "`") != std::string::npos;
    };
    for (const auto name : function_names()) EXPECT_TRUE(is_there(name)) << name;
    for (const auto name : special_function_names()) EXPECT_TRUE(is_there(name)) << name;
}

TEST(FunctionTableTest, NoNameIsThereTwice) {
    std::set<std::string_view> names;
    for (const auto name : function_names()) EXPECT_TRUE(names.insert(name).second) << name;
    for (const auto name : special_function_names()) {
        EXPECT_TRUE(names.insert(name).second) << name;
    }
}

}  // namespace
}  // namespace millrace::expressions
