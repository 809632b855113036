#include "storage/staging/s3/signature_v4.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/staging/s3/digests.h"
#include "storage/staging/s3/uri_encoding.h"

namespace millrace::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string signed_headers(const Headers& headers) {
    std::string names;
    for (const auto& [name, value] : headers) {
        if (!names.empty()) names += ';';
        names += name;
    }
    return names;
}

std::string signing_key(const Credentials& credentials, std::string_view day,
                        std::string_view region) {
    const auto by_day = hmac_sha256("AWS4" + credentials.secret_key.expose(), day);
    const auto by_region = hmac_sha256(by_day, region);
    return hmac_sha256(hmac_sha256(by_region, "s3"), "aws4_request");
}

}  // namespace

std::string canonical_query(const Query& query) {
    std::vector<std::pair<std::string, std::string>> encoded;
    encoded.reserve(query.size());
    for (const auto& [name, value] : query) {
        encoded.emplace_back(uri_encode(name, Slash::encoded), uri_encode(value, Slash::encoded));
    }
    std::ranges::sort(encoded);
    std::string text;
    for (const auto& [name, value] : encoded) {
        text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
    }
    return text;
}

std::string canonical_request(const SignedParts& parts) {
    std::string lines;
    for (const auto& [name, value] : parts.headers) lines += fmt::format("{}:{}\n", name, value);
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", parts.method, uri_encode(parts.path, Slash::kept),
                       canonical_query(parts.query), lines, signed_headers(parts.headers),
                       parts.headers.at("x-amz-content-sha256"));
}

std::string amz_date(WallTime time) {
    auto text = format_utc(time);  // 2013-05-24T00:00:00.000Z
    text.erase(text.find('.'));
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text + "Z";
}

std::string authorization(const SignedParts& parts, std::string_view region,
                          const Credentials& credentials) {
    const auto& date = parts.headers.at("x-amz-date");
    const auto day = std::string_view(date).substr(0, 8);
    const auto scope = fmt::format("{}/{}/s3/aws4_request", day, region);
    const auto to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, date, scope,
                                     sha256_hex(canonical_request(parts)));
    return fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm,
                       credentials.access_key, scope, signed_headers(parts.headers),
                       to_hex(hmac_sha256(signing_key(credentials, day, region), to_sign)));
}

}  // namespace millrace::s3
