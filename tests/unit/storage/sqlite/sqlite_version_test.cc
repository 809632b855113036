#include "storage/sqlite/sqlite_version.h"

#include <gtest/gtest.h>

#include <utility>

namespace millrace::sqlite {
namespace {

TEST(VersionTest, KnowsWhichOnesHaveTheWalResetFault) {
    for (const auto& [version, faulty] :
         {std::pair(3'040'001, true), std::pair(3'044'005, true), std::pair(3'044'006, false),
          std::pair(3'046'001, true), std::pair(3'050'006, true), std::pair(3'050'007, false),
          std::pair(3'051'002, true), std::pair(3'051'003, false), std::pair(3'052'000, false),
          std::pair(4'000'000, false)}) {
        EXPECT_EQ(has_wal_reset_fault(version), faulty) << version;
    }
}

TEST(VersionTest, NamesTheOneThatRuns) {
    EXPECT_EQ(library_version().substr(0, 2), "3.");
}

}  // namespace
}  // namespace millrace::sqlite
