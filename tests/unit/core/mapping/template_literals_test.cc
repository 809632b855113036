#include "core/mapping/template_literals.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::mapping {
namespace {

std::string fault_of(std::string_view text) {
    const auto checked = check_template_literals(text);
    return checked.ok() ? "" : std::string(checked.error().client_text());
}

TEST(TemplateLiteralsTest, WhatCanNeverWorkIsFoundWithItsPlace) {
    EXPECT_EQ(fault_of("Now('%s')"),
              R"(1:1 Now: datetime format "%s" is invalid: unknown specification "%s")");
    EXPECT_EQ(fault_of("{\n  a: Body('$.a') }"),
              R"(2:6 Body: a path begins at the body without "$": write "a")");
    EXPECT_NE(fault_of("local f(x) = x; std.map(f, Body('items[*]', []))"), "");
    EXPECT_NE(fault_of("Body(\"a[\")"), "");
}

TEST(TemplateLiteralsTest, WhatMayWorkIsLeftToTheEvaluation) {
    for (const auto* text :
         {"Now()", "Now('%Y')", "Body('a[0]')", "Body()", "Body('')", "Body('a', 'b[*]')",
          "Body('a' + '[*]')", "Header('a[*]')", "'Now(%s)'", "// Now('%s')\n1", "Body('a[*]'", "",
          "local x = 'a[*]'; Body(x)"}) {
        EXPECT_EQ(fault_of(text), "") << text;
    }
}

}  // namespace
}  // namespace millrace::mapping
