#include "storage/catalog/key_home_table.h"

#include <gmock/gmock.h>

#include <array>

#include "tests/unit/storage/catalog/catalog_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

using KeyHomesTest = CatalogTest;

TEST_F(KeyHomesTest, HomesAreKeptAndReplacedBySourceAndVolume) {
    const KeyHome used{fingerprint_of({"a"}), VolumeId("x"), Milliseconds(5), std::nullopt};
    const KeyHome left{fingerprint_of({"a"}), VolumeId("y"), Milliseconds(6), AgeTime{77}};
    const KeyHome other{fingerprint_of({"b"}), VolumeId("x"), Milliseconds(7), std::nullopt};
    ASSERT_TRUE(catalog_->save_key_homes(std::array{used, left, other}).ok());
    reopen();
    EXPECT_THAT(catalog_->key_homes().value(), UnorderedElementsAre(used, left, other));

    auto ended = used;
    ended.until = AgeTime{99};
    ASSERT_TRUE(catalog_->save_key_homes(std::array{ended}).ok());
    ASSERT_TRUE(catalog_->delete_key_homes(std::array{left, other}).ok());
    reopen();
    EXPECT_THAT(catalog_->key_homes().value(), ElementsAre(ended));
}

}  // namespace
}  // namespace millrace::catalog
