#include "core/base/fingerprint.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

std::string hex(const Fingerprint& fingerprint) {
    std::string text;
    for (const auto byte : fingerprint.bytes) text += fmt::format("{:02x}", byte);
    return text;
}

// Journals and keys files hold fingerprints: the value of given texts must never change.
TEST(FingerprintTest, IsBlake2bOfLengthsAndTexts) {
    // python3 -c 'import hashlib as h; print(h.blake2b(digest_size=16).hexdigest())', and with
    // (3).to_bytes(8,"little") + b"abc" + bytes(8) as data.
    EXPECT_EQ(hex(fingerprint_of({})), "cae66941d9efbd404e4d88758ea67670");
    EXPECT_EQ(hex(fingerprint_of({"abc", ""})), "8553b3d37f2d28d727639de9a0e7dae6");
}

TEST(FingerprintTest, DependsOnWhereATextEnds) {
    EXPECT_EQ(fingerprint_of({"ab", "c"}), fingerprint_of({"ab", "c"}));
    EXPECT_NE(fingerprint_of({"ab", "c"}), fingerprint_of({"a", "bc"}));
    EXPECT_NE(fingerprint_of({"ab"}), fingerprint_of({"ab", ""}));
    EXPECT_NE(fingerprint_of({"ab"}), fingerprint_of({"ba"}));
}

}  // namespace
}  // namespace millrace
