#include "api/log/line_format.h"

#include <gtest/gtest.h>

namespace millrace::log {
namespace {

TEST(LineFormatTest, TheFormsHaveTheSameEventAndFields) {
    const Fields fields = {{"table", std::string("in.c-shop.orders")},
                           {"rows", std::uint64_t{12}},
                           {"done", false},
                           {"cause", std::string("database is locked")}};
    EXPECT_EQ(json_members("file_imported", fields),
              R"("event":"file_imported","table":"in.c-shop.orders","rows":12,"done":false,)"
              R"("cause":"database is locked")");
    EXPECT_EQ(text_members("file_imported", fields),
              R"(file_imported table=in.c-shop.orders rows=12 done=false)"
              R"( cause="database is locked")");
    EXPECT_EQ(text_members("stopped", {}), "stopped");
}

// Goal    what a client has sent can neither end a line nor drive the terminal.
TEST(LineFormatTest, NothingButPrintableAsciiReachesATerminal) {
    const struct {
        std::string value;
        const char* shown;
    } cases[] = {
        {"", R"("")"},
        {"a b", R"("a b")"},
        {"a=b", R"("a=b")"},
        {"say \"x\"", R"("say \"x\"")"},
        {"two\nlines", R"("two\nlines")"},
        {"\x1b[2J\x7f", R"("\u001b[2J\u007f")"},
        {"\xc2\x9b"
         "2J",
         R"("\u009b2J")"},
        {"\xff", R"("\ufffd")"},
        {std::string("nul\0", 4), R"("nul\u0000")"},
        {"\xc5\xbe", R"("\u017e")"},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(text_members("e", {{"k", one.value}}), std::string("e k=") + one.shown);
    }
}

}  // namespace
}  // namespace millrace::log
