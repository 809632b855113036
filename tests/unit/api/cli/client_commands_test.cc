#include "api/cli/client_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

namespace millrace::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(ClientCommandsTest, EveryCommandHasAnExampleThatIsOfIt) {
    std::set<std::string> seen;
    for (const auto& command : client_commands()) {
        const std::string words(command.spec.words);
        SCOPED_TRACE(words);
        EXPECT_TRUE(seen.insert(words).second);
        EXPECT_THAT(std::string(command.spec.example), HasSubstr("millrace " + words));
        const auto help = config::client_help(command.spec);
        EXPECT_THAT(help, StartsWith(std::string(command.spec.sentence)));
        EXPECT_THAT(help, HasSubstr("Example:\n"));
        std::istringstream lines(help);
        for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
        for (const auto& option : command.spec.options) {
            EXPECT_THAT(help, HasSubstr(fmt::format("--{}", option.name)));
        }
    }
}

TEST(ClientCommandsTest, CommandsOfANounAreListedTogether) {
    std::set<std::string> ended;
    std::string last;
    for (const auto& command : client_commands()) {
        const std::string words(command.spec.words);
        const auto noun = words.substr(0, words.find(' '));
        if (noun == last) continue;
        EXPECT_TRUE(ended.insert(noun).second) << noun << " is in two places";
        last = noun;
    }
}

}  // namespace
}  // namespace millrace::cli
