#include "api/console/console_assets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "api/access/token_digest.h"
#include "api/control/api_errors.h"
#include "api/control/request_header.h"
#include "api/control/session_auth.h"
#include "api/http/accepted_coding.h"
#include "api/http/content_coding.h"

namespace millrace::console {
namespace {

using control::Request;
using control::Response;

constexpr std::string_view kPage = "index.html";
constexpr std::string_view kGzipEnding = ".gz";
constexpr std::string_view kAssetsFolder = "assets/";
constexpr std::size_t kTagLength = 32;
constexpr std::uint64_t kPlainBytesMax = 64 << 20;

// Everything comes from this service, nothing runs but its files, no form is sent by the browser
// itself, and no page of somebody else shows this one, whose clicks would be on it.
constexpr const char* kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'";

std::string_view content_type_of(std::string_view name) {
    constexpr auto kTypes = std::to_array<std::pair<std::string_view, std::string_view>>({
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
    });
    for (const auto& [ending, type] : kTypes) {
        if (name.ends_with(ending)) return type;
    }
    return "application/octet-stream";
}

// RFC 9110 13.1.2: weak comparison.
bool names_tag(std::string_view if_none_match, std::string_view tag) {
    while (!if_none_match.empty()) {
        const auto end = std::min(if_none_match.find(','), if_none_match.size());
        auto one = if_none_match.substr(0, end);
        if_none_match.remove_prefix(std::min(end + 1, if_none_match.size()));
        while (one.starts_with(' ')) one.remove_prefix(1);
        while (one.ends_with(' ')) one.remove_suffix(1);
        if (one == "*") return true;
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == tag) return true;
    }
    return false;
}

// "/console/sources/x" is "sources/x".
std::string_view place_of(std::string_view path) {
    path.remove_prefix(std::min(path.size(), control::kConsolePath.size()));
    if (path.starts_with('/')) path.remove_prefix(1);
    return path;
}

Result<std::string> plain(std::string_view coded) {
    http::BodyDecoder decoder;
    TRY_ASSIGN(const auto bytes, decoder.decode(coded, http::ContentCoding::gzip, kPlainBytesMax));
    return std::string(bytes);
}

}  // namespace

ConsoleAssets::ConsoleAssets(std::span<const ConsoleFile> files) {
    for (const auto& file : files) {
        const bool is_gzip = file.name.ends_with(kGzipEnding);
        auto name = file.name;
        if (is_gzip) name.remove_suffix(kGzipEnding.size());
        assets_.emplace(name, Asset{.bytes = file.bytes,
                                    .is_gzip = is_gzip,
                                    .tag = access::token_digest(file.bytes).substr(0, kTagLength),
                                    .content_type = std::string(content_type_of(name)),
                                    .has_hash = name.starts_with(kAssetsFolder)});
    }
}

Result<Response> ConsoleAssets::answer(const Request& request) const {
    const auto place = place_of(request.path);
    auto found = assets_.find(place);
    if (found == assets_.end()) {
        if (place.starts_with(kAssetsFolder)) return control::endpoint_not_found(request.path);
        found = assets_.find(kPage);
        if (found == assets_.end()) return control::endpoint_not_found(request.path);
    }
    const auto& asset = found->second;
    const bool is_coded =
        asset.is_gzip &&
        http::accepts_gzip(control::header_of(request, "Accept-Encoding").value_or(""));
    const auto tag = fmt::format("\"{}{}\"", asset.tag, is_coded ? "-gzip" : "");
    Response response{
        .status = 200,
        .body = "",
        .content_type = "",
        .headers = {
            {"Content-Security-Policy", kContentPolicy},
            {"X-Content-Type-Options", "nosniff"},
            {"X-Frame-Options", "DENY"},
            {"Referrer-Policy", "no-referrer"},
            {"Cross-Origin-Opener-Policy", "same-origin"},
            {"Cross-Origin-Resource-Policy", "same-origin"},
            {"Cache-Control", asset.has_hash ? "public, max-age=31536000, immutable" : "no-store"},
            {"ETag", tag}}};
    if (asset.is_gzip) response.headers.emplace_back("Vary", "Accept-Encoding");
    if (names_tag(control::header_of(request, "If-None-Match").value_or(""), tag)) {
        response.status = 304;
        return response;
    }
    response.content_type = asset.content_type;
    if (is_coded) response.headers.emplace_back("Content-Encoding", "gzip");
    if (is_coded || !asset.is_gzip) {
        response.body = asset.bytes;
    } else {
        TRY_ASSIGN(response.body, plain(asset.bytes));
    }
    return response;
}

}  // namespace millrace::console
