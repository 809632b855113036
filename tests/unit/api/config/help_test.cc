#include "api/config/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "api/config/options.h"
#include "tests/unit/api/config/test_grammar.h"

namespace millrace::config {
namespace {

using testing::HasSubstr;

TEST(HelpTest, EveryOptionIsShownWithFlagDefaultEnvironmentAndToml) {
    const auto help = serve_help(default_config(), test_grammar());
    for (const auto& spec : option_specs()) {
        SCOPED_TRACE(spec.name);
        EXPECT_THAT(help,
                    HasSubstr("--" + std::string(spec.name) + " " + std::string(spec.placeholder)));
        EXPECT_THAT(help, HasSubstr(std::string(spec.sentence)));
        EXPECT_THAT(help, HasSubstr(environment_name(spec)));
    }
    EXPECT_THAT(help, HasSubstr("Default 127.0.0.1:8000; MILLRACE_API_LISTEN; [api] listen"));
    EXPECT_THAT(help, HasSubstr("Default 1536KB; MILLRACE_LIMITS_ROW_SIZE"));
    EXPECT_THAT(help, HasSubstr("Default ./data; MILLRACE_DATA_DIR; data-dir\n"));
    EXPECT_THAT(help, HasSubstr("Default none; MILLRACE_CONFIG\n")) << "no TOML key";
    EXPECT_THAT(help, HasSubstr("One of trace, debug, info, warn, error."));
    EXPECT_THAT(help, HasSubstr("MILLRACE_ADMIN_TOKEN"));
    EXPECT_THAT(help, HasSubstr("--setting KEY=VALUE"));
    EXPECT_THAT(help, HasSubstr("--target NAME.OPTION=VALUE"));
    EXPECT_THAT(help, HasSubstr("kind=files: Tables as files."));
    EXPECT_THAT(help, HasSubstr("dir=DIR: their folder"));
    EXPECT_THAT(help, HasSubstr("--staging NAME.OPTION=VALUE"));
    EXPECT_THAT(help, HasSubstr("kind=folder"));
}

TEST(HelpTest, NoLineIsTooLongForATerminal) {
    const auto help = serve_help(default_config(), test_grammar());
    for (std::size_t begin = 0; begin < help.size();) {
        const auto end = help.find('\n', begin);
        ASSERT_NE(end, std::string::npos);
        EXPECT_LE(end - begin, 112U) << help.substr(begin, end - begin);
        begin = end + 1;
    }
}

TEST(HelpTest, TheVersionIsThatOfTheProject) {
    EXPECT_THAT(version_text(), testing::MatchesRegex("millrace [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

}  // namespace
}  // namespace millrace::config
