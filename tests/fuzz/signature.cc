// Goal    no signature header, timestamp or form makes a check crash, read too far, or take what
//         its sender has not signed.
// Method  the first byte chooses the preset, the next line is the signature header, the next the
//         timestamp, the rest the body. What the check takes is signed here with its secret, so
//         taking it must come from that. Registrations and forms read the same bytes.

#include "api/webhooks/signature.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/webhooks/challenge.h"
#include "api/webhooks/form_text.h"
#include "api/webhooks/preset.h"
#include "core/base/check.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace millrace;
using namespace millrace::webhooks;

constexpr std::string_view kSecret = "a secret that no input has";
constexpr std::string_view kPublicKey = "6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=";

std::string_view take_line(std::string_view& text) {
    const auto at = text.find('\n');
    const auto line = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return line;
}

void check_forms(std::string_view text) {
    const auto pairs = form_pairs(text, 1000);
    if (pairs && !pairs->empty() && !pairs->front().first.empty()) {
        const auto& name = pairs->front().first;
        check(form_value(text, name) == pairs->front().second, "two readings of one form");
    }
    const std::vector<std::string_view> tokens = {kSecret};
    check(!answer_hub_challenge(text, tokens), "a token that was not sent");
    static_cast<void>(answer_url_verification(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto& preset = presets()[data[0] % presets().size()];
    text.remove_prefix(1);
    check_forms(text);
    auto rule = preset.signature;
    if (rule.headers.empty()) rule.headers = {{.signature = "X-Sign"}};
    std::vector<std::string> secrets = {std::string(kSecret)};
    if (rule.ed25519) secrets.push_back(rule.ed25519->key_prefix + std::string(kPublicKey));
    auto signature = SignatureCheck::compile(rule, secrets, "https://a.example");
    check(signature.ok(), "a preset that cannot be compiled");
    const auto& names = rule.headers.front();
    std::vector<RequestHeader> headers = {{names.signature, take_line(text)}};
    if (!names.timestamp.empty()) headers.push_back({names.timestamp, take_line(text)});
    if (!names.id.empty()) headers.push_back({names.id, "id"});
    const auto bad = signature.value().check({.headers = headers,
                                              .content_type = "application/x-www-form-urlencoded",
                                              .body = text,
                                              .target = "/?bodySHA256=00"},
                                             WallTime{1'700'000'000'000});
    check(bad.has_value(), "a signature that nobody has made");
    return 0;
}
