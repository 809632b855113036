#include "api/config/backend_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "api/config/command_line.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/api/config/test_grammar.h"

namespace millrace::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::TempDirectory;

Result<Invocation> parse(const std::vector<std::string>& flags) {
    std::vector<const char*> arguments = {"millrace", "serve"};
    for (const auto& flag : flags) arguments.push_back(flag.c_str());
    const char* environment[] = {nullptr};
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data(), environment,
                              test_grammar());
}

Config config_of(const std::vector<std::string>& flags) {
    auto parsed = parse(flags);
    EXPECT_TRUE(parsed.ok()) << parsed.error().client_text();
    return parsed.ok() ? std::get<Serve>(parsed.value()).config : Config();
}

std::string mistakes_of(const std::vector<std::string>& flags) {
    const auto parsed = parse(flags);
    return parsed.ok() ? "no mistake" : parsed.error().client_text();
}

TEST(BackendOptionsTest, FileAndFlagsNameBackendsAndTheFlagsWin) {
    const TempDirectory directory;
    const auto path = directory / "c.toml";
    std::ofstream(path) << "[targets.lake]\nkind = 'files'\ndir = '/lake'\n[stagings.cold]\n"
                           "kind = 'folder'\n[staging]\nuse = 'cold'\n";
    const auto config =
        config_of({"--config", path, "--target", "lake.dir=/other", "--target", "none.kind=void"});
    EXPECT_EQ(config.targets, (Backends{{"lake", {.kind = "files", .options = {{"dir", "/other"}}}},
                                        {"none", {.kind = "void", .options = {}}}}));
    EXPECT_EQ(config.stagings, (Backends{{"cold", {.kind = "folder", .options = {}}}}));
    EXPECT_EQ(config.staging_in_use, "cold");
}

TEST(BackendOptionsTest, WithoutAnyThereIsTheDefaultOfEach) {
    const auto config = config_of({});
    EXPECT_THAT(config.targets, IsEmpty());
    EXPECT_THAT(config.stagings, IsEmpty());
    EXPECT_EQ(config.staging_in_use, "default");
}

TEST(BackendOptionsTest, MistakesSayWhatThereIs) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
        {{"--target", "lake.dir=/x"}, "targets.lake: needs a kind: must be one of files, void"},
        {{"--target", "lake.kind=ocean"},
         "targets.lake.kind \"ocean\": must be one of files, void"},
        {{"--target", "lake.kind=files"}, "targets.lake: needs dir, their folder"},
        {{"--target", "lake.kind=files", "--target", "lake.dir=/x", "--target", "lake.dirr=/y"},
         "targets.lake.dirr: the kind files has no such option; did you mean dir?"},
        {{"--target", "a.kind=files", "--target", "a.dir=/x", "--target", "b.kind=files",
          "--target", "b.dir=/x"},
         "targets.b: is the same as targets.a"},
        {{"--target", "Lake.kind=void"}, "1 to 32 of a-z, 0-9 and -"},
        {{"--target", "lake"}, "needs a value, NAME.OPTION=VALUE"},
        {{"--target", "lake=x"}, "needs an option, NAME.OPTION"},
        {{"--target", "lake.=x"}, "needs an option, NAME.OPTION"},
        {{"--target", "lake.kind="}, "needs a value"},
        {{"--target"}, "needs a value, NAME.OPTION=VALUE"},
        {{"--staging", "cold.kind=s3"}, "stagings.cold.kind \"s3\": must be one of folder"},
        {{"--staging.use", "cold"}, "staging.use \"cold\": there is no such staging, but default"},
        {{"--staging.use", "hot", "--staging", "cold.kind=folder"},
         "staging.use \"hot\": there is no such staging, but default, cold"}};
    for (const auto& [flags, wanted] : cases) EXPECT_THAT(mistakes_of(flags), HasSubstr(wanted));
}

TEST(BackendOptionsTest, AFileThatNamesNoBackendIsAMistake) {
    const TempDirectory directory;
    const auto path = directory / "c.toml";
    const auto with = [&](const std::string& text) {
        std::ofstream(path) << text;
        return mistakes_of({"--config", path});
    };
    EXPECT_THAT(with("targets = 1\n"), HasSubstr("targets: must be a table"));
    EXPECT_THAT(with("[targets]\nlake = 'x'\n"), HasSubstr("needs an option, NAME.OPTION"));
    EXPECT_THAT(with("[targets.lake]\nkind = ['x']\n"), HasSubstr("must be a single value"));
    EXPECT_THAT(with("[targetss.lake]\nkind = 'x'\n"), HasSubstr("unknown key"));
    EXPECT_EQ(with("[targets]\n[stagings]\n"), "no mistake");
}

}  // namespace
}  // namespace millrace::config
