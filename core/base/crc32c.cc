#include "core/base/crc32c.h"

#include <array>
#include <cstring>

namespace millrace {
namespace {

constexpr std::uint32_t kPolynomialReflected = 0x82f63b78;

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value >> 1) ^ ((value & 1) != 0 ? kPolynomialReflected : 0);
        }
        table[i] = value;
    }
    return table;
}
constexpr auto kTable = make_table();

std::uint32_t update_by_table(std::uint32_t crc, const unsigned char* at, std::size_t count) {
    for (; count > 0; --count, ++at) crc = (crc >> 8) ^ kTable[(crc ^ *at) & 0xff];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t update_by_instruction(std::uint32_t crc,
                                                                      const unsigned char* at,
                                                                      std::size_t count) {
    std::uint64_t wide = crc;
    for (; count >= 8; count -= 8, at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    auto narrow = static_cast<std::uint32_t>(wide);
    for (; count > 0; --count, ++at) narrow = __builtin_ia32_crc32qi(narrow, *at);
    return narrow;
}

const auto kUpdate =
    __builtin_cpu_supports("sse4.2") != 0 ? update_by_instruction : update_by_table;
#else
const auto kUpdate = update_by_table;
#endif

}  // namespace

std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes) {
    return ~kUpdate(~crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace millrace
