#include "core/lifecycle/staging_key.h"

#include <gtest/gtest.h>

namespace millrace::lifecycle {
namespace {

const std::string kFile = "0195f3d4-0000-7000-8000-000000000001";
const std::string kSlice = "0195f3d4-0000-7000-8000-000000000002";

SliceOpening opening() {
    return {.slice = SliceId(*parse_uuid(kSlice)),
            .file = FileId(*parse_uuid(kFile)),
            .sink = {.sink = SinkNumber(7), .mapping = MappingVersion(1)},
            .opened_at = {}};
}

TEST(StagingKeyTest, NamesSinkFileSliceAttemptAndForm) {
    EXPECT_EQ(staging_key(opening(), "a-1", Compression::none),
              "7/" + kFile + "." + kSlice + ".a-1.csv");
    EXPECT_EQ(staging_key(opening(), "a-1", Compression::gzip),
              "7/" + kFile + "." + kSlice + ".a-1.csv.gz");
}

TEST(StagingKeyTest, TellsItsSliceAlsoWithoutAnAttempt) {
    const SliceId slice(*parse_uuid(kSlice));
    for (const auto compression : {Compression::none, Compression::gzip}) {
        EXPECT_EQ(slice_of_key(staging_key(opening(), "1f-2", compression)), slice);
    }
    EXPECT_EQ(slice_of_key("7/" + kFile + "." + kSlice + ".csv.gz"), slice);
    EXPECT_EQ(slice_of_key("7/" + kFile + "." + kSlice + ".csv"), slice);
}

TEST(StagingKeyTest, OtherNamesAreNoKeys) {
    const auto body = kFile + "." + kSlice;
    for (const auto& key :
         {std::string(), std::string("7"), std::string("7/x.csv"), "7/" + body, "7/" + body + ".",
          "7/" + body + "..csv", "7/" + body + ".A.csv", "7/" + body + ".1.2.csv",
          "/" + body + ".csv", "x/" + body + ".csv", body + ".csv", "7/8/" + body + ".csv",
          "7/" + kSlice + ".csv", "7/" + body + ".1.csv.tmp", "7/" + body + ".1.csv.gz.gz"}) {
        EXPECT_EQ(slice_of_key(key), std::nullopt) << key;
    }
}

}  // namespace
}  // namespace millrace::lifecycle
