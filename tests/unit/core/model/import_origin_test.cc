#include "core/model/import_origin.h"

#include <gtest/gtest.h>

#include "core/base/error_names.h"

namespace millrace {
namespace {

TEST(ImportOriginTest, IsReadAsItWasPrinted) {
    const ImportOrigin origin{.file = FileId(make_uuid_v7(AgeTime{1}, 2, 3)),
                              .slice = SliceId(make_uuid_v7(AgeTime{4}, 5, 6)),
                              .row = 18'446'744'073'709'551'615U,
                              .mapping = MappingVersion(7)};
    EXPECT_EQ(parse_import_origin(print_import_origin(origin)).value(), origin);
}

TEST(ImportOriginTest, AnythingElseIsCorrupt) {
    const auto good = print_import_origin({});
    ASSERT_TRUE(parse_import_origin(good).ok()) << good;
    for (const auto& bad : {std::string(), std::string("a b 1 1"), good + " ", good + " 1",
                            good.substr(0, good.size() - 1), " " + good, good + "x"}) {
        EXPECT_FALSE(parse_import_origin(bad).ok()) << bad;
    }
}

TEST(ImportOriginTest, ARejectIsOfAnImportByItsError) {
    Reject reject;
    reject.error = "stream.in.pathNotFound";
    EXPECT_FALSE(is_of_import(reject));
    reject.error = error_names::kImportRowRefused;
    EXPECT_TRUE(is_of_import(reject));
}

}  // namespace
}  // namespace millrace
