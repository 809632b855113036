#include "core/base/secret.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace millrace {
namespace {

std::uint64_t word_at(const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

}  // namespace

bool constant_time_equal(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    volatile std::uint64_t difference = 0;  // volatile: no compiler may end the loop early
    std::size_t at = 0;
    for (; at + sizeof difference <= a.size(); at += sizeof difference) {
        difference = difference | (word_at(a.data() + at) ^ word_at(b.data() + at));
    }
    for (; at < a.size(); ++at) {
        difference =
            difference | (static_cast<unsigned char>(a[at]) ^ static_cast<unsigned char>(b[at]));
    }
    return difference == 0;
}

}  // namespace millrace
