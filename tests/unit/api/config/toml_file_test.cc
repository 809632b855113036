#include "api/config/toml_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "tests/support/temp_directory.h"

namespace millrace::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(TomlFileTest, KeysAreFlattenedWithTheirLines) {
    const auto entries = parse_toml(
        "data-dir = 'here'\n"
        "# a comment\n"
        "[api]\n"
        "listen = \"127.0.0.1:0\"\n"
        "\n"
        "[ingest]\n"
        "threads = 4\n"
        "odd = [1, 2]\n"
        "[limits.deep]\n",
        "m.toml");
    ASSERT_TRUE(entries.ok()) << entries.error().client_text();
    struct Expected {
        std::string key;
        TomlKind kind;
        std::string text;
        std::uint32_t line;
    };
    const Expected expected[] = {
        {"data-dir", TomlKind::text, "here", 1},
        {"api.listen", TomlKind::text, "127.0.0.1:0", 4},
        {"ingest.threads", TomlKind::integer, "4", 7},
        {"ingest.odd", TomlKind::other, "an array", 8},
        {"limits.deep", TomlKind::other, "an empty table", 9},
    };
    ASSERT_EQ(entries.value().size(), std::size(expected));
    for (std::size_t i = 0; i < std::size(expected); ++i) {
        SCOPED_TRACE(expected[i].key);
        EXPECT_EQ(entries.value()[i].key, expected[i].key);
        EXPECT_EQ(entries.value()[i].kind, expected[i].kind);
        EXPECT_EQ(entries.value()[i].text, expected[i].text);
        EXPECT_EQ(entries.value()[i].line, expected[i].line);
    }
}

TEST(TomlFileTest, AnEmptyTextHasNoEntries) {
    const auto entries = parse_toml("", "m.toml");
    ASSERT_TRUE(entries.ok()) << entries.error().client_text();
    EXPECT_TRUE(entries.value().empty());
}

TEST(TomlFileTest, ASyntaxErrorNamesFileAndLine) {
    struct Case {
        std::string text;
        std::string place;
    };
    const Case cases[] = {
        {"a = 1\nb = \n", "m.toml:2: "}, {"a = 1\n\n[b\nc = 2\n", "m.toml:3: "},
        {"a = \"open\n", "m.toml:1: "},  {"a = 1\na = 2\n", "m.toml:2: "},
        {"= 1\n", "m.toml:1: "},         {std::string("a = \0\n", 6), "m.toml:1: "},
    };
    for (const auto& [text, place] : cases) {
        SCOPED_TRACE(text);
        const auto entries = parse_toml(text, "m.toml");
        ASSERT_FALSE(entries.ok());
        EXPECT_EQ(entries.error().code(), Code::invalid);
        EXPECT_THAT(entries.error().client_text(), StartsWith(place));
        EXPECT_THAT(entries.error().client_text(), testing::Not(HasSubstr("\n")));
        EXPECT_THAT(entries.error().client_text(), testing::Not(HasSubstr("toml::")));
    }
}

TEST(TomlFileTest, AFileThatCannotBeReadIsNamed) {
    const auto absent = read_toml("/nonexistent/m.toml");
    ASSERT_FALSE(absent.ok());
    EXPECT_EQ(absent.error().code(), Code::invalid);
    EXPECT_EQ(absent.error().client_text(),
              "cannot read \"/nonexistent/m.toml\": No such file or directory");

    const auto folder = read_toml("/");
    ASSERT_FALSE(folder.ok());
    EXPECT_EQ(folder.error().client_text(), "\"/\" is not a regular file");

    const auto endless = read_toml("/dev/zero");
    ASSERT_FALSE(endless.ok());
    EXPECT_EQ(endless.error().client_text(), "\"/dev/zero\" is not a regular file");

    const testing_support::TempDirectory directory;
    std::ofstream(directory / "huge") << std::string((1 << 20) + 1, '#');
    EXPECT_THAT(read_toml(directory / "huge").error().client_text(),
                testing::EndsWith("is larger than 1MB"));

    ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
    EXPECT_THAT(read_toml(directory / "fifo").error().client_text(),
                testing::EndsWith("is not a regular file"));
}

// Goal    no text makes the parser, which calls itself for each level, run out of stack.
TEST(TomlFileTest, ADeeplyNestedFileIsRefusedWithItsLine) {
    const auto many = [](std::string_view text) {
        std::string all;
        for (int i = 0; i < 200'000; ++i) all += text;
        return all;
    };
    const std::string texts[] = {
        "# \"\n\na = " + many("["),
        "\n\na = " + many("{a = "),
        "\n\n" + many("a.") + "a = 1",
        "\n\n[" + many("a.") + "a]",
        "a = 1\n\n" + many("["),
        "a = \"]\\\"]\"\n\nb = " + many("["),
        "a = '''x\n'\n''', b = " + many("["),
        "a = \"x\n\n" + many("["),
    };
    for (const auto& text : texts) {
        SCOPED_TRACE(text.substr(0, 30));
        const auto entries = parse_toml(text, "m.toml");
        ASSERT_FALSE(entries.ok());
        EXPECT_EQ(entries.error().client_text(), "m.toml:3: nested deeper than 16 levels");
    }
}

TEST(TomlFileTest, BracketsInStringsAndCommentsAreNoLevels) {
    const std::string brackets(100, '[');
    const std::string dots(100, '.');
    const auto text = "# " + brackets + "\na = \"" + brackets + dots + "\"\nb = '" + brackets +
                      "'\nc = \"\"\"\n" + brackets + "\"\n\"\"\"\nd = [1.5, 2.5]\n";
    const auto entries = parse_toml(text, "m.toml");
    ASSERT_TRUE(entries.ok()) << entries.error().client_text();
    EXPECT_EQ(entries.value().size(), 4U);
}

}  // namespace
}  // namespace millrace::config
