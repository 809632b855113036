#include "core/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace millrace {

void check_failed(std::string_view message) {
    fmt::print(stderr, "millrace: broken invariant: {}\n", message);
    std::fflush(stderr);
    std::abort();
}

}  // namespace millrace
