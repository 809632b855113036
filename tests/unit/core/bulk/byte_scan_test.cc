#include "core/bulk/byte_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace millrace::bulk {
namespace {

TEST(ByteScanTest, FindsTheFirstOfTwoBytesAtAnyPlace) {
    for (std::size_t size = 0; size < 70; ++size) {
        for (std::size_t place = 0; place <= size; ++place) {
            std::string text(size, '.');
            if (place < size) text[place] = place % 2 == 0 ? 'a' : 'b';
            if (place + 3 < size) text[place + 3] = 'a';
            for (std::size_t at = 0; at <= place; ++at) {
                ASSERT_EQ(find_either(text, at, 'a', 'b'), place) << size;
            }
        }
    }
}

}  // namespace
}  // namespace millrace::bulk
