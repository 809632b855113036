#pragma once
// SignatureCheck: whether a request is signed with one of the secrets of its source.
//
// It looks at the bytes as they came, before anything reads them. The sender hears only that the
// signature is bad; why, is for the metric and the log.
//
// Lifetime  compiled once for each route and loop. Of most forms a check allocates nothing.
// Thread    one.
// See       docs/webhooks.md

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/webhooks/hmac_key.h"
#include "api/webhooks/public_key.h"
#include "api/webhooks/signed_text.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/mapping/record.h"

namespace millrace::webhooks {

inline constexpr std::size_t kSecretsMax = 10;     // of a source
inline constexpr std::size_t kSignaturesMax = 16;  // in one header
// Signatures of private keys cost much more to check.
inline constexpr std::size_t kPublicKeysMax = 4;
inline constexpr std::size_t kPublicSignaturesMax = 4;

// What a signature header has.
enum class HeaderForm {
    plain,   // "<prefix>CODE"
    pairs,   // "t=TIMESTAMP,<prefix>CODE,<prefix>CODE,other=..."
    tokens,  // "<prefix>CODE <prefix>CODE other"
};

// The headers of one sender, in any case; the last two are empty where it has none.
struct HeaderNames {
    std::string signature;
    std::string timestamp;
    std::string id;

    bool operator==(const HeaderNames&) const = default;
};

// Of senders that sign with a private key too: their public key, in base64, is among the secrets.
struct Ed25519Names {
    std::string prefix;              // of a signature, in base64
    std::string key_prefix;          // of the public key
    std::string private_key_prefix;  // that nobody should have shown

    bool operator==(const Ed25519Names&) const = default;
};

struct SignatureRule {
    std::vector<HeaderNames> headers;  // the first whose signature is there counts
    HeaderForm form = HeaderForm::plain;
    Algorithm algorithm = Algorithm::sha256;
    Encoding encoding = Encoding::hex;
    std::string prefix;
    std::string signed_text = "{body}";
    Milliseconds tolerance = std::chrono::minutes(5);  // of the timestamp, to both sides
    bool is_in_seconds = false;       // the timestamp; else it may be in milliseconds too
    bool has_base64_secrets = false;  // "whsec_" and base64, or either alone, of the key's bytes
    std::optional<Ed25519Names> ed25519 = {};

    bool operator==(const SignatureRule&) const = default;
};

enum class BadSignature {
    no_secret,  // the source has none to check with
    missing,
    malformed,  // two headers, no prefix, more than kSignaturesMax codes
    timestamp,  // missing, unreadable, too old or in the future
    mismatch,
};
inline constexpr std::size_t kBadSignatures = 5;
std::string_view to_string(BadSignature reason);  // "noSecret", "missing", ...

struct SignedRequest {
    std::span<const RequestHeader> headers;
    std::string_view content_type;
    std::string_view body;
    std::string_view target;  // of the request line
};

class SignatureCheck {
public:
    // `public_url`: where senders reach the service, without a slash at the end; empty: what the
    // Host of the request says.
    // Errors  invalid: those of SignedText and read_public_key(); a {timestamp} or {id} without a
    //         header that has it
    static Result<SignatureCheck> compile(const SignatureRule& rule,
                                          std::span<const std::string> secrets,
                                          std::string public_url = "");

    // Nothing if the signature is right.
    std::optional<BadSignature> check(const SignedRequest& request, WallTime now);

private:
    // What the header says, until it is compared.
    struct Given {
        std::string_view timestamp;
        std::string_view id;
        std::span<std::string_view> codes;
        std::span<std::string_view> signatures;  // of private keys
    };

    SignatureCheck(SignatureRule rule, SignedText signed_text, std::string public_url)
        : rule_(std::move(rule)),
          signed_text_(std::move(signed_text)),
          public_url_(std::move(public_url)) {}

    std::optional<BadSignature> read(const SignedRequest& request, Given& given) const;
    bool matches(const SignedParts& parts, const Given& given);
    bool matches_public(std::span<const std::string_view> pieces,
                        std::span<const std::string_view> signatures) const;
    bool matches_url(const SignedRequest& request, const Given& given);
    std::vector<std::string> urls_of(const SignedRequest& request) const;

    SignatureRule rule_;
    SignedText signed_text_;
    std::string public_url_;
    std::vector<HmacKey> keys_;
    std::vector<PublicKey> public_keys_;
};

// Whether a secret of a source is the public key of its sender.
bool is_public_key(const SignatureRule& rule, std::string_view secret);

// Of such a secret.
// Errors  invalid: it is no key
Result<PublicKey> read_public_key(const SignatureRule& rule, std::string_view secret);

// The value of the header `name`, in any case, and how many there are.
struct FoundHeader {
    std::string_view value;
    std::size_t count = 0;
};
FoundHeader find_header(std::span<const RequestHeader> headers, std::string_view name);

}  // namespace millrace::webhooks
