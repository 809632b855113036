#include "api/config/volume_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "api/config/command_line.h"
#include "api/config/toml_file.h"
#include "tests/support/temp_directory.h"

namespace millrace::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Result<Invocation> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), {"millrace", "serve"});
    const char* const environment[] = {nullptr};
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data(), environment,
                              {});
}

std::string mistakes_of(std::vector<const char*> arguments) {
    const auto parsed = parse(std::move(arguments));
    return parsed.ok() ? "" : parsed.error().client_text();
}

TEST(VolumesTest, ThereIsADefaultOneUnlessItIsConfigured) {
    EXPECT_THAT(all_volumes({}, "/data"), ElementsAre(Pair("default", "/data/volumes/default")));
    EXPECT_THAT(all_volumes({{"fast", "/nvme"}}, "/data"),
                ElementsAre(Pair("default", "/data/volumes/default"), Pair("fast", "/nvme")));
    EXPECT_THAT(all_volumes({{"default", "/nvme"}}, "/data"),
                ElementsAre(Pair("default", "/nvme")));
}

// Goal    where a volume is is remembered, and means the same for a process that works elsewhere.
TEST(VolumesTest, DirectoriesAreAbsolute) {
    const auto here = std::filesystem::current_path().string();
    EXPECT_THAT(all_volumes({{"fast", "nvme/"}, {"slow", "./disk//a"}}, "./data"),
                ElementsAre(Pair("default", here + "/data/volumes/default"),
                            Pair("fast", here + "/nvme/"), Pair("slow", here + "/disk/a")));
    EXPECT_EQ(absolute_directory("/link/../a"), "/link/../a") << "the link leads elsewhere";
}

TEST(VolumesTest, TheFlagMayBeRepeated) {
    const auto parsed = parse({"--volume", "fast=/nvme", "--volume=slow=/disk=1"});
    ASSERT_TRUE(parsed.ok());
    EXPECT_THAT(std::get<Serve>(parsed.value()).config.volumes,
                ElementsAre(Pair("fast", "/nvme"), Pair("slow", "/disk=1")));
}

TEST(VolumesTest, EveryMistakeIsNamedWithItsPlace) {
    const auto text = mistakes_of({"--volume", "fast", "--volume", "=/a", "--volume", "Fast=/a",
                                   "--volume", "a=", "--volume", "b=/b", "--volume", "c=/b"});
    EXPECT_THAT(text, HasSubstr("--volume \"fast\": needs a directory, NAME=DIR"));
    EXPECT_THAT(text, HasSubstr("--volume \"=/a\": needs a directory, NAME=DIR"));
    EXPECT_THAT(
        text, HasSubstr("--volume \"Fast=/a\": the name of a volume is 1 to 32 of a-z, 0-9 and -"));
    EXPECT_THAT(text, HasSubstr("--volume \"a=\": needs a directory"));
    EXPECT_THAT(text, HasSubstr("--volume \"c=/b\": is the directory of volume b too"));
}

TEST(VolumesTest, TheFileHasATableForEach) {
    const testing_support::TempDirectory directory;
    const auto path = directory / "millrace.toml";
    const auto write = [&](std::string_view text) { std::ofstream(path) << text; };
    write("[volumes.fast]\ndir = \"/nvme\"\n[volumes.slow]\ndir = \"/disk\"\n");
    const auto parsed = parse({"--config", path.c_str(), "--volume", "slow=/other"});
    ASSERT_TRUE(parsed.ok()) << parsed.error().client_text();
    EXPECT_THAT(std::get<Serve>(parsed.value()).config.volumes,
                ElementsAre(Pair("fast", "/nvme"), Pair("slow", "/other")));

    write("[volumes.fast]\ndirectory = \"/nvme\"\n[volumes.slow]\ndir = 7\n");
    const auto text = mistakes_of({"--config", path.c_str()});
    EXPECT_THAT(text, HasSubstr(":2: volumes.fast.directory: unknown key"));
    EXPECT_THAT(text, HasSubstr(":4: volumes.slow.dir: must be a text in quotes"));
}

}  // namespace
}  // namespace millrace::config
