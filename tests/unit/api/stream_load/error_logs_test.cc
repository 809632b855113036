#include "api/stream_load/error_logs.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "storage/os/system_rng.h"
#include "tests/support/temp_directory.h"

namespace millrace::stream_load {
namespace {

class ErrorLogsTest : public testing::Test {
protected:
    std::size_t files() const {
        const auto all = std::filesystem::directory_iterator(folder_ / "errors");
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

    testing_support::TempDirectory folder_;
    os::SecureRng random_;
};

TEST_F(ErrorLogsTest, AListIsFoundByItsNameAndByNothingElse) {
    ErrorLogs logs(folder_ / "errors", random_);
    const auto name = logs.keep(LoadNumber(7), "Reason: a");
    ASSERT_TRUE(name.ok());
    EXPECT_EQ(logs.find(name.value()), "Reason: a");
    for (const auto& other : {std::string("error_log_7"), std::string(), std::string("../errors"),
                              name.value() + "0", "./" + name.value()}) {
        EXPECT_FALSE(logs.find(other)) << other;
    }
    EXPECT_NE(logs.keep(LoadNumber(7), "").value(), name.value());
}

TEST_F(ErrorLogsTest, TheNewestListOfALoadIsFoundByItsNumber) {
    const auto folder = folder_ / "errors";
    EXPECT_FALSE(error_log_of(folder, LoadNumber(7), 100));
    ErrorLogs logs(folder, random_);
    const auto old = logs.keep(LoadNumber(7), "Reason: old").value();
    std::filesystem::last_write_time(
        std::filesystem::path(folder) / old,
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    ASSERT_TRUE(logs.keep(LoadNumber(7), "Reason: new").ok());
    ASSERT_TRUE(logs.keep(LoadNumber(70), "Reason: another").ok());
    EXPECT_EQ(error_log_of(folder, LoadNumber(7), 100), "Reason: new");
    EXPECT_EQ(error_log_of(folder, LoadNumber(7), 6), "Reason");
    EXPECT_FALSE(error_log_of(folder, LoadNumber(8), 100));
}

TEST_F(ErrorLogsTest, AListIsClosedToOtherUsers) {
    ErrorLogs logs(folder_ / "errors", random_);
    const auto name = logs.keep(LoadNumber(7), "Reason: a").value();
    const auto mode = std::filesystem::status(folder_ / ("errors/" + name)).permissions();
    EXPECT_EQ(mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
              std::filesystem::perms::none);
}

TEST_F(ErrorLogsTest, TheOldestListsGoWhereTheyTakeTooMuch) {
    ErrorLogs logs(folder_ / "errors", random_, {.bytes_max = 20 << 20});
    const std::string megabyte(1 << 20, 'x');
    for (int i = 0; i < 40; ++i) EXPECT_TRUE(logs.keep(LoadNumber(7), megabyte).ok());
    EXPECT_LE(files(), 30U);
    EXPECT_GE(files(), 20U);
}

TEST_F(ErrorLogsTest, AnOldListIsForgotten) {
    const auto name = ErrorLogs(folder_ / "errors", random_).keep(LoadNumber(7), "a").value();
    const std::filesystem::path path = folder_ / ("errors/" + name);
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(49));
    ErrorLogs logs(folder_ / "errors", random_);
    EXPECT_TRUE(logs.keep(LoadNumber(8), "b").ok());
    EXPECT_FALSE(logs.find(name));
    EXPECT_EQ(files(), 1U);
}

}  // namespace
}  // namespace millrace::stream_load
