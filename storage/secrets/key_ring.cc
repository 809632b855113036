#include "storage/secrets/key_ring.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "core/base/fingerprint.h"
#include "storage/secrets/base64.h"

namespace millrace::secrets {
namespace {

constexpr std::string_view kPrefix = "millrace-key-1 ";
constexpr std::string_view kHead =
    "# The key of the secrets in the catalog of Millrace. Keep a copy of this file apart from the\n"
    "# data: without it no secret of a source can be read.\n";
constexpr std::size_t kIdBytes = 8;

Key random_key() {
    Key key;
    randombytes_buf(key.bytes.data(), key.bytes.size());
    return key;
}

Result<Key> parse_line(std::string_view line) {
    const auto malformed = Error(Code::corrupt, "must be \"millrace-key-1\" and a key");
    if (!line.starts_with(kPrefix)) return malformed;
    const auto bytes = from_base64(line.substr(kPrefix.size()));
    Key key;
    if (!bytes || bytes->size() != key.bytes.size()) return malformed;
    std::ranges::copy(*bytes, key.bytes.begin());
    return key;
}

}  // namespace

std::string Key::id() const {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto fingerprint = fingerprint_of({"millrace key id", text});
    std::string id;
    for (std::size_t i = 0; i < kIdBytes; ++i) id += fmt::format("{:02x}", fingerprint.bytes[i]);
    return id;
}

KeyRing KeyRing::generate() {
    return KeyRing({random_key()});
}

Result<KeyRing> KeyRing::parse(std::string_view text, std::string_view path) {
    std::vector<Key> keys;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
        if (line.empty() || line.starts_with('#')) continue;
        auto key = parse_line(line);
        if (!key.ok()) return std::move(key).error().in(fmt::format("{}:{}", path, number));
        keys.push_back(key.value());
    }
    if (keys.empty()) return Error(Code::corrupt, fmt::format("{}: has no key", path));
    return KeyRing(std::move(keys));
}

std::string KeyRing::text() const {
    std::string text(kHead);
    for (const auto& key : keys_) text += fmt::format("{}{}\n", kPrefix, to_base64(key.bytes));
    return text;
}

KeyRing KeyRing::with_new_key() const {
    auto keys = keys_;
    keys.insert(keys.begin(), random_key());
    return KeyRing(std::move(keys));
}

KeyRing KeyRing::with_newest_only() const {
    return KeyRing({newest()});
}

}  // namespace millrace::secrets
