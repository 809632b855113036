#include "core/base/secret.h"

#include <cstddef>

namespace millrace {

bool constant_time_equal(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    volatile unsigned char difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference = static_cast<unsigned char>(difference | (static_cast<unsigned char>(a[i]) ^
                                                              static_cast<unsigned char>(b[i])));
    }
    return difference == 0;
}

}  // namespace millrace
