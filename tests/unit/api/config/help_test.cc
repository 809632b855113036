#include "api/config/help.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "api/config/options.h"
#include "tests/unit/api/config/test_grammar.h"

namespace millrace::config {
namespace {

using testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

// As if a line could be of any length: what is indented goes on with the line before it.
std::string unwrapped(const std::string& help) {
    std::string text;
    for (const auto& line : lines_of(help)) {
        const auto begin = line.find_first_not_of(' ');
        if (begin == std::string::npos || begin == 0) {
            text += "\n" + line;
        } else {
            text += " " + line.substr(begin);
        }
    }
    return std::regex_replace(text, std::regex(" +"), " ") + "\n";
}

TEST(HelpTest, EveryOptionIsShownWithFlagDefaultEnvironmentAndToml) {
    const auto help = unwrapped(serve_help(default_config(), test_grammar()));
    for (const auto& spec : option_specs()) {
        SCOPED_TRACE(spec.name);
        EXPECT_THAT(help, HasSubstr(fmt::format("--{} {} {} Default ", spec.name, spec.placeholder,
                                                spec.sentence)));
        EXPECT_THAT(help, HasSubstr(environment_name(spec)));
        if (spec.max > 0) {
            EXPECT_THAT(help, HasSubstr(bounds_text(spec) + ". "));
        }
        if (!spec.example.empty()) {
            EXPECT_THAT(help, HasSubstr(fmt::format(". Example: {} {}", spec.example,
                                                    environment_name(spec))));
        }
    }
    EXPECT_THAT(help, HasSubstr("Default 127.0.0.1:8000. Example: 0.0.0.0:8000 MILLRACE_API_LISTEN;"
                                " [api] listen"));
    EXPECT_THAT(help, HasSubstr("Default 1536KB, 1KB to 64MB. MILLRACE_LIMITS_ROW_SIZE"));
    EXPECT_THAT(help, HasSubstr("Default 1m15s, 100ms to 1h0m0s. MILLRACE_LIMITS_IDLE_TIME"));
    EXPECT_THAT(help, HasSubstr("Default ./data. Example: /var/lib/millrace MILLRACE_DATA_DIR;"
                                " data-dir --"));
    EXPECT_THAT(help, HasSubstr("Example: /etc/millrace.toml MILLRACE_CONFIG --")) << "no TOML key";
    EXPECT_THAT(help, HasSubstr("Default info, one of trace, debug, info, warn, error."));
    EXPECT_THAT(help, HasSubstr("MILLRACE_ADMIN_TOKEN"));
    EXPECT_THAT(help, HasSubstr("--volume NAME=DIR"));
    EXPECT_THAT(help, HasSubstr("--setting KEY=VALUE"));
    EXPECT_THAT(help, HasSubstr("--target NAME.OPTION=VALUE"));
    EXPECT_THAT(help, HasSubstr("NAME.kind=files: Tables as files."));
    EXPECT_THAT(help, HasSubstr("NAME.dir=DIR: their folder; must be given"));
    EXPECT_THAT(help, HasSubstr("--staging NAME.OPTION=VALUE"));
    EXPECT_THAT(help, HasSubstr("NAME.kind=folder"));
}

// Goal    options are in groups of a size that can be looked through.
TEST(HelpTest, OptionsAreInGroups) {
    const auto specs = option_specs();
    ASSERT_FALSE(specs.front().heading.empty());
    const auto help = serve_help(default_config(), test_grammar());
    std::set<std::string_view> headings;
    std::size_t size = 0;
    for (const auto& spec : specs) {
        SCOPED_TRACE(spec.name);
        if (!spec.heading.empty()) {
            size = 0;
            EXPECT_TRUE(headings.insert(spec.heading).second);
            EXPECT_THAT(help, HasSubstr(fmt::format("\n\n{}:\n  --{} ", spec.heading, spec.name)));
        }
        EXPECT_LE(++size, 12U);
    }
}

// Goal    an example is a value that the option takes.
TEST(HelpTest, EveryExampleIsAccepted) {
    for (const auto& spec : option_specs()) {
        if (spec.example.empty()) continue;
        auto config = default_config();
        EXPECT_TRUE(assign(spec, spec.example, config).ok()) << spec.name;
    }
}

// Goal    neither a flag nor a word of a text is longer than its place, and no text runs into a
//         flag.
TEST(HelpTest, NoLineIsTooLongForATerminal) {
    auto grammar = test_grammar();
    grammar.stagings.push_back(
        {.name = "a-kind-with-a-long-name",
         .sentence = "A sentence that is long enough to need another line, as those of most kinds "
                     "that talk to a server somewhere are.",
         .options = {
             {.name = "an-option-with-a-long-name",
              .placeholder = "PLACEHOLDER",
              .sentence = "what it is for, in more words than fit into a line beside it"}}});
    for (const auto& line : lines_of(serve_help(default_config(), grammar))) {
        EXPECT_LE(line.size(), 100U) << line;
        const bool has_text =
            line.find("  ", 2) != std::string::npos;  // else it is in the next one
        if (line.starts_with("  --") && has_text && line.size() > 36) {
            EXPECT_EQ(line.substr(34, 2), "  ") << line;
        }
    }
    for (const auto& line : lines_of(general_help(grammar))) EXPECT_LE(line.size(), 100U) << line;
}

TEST(HelpTest, TheVersionIsThatOfTheProject) {
    EXPECT_THAT(version_text(), testing::MatchesRegex("millrace [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

}  // namespace
}  // namespace millrace::config
