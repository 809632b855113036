#include "api/webhooks/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "api/webhooks/form_text.h"
#include "api/webhooks/key_text.h"

namespace millrace::webhooks {
namespace {

constexpr std::size_t kTimestampDigitsMax = 13;
constexpr std::int64_t kMillisecondsFrom = 100'000'000'000;  // as seconds it would be in 5138
constexpr std::size_t kPairsMax = 1000;                      // of a form that is sorted

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_named(std::string_view name, std::string_view wanted) {
    return name.size() == wanted.size() &&
           std::equal(name.begin(), name.end(), wanted.begin(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

std::optional<WallTime> read_timestamp(std::string_view text, bool is_in_seconds) {
    if (text.empty() || text.size() > kTimestampDigitsMax) return {};
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc() || stop != end || number < 0) return {};
    const bool is_in_milliseconds = !is_in_seconds && number >= kMillisecondsFrom;
    return WallTime{is_in_milliseconds ? number : number * 1000};
}

// Reads the text up to `separator` off the front.
std::string_view take_until(std::string_view& text, char separator) {
    const auto at = text.find(separator);
    const auto taken = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return taken;
}

// Senders choose their secrets: what is no base64 is the key itself.
std::string key_of(std::string_view secret, bool is_base64) {
    if (!is_base64) return std::string(secret);
    const std::string_view mark = "whsec_";
    auto encoded = secret;
    if (encoded.starts_with(mark)) encoded.remove_prefix(mark.size());
    auto decoded = decode_any_base64(encoded);
    return decoded ? std::move(*decoded) : std::string(secret);
}

// "https://a.example:443/x" and without the port are one URL, and senders sign either.
std::string other_port(const std::string& url) {
    const bool is_https = url.starts_with("https://");
    const std::size_t host = is_https ? 8 : 7;
    const std::string port = is_https ? ":443" : ":80";
    const auto end = std::min(url.find_first_of("/?", host), url.size());
    const auto authority = url.substr(host, end - host);
    if (authority.ends_with(port)) return std::string(url).erase(end - port.size(), port.size());
    const auto colon = authority.rfind(':');
    const bool has_port = colon != std::string::npos && authority.back() != ']';
    return has_port ? std::string() : std::string(url).insert(end, port);
}

}  // namespace

std::string_view to_string(BadSignature reason) {
    switch (reason) {
        case BadSignature::no_secret:
            return "noSecret";
        case BadSignature::missing:
            return "missing";
        case BadSignature::malformed:
            return "malformed";
        case BadSignature::timestamp:
            return "timestamp";
        case BadSignature::mismatch:
            return "mismatch";
    }
    return "";
}

FoundHeader find_header(std::span<const RequestHeader> headers, std::string_view name) {
    FoundHeader found;
    for (const auto& header : headers) {
        if (is_named(header.name, name) && found.count++ == 0) found.value = header.value;
    }
    return found;
}

bool is_public_key(const SignatureRule& rule, std::string_view secret) {
    return rule.ed25519 && secret.starts_with(rule.ed25519->key_prefix);
}

Result<PublicKey> read_public_key(const SignatureRule& rule, std::string_view secret) {
    secret.remove_prefix(rule.ed25519->key_prefix.size());
    const auto bytes = decode_any_base64(secret);
    if (!bytes || bytes->size() != kPublicKeyBytes) {
        return Error(Code::invalid, fmt::format("a key that begins with \"{}\" must have {} bytes "
                                                "in base64 behind it",
                                                rule.ed25519->key_prefix, kPublicKeyBytes));
    }
    return PublicKey::from_bytes(*bytes);
}

Result<SignatureCheck> SignatureCheck::compile(const SignatureRule& rule,
                                               std::span<const std::string> secrets,
                                               std::string public_url) {
    TRY_ASSIGN(auto text, SignedText::compile(rule.signed_text));
    const bool has_timestamp =
        rule.form == HeaderForm::pairs ||
        std::ranges::none_of(rule.headers, [](const auto& h) { return h.timestamp.empty(); });
    const bool has_id =
        std::ranges::none_of(rule.headers, [](const auto& h) { return h.id.empty(); });
    if (text.has_timestamp() && !has_timestamp) {
        return Error(Code::invalid, "has {timestamp}, so \"timestampHeader\" must say where it is");
    }
    if (text.has_id() && !has_id) {
        return Error(Code::invalid, "has {id}, so \"idHeader\" must say where it is");
    }
    SignatureCheck check(rule, std::move(text), std::move(public_url));
    for (const auto& secret : secrets) {
        // Never the key of an HMAC: everybody may know it.
        if (is_public_key(rule, secret)) {
            TRY_ASSIGN(auto key, read_public_key(rule, secret));
            check.public_keys_.push_back(std::move(key));
            continue;
        }
        check.keys_.emplace_back(rule.algorithm, key_of(secret, rule.has_base64_secrets));
    }
    return check;
}

// Reads the headers of the request into `given`, whose codes and signatures have room for all.
std::optional<BadSignature> SignatureCheck::read(const SignedRequest& request, Given& given) const {
    const HeaderNames* names = nullptr;
    std::string_view value;
    for (const auto& one : rule_.headers) {
        const auto found = find_header(request.headers, one.signature);
        if (found.count > 1) return BadSignature::malformed;
        if (found.count == 0) continue;
        names = &one;
        value = found.value;
        break;
    }
    if (names == nullptr || value.empty()) return BadSignature::missing;

    std::size_t codes = 0;
    std::size_t signatures = 0;
    std::size_t timestamps = 0;
    const auto add = [&](std::string_view element) {
        if (rule_.ed25519 && element.starts_with(rule_.ed25519->prefix)) {
            if (signatures == given.signatures.size()) return false;
            given.signatures[signatures++] = element.substr(rule_.ed25519->prefix.size());
            return true;
        }
        if (!element.starts_with(rule_.prefix)) return true;
        if (codes == given.codes.size()) return false;
        given.codes[codes++] = element.substr(rule_.prefix.size());
        return true;
    };
    if (rule_.form == HeaderForm::plain) {
        add(value);
    } else {
        const char separator = rule_.form == HeaderForm::pairs ? ',' : ' ';
        while (!value.empty()) {
            const auto element = trimmed(take_until(value, separator));
            if (rule_.form == HeaderForm::pairs && element.starts_with("t=")) {
                given.timestamp = element.substr(2);
                ++timestamps;
            } else if (!add(element)) {
                return BadSignature::malformed;
            }
        }
    }
    if (codes + signatures == 0 || timestamps > 1) return BadSignature::malformed;
    given.codes = given.codes.first(codes);
    given.signatures = given.signatures.first(signatures);

    if (!names->timestamp.empty()) {
        const auto found = find_header(request.headers, names->timestamp);
        if (found.count > 1) return BadSignature::malformed;
        given.timestamp = found.value;
    }
    if (!names->id.empty()) {
        const auto found = find_header(request.headers, names->id);
        if (found.count != 1) return BadSignature::malformed;
        given.id = found.value;
    }
    return {};
}

std::optional<BadSignature> SignatureCheck::check(const SignedRequest& request, WallTime now) {
    if (keys_.empty() && public_keys_.empty()) return BadSignature::no_secret;
    std::array<std::string_view, kSignaturesMax> room;
    std::array<std::string_view, kPublicSignaturesMax> public_room;
    Given given{.timestamp = {}, .id = {}, .codes = room, .signatures = public_room};
    if (const auto bad = read(request, given)) return bad;
    if (signed_text_.has_timestamp()) {
        const auto then = read_timestamp(given.timestamp, rule_.is_in_seconds);
        if (!then) return BadSignature::timestamp;
        const auto age = now - *then;
        if (age > rule_.tolerance || -age > rule_.tolerance) return BadSignature::timestamp;
    }
    const bool is_right =
        signed_text_.has_url()
            ? matches_url(request, given)
            : matches({.body = request.body, .timestamp = given.timestamp, .id = given.id}, given);
    if (!is_right) return BadSignature::mismatch;
    return {};
}

// Every secret is compared with every code, whichever is right.
bool SignatureCheck::matches(const SignedParts& parts, const Given& given) {
    std::array<std::string_view, SignedText::kPiecesMax> room;
    const auto pieces = signed_text_.pieces(parts, room);
    bool is_right = false;
    for (auto& key : keys_) {
        const auto expected = key.sign(pieces, rule_.encoding);
        for (auto code : given.codes) {
            std::array<char, 2 * kCodeBytesMax> in_lower_case;
            if (rule_.encoding == Encoding::hex && code.size() <= in_lower_case.size()) {
                std::ranges::transform(code, in_lower_case.begin(), lower);
                code = {in_lower_case.data(), code.size()};
            }
            is_right |= same_code(expected, code);
        }
    }
    return is_right || matches_public(pieces, given.signatures);
}

// Nothing of it is secret, so the first one that is right ends it.
bool SignatureCheck::matches_public(std::span<const std::string_view> pieces,
                                    std::span<const std::string_view> signatures) const {
    if (public_keys_.empty() || signatures.empty()) return false;
    std::string message;
    for (const auto piece : pieces) message += piece;
    for (const auto text : signatures) {
        const auto signature = decode_any_base64(text);
        if (!signature) continue;
        for (const auto& key : public_keys_) {
            if (key.verifies(message, *signature)) return true;
        }
    }
    return false;
}

std::vector<std::string> SignatureCheck::urls_of(const SignedRequest& request) const {
    std::vector<std::string> urls;
    const auto add = [&](std::string url) {
        auto other = other_port(url);
        urls.push_back(std::move(url));
        if (!other.empty()) urls.push_back(std::move(other));
    };
    if (!public_url_.empty()) {
        add(fmt::format("{}{}", public_url_, request.target));
        return urls;
    }
    const auto host = find_header(request.headers, "Host").value;
    for (const auto* const scheme : {"https", "http"}) {
        add(fmt::format("{}://{}{}", scheme, host, request.target));
    }
    return urls;
}

// The URL with the sorted pairs of the form; of another body the URL has its SHA-256.
bool SignatureCheck::matches_url(const SignedRequest& request, const Given& given) {
    std::string form;
    if (is_form(request.content_type)) {
        auto pairs = form_pairs(request.body, kPairsMax);
        if (!pairs) return false;
        std::ranges::sort(*pairs);
        const auto [again, end] = std::ranges::unique(*pairs);
        pairs->erase(again, end);
        for (const auto& [key, value] : *pairs) form += key + value;
    } else if (!request.body.empty()) {
        const auto hash = form_value(query_of(request.target), "bodySHA256");
        if (!hash || !same_code(sha256_hex(request.body), *hash)) return false;
    }
    bool is_right = false;
    for (const auto& url : urls_of(request)) {
        is_right |= matches({.body = request.body,
                             .timestamp = given.timestamp,
                             .id = given.id,
                             .url = url,
                             .form = form},
                            given);
    }
    return is_right;
}

}  // namespace millrace::webhooks
