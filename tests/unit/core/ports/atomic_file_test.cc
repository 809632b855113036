#include "core/ports/atomic_file.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "tests/sim/sim_disk.h"

namespace millrace {
namespace {

const std::string kPath = "/d/f";

Result<void> write(Disk& disk, std::string_view text) {
    return write_atomically(disk, kPath, text);
}

std::string read(Disk& disk) {
    const auto file = disk.open(kPath, Disk::Open::existing);
    if (!file.ok()) return "(none)";
    std::string text(file.value()->size().value(), '\0');
    const auto count =
        file.value()->read_at(0, std::as_writable_bytes(std::span(text.data(), text.size())));
    EXPECT_TRUE(count.ok());
    return text;
}

TEST(AtomicFileTest, TheContentIsReplacedAndNoTemporaryFileStays) {
    sim::SimDisk disk({.seed = 1});
    ASSERT_TRUE(disk.make_directories("/d").ok());
    ASSERT_TRUE(write(disk, "a longer content").ok());
    ASSERT_TRUE(write(disk, "short").ok());
    EXPECT_EQ(read(disk), "short");
    EXPECT_EQ(disk.list("/d").value(), std::vector<std::string>{"f"});
}

// Goal    whatever fails and whenever the power goes, the file has the old content or the new one,
//         whole; the new one if the call returned ok, the old one if it returned unavailable.
// Method  replace one content by another; fail the n-th operation for n = 0, 1, 2 ... until none is
//         left, once and for ever; cut the power afterwards. The contents are longer than a sector.
TEST(AtomicFileTest, TheFileIsOldOrNewAfterAnyFailureAndPowerLoss) {
    const std::string old_text(3000, 'o');
    const std::string new_text(2000, 'n');
    for (const bool for_ever : {false, true}) {
        for (std::uint64_t seed = 0; seed < 100; ++seed) {
            for (std::int64_t n = 0;; ++n) {
                SCOPED_TRACE(testing::Message()
                             << "seed=" << seed << " n=" << n << " for_ever=" << for_ever);
                sim::SimDisk disk({.seed = seed});
                ASSERT_TRUE(disk.make_directories("/d").ok());
                ASSERT_TRUE(write(disk, old_text).ok());

                disk.fail_at(static_cast<std::int64_t>(disk.operations()) + n, for_ever);
                const auto written = write(disk, new_text);
                const bool fired = disk.fault_fired();
                if (!written.ok() && !for_ever) {
                    EXPECT_EQ(disk.list("/d").value(), std::vector<std::string>{"f"});
                }
                disk.fail_at(-1);
                disk.lose_power();

                const auto text = read(disk);
                ASSERT_TRUE(text == old_text || text == new_text);
                if (written.ok()) {
                    ASSERT_EQ(text, new_text);
                } else if (written.error().code() == Code::unavailable) {
                    ASSERT_EQ(text, old_text);
                } else {
                    ASSERT_EQ(written.error().code(), Code::unknown_outcome);
                }

                ASSERT_TRUE(write(disk, "again").ok());  // over the leftover
                disk.lose_power();
                ASSERT_EQ(read(disk), "again");
                if (!fired) break;
            }
        }
    }
}

TEST(AtomicFileTest, ErrorsSayWhatWasWritten) {
    sim::SimDisk disk({.seed = 1});
    const auto written = write(disk, "x");
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code(), Code::not_found);
    EXPECT_TRUE(written.error().operator_text().starts_with("write /d/f: "));
}

}  // namespace
}  // namespace millrace
