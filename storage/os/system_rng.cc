#include "storage/os/system_rng.h"

#include <sys/random.h>

#include <bit>
#include <system_error>

#include "core/base/check.h"
#include "storage/os/posix_error.h"

namespace millrace::os {
namespace {

void fill_from_kernel(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const auto count =
            retry_interrupted([&] { return ::getrandom(bytes.data(), bytes.size(), 0); });
        check(count > 0, "getrandom: {}", std::generic_category().message(errno));
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

}  // namespace

SystemRng::SystemRng() {
    fill_from_kernel(std::as_writable_bytes(std::span(state_)));
}

std::uint64_t SystemRng::next() {
    auto& s = state_;
    const auto result = std::rotl(s[0] + s[3], 23) + s[0];
    const auto shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = std::rotl(s[3], 45);
    return result;
}

std::uint64_t SecureRng::next() {
    std::uint64_t number = 0;
    fill_from_kernel(std::as_writable_bytes(std::span(&number, 1)));
    return number;
}

void SecureRng::fill(std::span<std::byte> bytes) {
    fill_from_kernel(bytes);
}

}  // namespace millrace::os
