#include "core/base/fingerprint.h"

#include <sodium.h>

#include "core/base/check.h"

namespace millrace {
namespace {

// Chooses the fastest code for the processor, once; later calls do nothing.
void prepare() {
    static const bool is_ready = sodium_init() >= 0;
    check(is_ready, "libsodium cannot be initialised");
}

}  // namespace

Fingerprint fingerprint_of(std::initializer_list<std::string_view> texts) {
    prepare();
    crypto_generichash_state state;
    Fingerprint fingerprint;
    bool ok = crypto_generichash_init(&state, nullptr, 0, fingerprint.bytes.size()) == 0;
    const auto add = [&](const void* bytes, std::size_t count) {
        ok &=
            crypto_generichash_update(&state, static_cast<const unsigned char*>(bytes), count) == 0;
    };
    for (const auto text : texts) {
        const std::uint64_t length = text.size();
        add(&length, sizeof length);
        add(text.data(), text.size());
    }
    ok &= crypto_generichash_final(&state, fingerprint.bytes.data(), fingerprint.bytes.size()) == 0;
    check(ok, "crypto_generichash of {} texts failed", texts.size());
    return fingerprint;
}

}  // namespace millrace
