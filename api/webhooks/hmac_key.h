#pragma once
// HmacKey: a secret that is ready to sign with. The one wrapper of libcrypto's HMAC.
//
// Lifetime  made once for each secret of a source; signing allocates nothing.
// Thread    one.
// See       RFC 2104

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace millrace::webhooks {

enum class Algorithm { sha1, sha256, sha512 };
enum class Encoding { hex, base64 };

inline constexpr std::size_t kCodeBytesMax = 64;

class HmacKey {
public:
    HmacKey(Algorithm algorithm, std::string_view secret);
    ~HmacKey();
    HmacKey(HmacKey&&) noexcept;
    HmacKey& operator=(HmacKey&&) noexcept;

    // The code of the pieces one behind the other, as text; valid until the next call. Hex is in
    // lower case, base64 is padded.
    std::string_view sign(std::span<const std::string_view> pieces, Encoding encoding);

private:
    struct Context;

    std::unique_ptr<Context> context_;
    std::array<char, 2 * kCodeBytesMax + 1> text_;
};

// Compares in time that depends on the lengths only.
bool same_code(std::string_view a, std::string_view b);

std::string sha256_hex(std::string_view bytes);

}  // namespace millrace::webhooks
