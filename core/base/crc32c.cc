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

// The instruction takes a word in each cycle, and three cycles to give its result: three streams of
// so many bytes are read side by side.
constexpr std::size_t kStreamBytes = 1024;

// What kStreamBytes zeros make of a register of which all but one byte is zero, by that byte and
// its place; the others come by xor, as the CRC is linear.
using ShiftTable = std::array<std::array<std::uint32_t, 256>, 4>;

constexpr ShiftTable make_shift_table() {
    std::array<std::uint32_t, 32> of_bit{};  // what they make of a register with one bit
    for (std::size_t bit = 0; bit < of_bit.size(); ++bit) {
        std::uint32_t crc = std::uint32_t{1} << bit;
        for (std::size_t i = 0; i < kStreamBytes; ++i) crc = (crc >> 8) ^ kTable[crc & 0xff];
        of_bit[bit] = crc;
    }
    ShiftTable table{};
    for (std::size_t place = 0; place < table.size(); ++place) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            for (std::size_t bit = 0; bit < 8; ++bit) {
                if ((byte >> bit & 1) != 0) table[place][byte] ^= of_bit[8 * place + bit];
            }
        }
    }
    return table;
}
constexpr auto kShift = make_shift_table();

std::uint32_t shifted(std::uint32_t crc) {
    return kShift[0][crc & 0xff] ^ kShift[1][crc >> 8 & 0xff] ^ kShift[2][crc >> 16 & 0xff] ^
           kShift[3][crc >> 24];
}

std::uint64_t word_at(const unsigned char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

__attribute__((target("sse4.2"))) std::uint32_t update_by_streams(std::uint32_t crc,
                                                                  const unsigned char* at) {
    std::uint64_t first = crc;
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (const auto* const end = at + kStreamBytes; at < end; at += sizeof(std::uint64_t)) {
        first = __builtin_ia32_crc32di(first, word_at(at));
        second = __builtin_ia32_crc32di(second, word_at(at + kStreamBytes));
        third = __builtin_ia32_crc32di(third, word_at(at + 2 * kStreamBytes));
    }
    const auto two =
        shifted(static_cast<std::uint32_t>(first)) ^ static_cast<std::uint32_t>(second);
    return shifted(two) ^ static_cast<std::uint32_t>(third);
}

__attribute__((target("sse4.2"))) std::uint32_t update_by_instruction(std::uint32_t crc,
                                                                      const unsigned char* at,
                                                                      std::size_t count) {
    for (; count >= 3 * kStreamBytes; count -= 3 * kStreamBytes, at += 3 * kStreamBytes) {
        crc = update_by_streams(crc, at);
    }
    std::uint64_t wide = crc;
    for (; count >= sizeof wide; count -= sizeof wide, at += sizeof wide) {
        wide = __builtin_ia32_crc32di(wide, word_at(at));
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
