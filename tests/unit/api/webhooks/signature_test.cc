#include "api/webhooks/signature.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/webhooks/key_text.h"
#include "api/webhooks/preset.h"

namespace millrace::webhooks {
namespace {

using Reason = std::optional<BadSignature>;

constexpr std::int64_t kNow = 1'700'000'000;

std::string hmac(Algorithm algorithm, std::string_view key, std::string_view text,
                 Encoding encoding = Encoding::hex) {
    const std::vector<std::string_view> pieces = {text};
    return std::string(HmacKey(algorithm, key).sign(pieces, encoding));
}

struct Sent {
    std::vector<RequestHeader> headers = {};
    std::string content_type = "application/json";
    std::string body = {};
    std::string target = "/";
};

Reason check(SignatureCheck& signature, const Sent& sent, std::int64_t now_seconds = kNow) {
    return signature.check({.headers = sent.headers,
                            .content_type = sent.content_type,
                            .body = sent.body,
                            .target = sent.target},
                           WallTime{now_seconds * 1000});
}

SignatureCheck compiled(const SignatureRule& rule, const std::vector<std::string>& secrets,
                        const std::string& public_url = "") {
    auto compiled = SignatureCheck::compile(rule, secrets, public_url);
    return std::move(compiled).value();
}

SignatureCheck of_preset(std::string_view name, const std::vector<std::string>& secrets,
                         const std::string& public_url = "") {
    return compiled(find_preset(name)->signature, secrets, public_url);
}

// What the senders' own documents and libraries print.
struct Published {
    std::string_view preset;
    std::string secret;
    Sent sent;
    std::int64_t now;
};

const std::vector<Published>& published() {
    static const std::vector<Published> all = {
        // docs.github.com, Validating webhook deliveries
        {"github",
         "It's a Secret to Everybody",
         {.headers = {{"X-Hub-Signature-256",
                       "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}},
          .body = "Hello, World!"},
         kNow},
        // api.slack.com, Verifying requests from Slack
        {"slack",
         "8f742231b10e8888abcd99yyyzzz85a5",
         {.headers = {{"X-Slack-Request-Timestamp", "1531420618"},
                      {"X-Slack-Signature",
                       "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"}},
          .body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
                  "&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
                  "&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F"
                  "commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id="
                  "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"},
         1531420618},
        // The Standard Webhooks libraries and docs.svix.com, Verifying Webhooks Manually
        {"standard-webhooks",
         "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
         {.headers = {{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                      {"webhook-timestamp", "1614265330"},
                      {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}},
          .body = R"({"test": 2432232314})"},
         1614265330},
        // twilio-python, tests of the request validator
        {"twilio",
         "12345",
         {.headers = {{"X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8="}},
          .content_type = "application/x-www-form-urlencoded; charset=utf-8",
          .body = "To=%2B18005551212&CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309"
                  "&Caller=%2B14158675309",
          .target = "/myapp.php?foo=1&bar=2"},
         kNow},
    };
    return all;
}

TEST(SignatureTest, SignaturesThatSendersHavePublishedAreRight) {
    for (const auto& one : published()) {
        SCOPED_TRACE(one.preset);
        auto signature = of_preset(one.preset, {one.secret}, "https://mycompany.com");
        EXPECT_EQ(check(signature, one.sent, one.now), std::nullopt);
    }
}

TEST(SignatureTest, AChangeOfAnyPartIsFound) {
    for (const auto& one : published()) {
        SCOPED_TRACE(one.preset);
        auto signature = of_preset(one.preset, {one.secret}, "https://mycompany.com");
        for (std::size_t i = 0; i < one.sent.body.size(); i += 7) {
            auto sent = one.sent;
            sent.body[i] = sent.body[i] == 'x' ? 'y' : 'x';
            EXPECT_EQ(check(signature, sent, one.now), BadSignature::mismatch) << i;
        }
        auto sent = one.sent;
        sent.body += "&more=1";
        EXPECT_EQ(check(signature, sent, one.now), BadSignature::mismatch);
        auto other = of_preset(one.preset, {one.secret + "x"}, "https://mycompany.com");
        EXPECT_EQ(check(other, one.sent, one.now), BadSignature::mismatch);
    }
}

TEST(SignatureTest, HeadersThatCannotBeRightAreTold) {
    const std::string right =
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    const struct {
        std::vector<RequestHeader> headers;
        Reason wanted;
    } rows[] = {
        {{}, BadSignature::missing},
        {{{"X-Hub-Signature-256", ""}}, BadSignature::missing},
        {{{"X-Hub-Signature", right}}, BadSignature::missing},
        {{{"x-hub-signature-256", right}}, std::nullopt},
        {{{"X-Hub-Signature-256", right}, {"X-Hub-Signature-256", right}}, BadSignature::malformed},
        {{{"X-Hub-Signature-256", right}, {"x-hub-signature-256", "sha256=0"}},
         BadSignature::malformed},
        {{{"X-Hub-Signature-256", std::string_view(right).substr(7)}}, BadSignature::malformed},
        {{{"X-Hub-Signature-256", "sha1=757107ea"}}, BadSignature::malformed},
        {{{"X-Hub-Signature-256", "sha256="}}, BadSignature::mismatch},
        {{{"X-Hub-Signature-256", std::string_view(right).substr(0, 70)}}, BadSignature::mismatch},
        {{{"X-Hub-Signature-256", "sha256=dXEH6g6yUJ/CESIhzOmES4o3Vwttf1hsIsRvQ3nIsEPhcA=="}},
         BadSignature::mismatch},
        {{{"X-Hub-Signature-256",
           "sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17"}},
         std::nullopt},
    };
    auto signature = of_preset("github", {"It's a Secret to Everybody"});
    for (const auto& row : rows) {
        EXPECT_EQ(check(signature, {.headers = row.headers, .body = "Hello, World!"}), row.wanted)
            << (row.headers.empty() ? "" : row.headers.front().value);
    }
}

// Goal    what the check takes the ready-made column `sent_at` takes, too: seconds.
TEST(SignatureTest, StandardWebhooksHaveTheirTimestampInSeconds) {
    const std::string key = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    for (const auto* const preset : {"standard-webhooks", "svix"}) {
        auto signature = of_preset(preset, {"whsec_" + key});
        const auto sent_at = [&](const std::string& timestamp) {
            const auto code = hmac(Algorithm::sha256, *decode_any_base64(key),
                                   "msg_1." + timestamp + ".{}", Encoding::base64);
            return check(signature, {.headers = {{"webhook-id", "msg_1"},
                                                 {"webhook-timestamp", timestamp},
                                                 {"webhook-signature", "v1," + code}},
                                     .body = "{}"});
        };
        EXPECT_EQ(sent_at(std::to_string(kNow)), std::nullopt) << preset;
        EXPECT_EQ(sent_at(std::to_string(kNow * 1000)), BadSignature::timestamp) << preset;
        EXPECT_EQ(sent_at("9999999999999"), BadSignature::timestamp) << preset;
    }
}

TEST(SignatureTest, ATimestampMayBeAsFarAsTheToleranceToBothSides) {
    auto signature = of_preset("stripe", {"whsec_test"});
    const auto header = [](const std::string& timestamp) {
        return "t=" + timestamp + ",v1=" + hmac(Algorithm::sha256, "whsec_test", timestamp + ".{}");
    };
    const struct {
        std::string timestamp;
        Reason wanted;
    } rows[] = {
        {std::to_string(kNow), std::nullopt},
        {std::to_string(kNow - 300), std::nullopt},
        {std::to_string(kNow + 300), std::nullopt},
        {std::to_string(kNow * 1000), std::nullopt},  // milliseconds
        {std::to_string(kNow - 301), BadSignature::timestamp},
        {std::to_string(kNow + 301), BadSignature::timestamp},
        {"", BadSignature::timestamp},
        {"0", BadSignature::timestamp},
        {"-1", BadSignature::timestamp},
        {"1700000000 ", std::nullopt},  // is trimmed, and signed so below
        {"17e8", BadSignature::timestamp},
        {"99999999999999999999999", BadSignature::timestamp},
    };
    for (const auto& row : rows) {
        auto value = header(row.timestamp);
        if (row.timestamp.ends_with(' ')) value = header("1700000000");
        EXPECT_EQ(check(signature, {.headers = {{"Stripe-Signature", value}}, .body = "{}"}),
                  row.wanted)
            << row.timestamp;
    }
}

TEST(SignatureTest, OneOfSeveralSignaturesOfOneOfSeveralSecretsIsEnough) {
    auto signature = of_preset("stripe", {"new", "old"});
    const auto text = std::to_string(kNow) + ".{}";
    const auto right = hmac(Algorithm::sha256, "old", text);
    const auto begin = "t=" + std::to_string(kNow);
    const struct {
        std::string value;
        Reason wanted;
    } rows[] = {
        {begin + ",v1=00,v1=" + right + ",v0=11", std::nullopt},
        {"v1=" + right + "," + begin, std::nullopt},
        {begin + ", v1=" + right, std::nullopt},
        {begin + ",v1=" + hmac(Algorithm::sha256, "new", text), std::nullopt},
        {begin + ",v1=" + hmac(Algorithm::sha256, "third", text), BadSignature::mismatch},
        {begin + ",v0=" + right, BadSignature::malformed},
        {begin + "," + begin + ",v1=" + right, BadSignature::malformed},
        {"v1=" + right, BadSignature::timestamp},
        {",,,", BadSignature::malformed},
        {"t", BadSignature::malformed},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(check(signature, {.headers = {{"Stripe-Signature", row.value}}, .body = "{}"}),
                  row.wanted)
            << row.value;
    }
    std::string many = begin;
    for (std::size_t i = 0; i <= kSignaturesMax; ++i) many += ",v1=" + right;
    EXPECT_EQ(check(signature, {.headers = {{"Stripe-Signature", many}}, .body = "{}"}),
              BadSignature::malformed);
}

TEST(SignatureTest, SvixMaySendTheSameUnderItsOwnNames) {
    auto signature = of_preset("standard-webhooks", {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    const Sent sent{
        .headers = {{"svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                    {"svix-timestamp", "1614265330"},
                    {"svix-signature", "v1a,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}},
        .body = R"({"test": 2432232314})"};
    EXPECT_EQ(check(signature, sent, 1614265330), std::nullopt);
    auto without_id = sent;
    without_id.headers.erase(without_id.headers.begin());
    EXPECT_EQ(check(signature, without_id, 1614265330), BadSignature::malformed);
}

// Of the key whose private bytes are all 7, signed by Node's crypto.
constexpr auto kPublic = "whpk_6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=";
constexpr auto kOtherPublic = "whpk_/RckOFqgx1tk+3jNYC+h2ZH96/drE8WO1wLqyDXp9hg=";
constexpr auto kSigned =
    "v1a,2iFnCkcL0nCB7d0lgaT5vmGnQgJl4zcl9qd7UbPYvulcwR3MRYzjXT2JCSEV4dFH3XNALA4OW0zY5fFdGv9GBA==";

Sent signed_privately(std::string_view signatures) {
    return {.headers = {{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                        {"webhook-timestamp", "1614265330"},
                        {"webhook-signature", signatures}},
            .body = R"({"test": 2432232314})"};
}

TEST(SignatureTest, WhatAPrivateKeySignsIsCheckedByThePublicOne) {
    const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const std::string code = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    // With the public key as the key of an HMAC, which everybody can make.
    const auto forged = [](const std::string& key) {
        return "v1," + hmac(Algorithm::sha256, key,
                            R"(msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314})",
                            Encoding::base64);
    };
    const std::string private_one = kSigned;
    const std::string cut(private_one.begin(), private_one.end() - 6);
    const struct {
        std::vector<std::string> secrets;
        std::string signatures;
        Reason wanted;
    } rows[] = {
        {{kPublic}, kSigned, std::nullopt},
        {{kOtherPublic, kPublic}, kSigned, std::nullopt},
        {{secret, kPublic}, kSigned, std::nullopt},
        {{secret, kPublic}, code, std::nullopt},
        {{secret, kPublic}, code + " " + kSigned, std::nullopt},
        {{kPublic}, std::string("v1a,AAAA v1a,!! v2,x ") + kSigned, std::nullopt},
        {{kOtherPublic}, kSigned, BadSignature::mismatch},
        {{secret}, kSigned, BadSignature::mismatch},
        {{kPublic}, code, BadSignature::mismatch},
        {{kPublic}, forged(kPublic), BadSignature::mismatch},
        {{kPublic}, forged(kPublic + 5), BadSignature::mismatch},
        {{kPublic}, "v1," + private_one.substr(4), BadSignature::mismatch},
        {{kPublic}, cut, BadSignature::mismatch},
        {{kPublic}, "v1a,", BadSignature::mismatch},
        {{kPublic}, "v1b,AAAA", BadSignature::malformed},
        {{kPublic}, "v1a,A v1a,A v1a,A v1a,A v1a,A", BadSignature::malformed},
    };
    for (const auto& row : rows) {
        auto signature = of_preset("standard-webhooks", row.secrets);
        EXPECT_EQ(check(signature, signed_privately(row.signatures), 1614265330), row.wanted)
            << row.signatures;
    }
    auto signature = of_preset("svix", {kPublic});
    for (std::size_t i = 0; i < 20; ++i) {
        auto sent = signed_privately(kSigned);
        sent.body[i] = sent.body[i] == 'x' ? 'y' : 'x';
        EXPECT_EQ(check(signature, sent, 1614265330), BadSignature::mismatch) << i;
    }
    EXPECT_EQ(check(signature, signed_privately(kSigned), 1614265330 + 301),
              BadSignature::timestamp);
}

TEST(SignatureTest, APublicKeyThatIsNoneIsRefused) {
    const auto rule = find_preset("standard-webhooks")->signature;
    for (const std::string key : {"whpk_", "whpk_AAAA", "whpk_!", "whpk_MCowBQYDK2VwAyEA"}) {
        const auto compiled = SignatureCheck::compile(rule, std::vector<std::string>{key});
        ASSERT_FALSE(compiled.ok()) << key;
        EXPECT_EQ(compiled.error().client_text(),
                  "a key that begins with \"whpk_\" must have 32 bytes in base64 behind it");
    }
    const std::vector<std::string> any = {"whpk_"};
    EXPECT_TRUE(SignatureCheck::compile(find_preset("github")->signature, any).ok())
        << "a secret of a sender that has no such keys";
}

// A secret that is no base64 is what the sender types: its bytes are the key.
TEST(SignatureTest, ASecretOfStandardWebhooksMayBeAnyText) {
    for (const std::string secret : {"whsec_!", "my secret", "x"}) {
        auto signature = of_preset("standard-webhooks", {secret});
        const auto code =
            "v1," + hmac(Algorithm::sha256, secret, "m.1700000000.{}", Encoding::base64);
        EXPECT_EQ(check(signature, {.headers = {{"webhook-id", "m"},
                                                {"webhook-timestamp", "1700000000"},
                                                {"webhook-signature", code}},
                                    .body = "{}"}),
                  std::nullopt)
            << secret;
    }
}

TEST(SignatureTest, AlgorithmsAndEncodingsAreThoseOfTheRule) {
    for (const auto algorithm : {Algorithm::sha1, Algorithm::sha256, Algorithm::sha512}) {
        for (const auto encoding : {Encoding::hex, Encoding::base64}) {
            auto signature = compiled({.headers = {{.signature = "X-Sign"}},
                                       .algorithm = algorithm,
                                       .encoding = encoding,
                                       .prefix = "p="},
                                      {"key"});
            const auto sign = [&](Algorithm a, Encoding e) {
                return check(signature, {.headers = {{"X-Sign", "p=" + hmac(a, "key", "{}", e)}},
                                         .body = "{}"});
            };
            for (const auto a : {Algorithm::sha1, Algorithm::sha256, Algorithm::sha512}) {
                for (const auto e : {Encoding::hex, Encoding::base64}) {
                    EXPECT_EQ(!sign(a, e), a == algorithm && e == encoding);
                }
            }
        }
    }
}

// Twilio: the URL has the hash of a body that is no form, and the default port may be there.
TEST(SignatureTest, TheUrlOfARequestMayBeSigned) {
    const std::string hash = sha256_hex(R"({"a":1})");
    const std::string target = "/hook?bodySHA256=" + hash;
    const auto sign = [](const std::string& url) {
        return hmac(Algorithm::sha1, "12345", url, Encoding::base64);
    };
    const struct {
        std::string public_url;
        std::string signed_url;
        std::string body;
        Reason wanted;
    } rows[] = {
        {"https://a.example", "https://a.example" + target, R"({"a":1})", std::nullopt},
        {"https://a.example", "https://a.example:443" + target, R"({"a":1})", std::nullopt},
        {"https://a.example:443", "https://a.example" + target, R"({"a":1})", std::nullopt},
        {"https://a.example:8443", "https://a.example:8443" + target, R"({"a":1})", std::nullopt},
        {"", "https://host.example" + target, R"({"a":1})", std::nullopt},
        {"", "http://host.example:80" + target, R"({"a":1})", std::nullopt},
        {"https://a.example", "https://b.example" + target, R"({"a":1})", BadSignature::mismatch},
        {"https://a.example", "https://a.example" + target, R"({"a":2})", BadSignature::mismatch},
    };
    for (const auto& row : rows) {
        auto signature = of_preset("twilio", {"12345"}, row.public_url);
        const auto code = sign(row.signed_url);
        EXPECT_EQ(
            check(signature, {.headers = {{"X-Twilio-Signature", code}, {"Host", "host.example"}},
                              .body = row.body,
                              .target = target}),
            row.wanted)
            << row.public_url << " " << row.signed_url;
    }
    auto signature = of_preset("twilio", {"12345"}, "https://a.example");
    const auto code = sign("https://a.example/hook");
    EXPECT_EQ(check(signature,
                    {.headers = {{"X-Twilio-Signature", code}}, .body = "{}", .target = "/hook"}),
              BadSignature::mismatch)
        << "nothing signs this body";
    EXPECT_EQ(check(signature,
                    {.headers = {{"X-Twilio-Signature", code}}, .body = "", .target = "/hook"}),
              std::nullopt);
}

TEST(SignatureTest, WithoutASecretNothingIsRight) {
    auto signature = of_preset("github", {});
    EXPECT_EQ(check(signature, {}), BadSignature::no_secret);
}

TEST(SignatureTest, RulesThatCannotWorkAreRefused) {
    const auto refusal = [](const SignatureRule& rule) {
        const auto compiled = SignatureCheck::compile(rule, {});
        return compiled.ok() ? "" : compiled.error().client_text();
    };
    const std::vector<HeaderNames> names = {{.signature = "S"}};
    EXPECT_EQ(refusal({.headers = names}), "");
    EXPECT_EQ(refusal({.headers = names, .signed_text = "{timestamp}.{body}"}),
              "has {timestamp}, so \"timestampHeader\" must say where it is");
    EXPECT_EQ(refusal({.headers = names, .signed_text = "{id}.{body}"}),
              "has {id}, so \"idHeader\" must say where it is");
    EXPECT_EQ(refusal({.headers = names, .signed_text = "secret"}),
              "must have {body}, or anybody could change the body");
    EXPECT_EQ(refusal({.headers = names, .signed_text = "{Body}"}),
              "has the unknown placeholder \"{Body}\"; known are {body}, {timestamp} and {id}");
    EXPECT_EQ(refusal({.headers = names, .signed_text = "{body}{"}),
              "has the unknown placeholder \"{\"; known are {body}, {timestamp} and {id}");
}

}  // namespace
}  // namespace millrace::webhooks
