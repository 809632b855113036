#include "api/http/stream_coding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "core/base/shown_text.h"

namespace millrace::http {
namespace {

constexpr std::size_t kShownCharacters = 40;
constexpr std::string_view kThere = "there are gz, bz2, lz4 (frames), deflate and zstd";

std::string lower_case(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

Result<StreamCoding> coding_of(std::string_view compress_type) {
    static constexpr std::pair<std::string_view, StreamCoding> kNames[] = {
        {"", StreamCoding::identity},       {"none", StreamCoding::identity},
        {"plain", StreamCoding::identity},  {"gz", StreamCoding::gzip},
        {"gzip", StreamCoding::gzip},       {"bz2", StreamCoding::bz2},
        {"bzip2", StreamCoding::bz2},       {"lz4", StreamCoding::lz4},
        {"lz4frame", StreamCoding::lz4},    {"lz4_frame", StreamCoding::lz4},
        {"deflate", StreamCoding::deflate}, {"zstd", StreamCoding::zstd},
        {"zst", StreamCoding::zstd}};
    const auto name = lower_case(compress_type);
    for (const auto& [known, coding] : kNames) {
        if (name == known) return coding;
    }
    for (const std::string_view known : {"lzo", "lzop", "lz4_block", "snappy_block", "snappy"}) {
        if (name != known) continue;
        return Error(Code::invalid,
                     fmt::format("compress_type {} is not supported; {}", known, kThere));
    }
    return Error(Code::invalid, fmt::format("unknown compress_type \"{}\"; {}",
                                            shortened(compress_type, kShownCharacters), kThere));
}

StreamCoding coding_of(ContentCoding coding) {
    switch (coding) {
        case ContentCoding::identity:
            return StreamCoding::identity;
        case ContentCoding::gzip:
            return StreamCoding::gzip;
        case ContentCoding::deflate:
            return StreamCoding::deflate;
        case ContentCoding::zstd:
            return StreamCoding::zstd;
    }
    return StreamCoding::identity;
}

// What the first bytes say for sure; the two of zlib also begin texts.
std::optional<StreamCoding> coding_by(std::string_view first) {
    using namespace std::string_view_literals;
    if (first.starts_with("\x1f\x8b"sv)) return StreamCoding::gzip;
    if (first.starts_with("\x28\xb5\x2f\xfd"sv)) return StreamCoding::zstd;
    if (first.starts_with("\x04\x22\x4d\x18"sv)) return StreamCoding::lz4;
    const bool is_bz2 = first.size() >= kCodingBytes && first.starts_with("BZh"sv) &&
                        first[3] >= '1' && first[3] <= '9' &&
                        (first.substr(4).starts_with("\x31\x41\x59\x26\x53\x59"sv) ||
                         first.substr(4).starts_with("\x17\x72\x45\x38\x50\x90"sv));
    if (is_bz2) return StreamCoding::bz2;
    return std::nullopt;
}

std::string_view header_value(StreamCoding coding) {
    return coding == StreamCoding::gzip ? "gz" : to_string(coding);
}

}  // namespace

std::string_view to_string(StreamCoding coding) {
    switch (coding) {
        case StreamCoding::identity:
            return "identity";
        case StreamCoding::gzip:
            return "gzip";
        case StreamCoding::deflate:
            return "deflate";
        case StreamCoding::zstd:
            return "zstd";
        case StreamCoding::lz4:
            return "lz4";
        case StreamCoding::bz2:
            return "bz2";
    }
    return "identity";
}

Result<StreamCoding> choose_coding(std::string_view compress_type, ContentCoding content_coding,
                                   std::string_view first) {
    TRY_ASSIGN(const auto typed, coding_of(compress_type));
    const auto encoded = coding_of(content_coding);
    const auto found = coding_by(first);
    if (typed == StreamCoding::identity && encoded == StreamCoding::identity) {
        if (!found) return StreamCoding::identity;
        return Error(Code::invalid,
                     fmt::format("the body begins like {}, and no header says so: send "
                                 "\"compress_type: {}\"",
                                 to_string(*found), header_value(*found)));
    }
    const auto said = typed == StreamCoding::identity ? encoded : typed;
    if (!found) {
        const bool is_deflate = encoded == StreamCoding::deflate;
        return is_deflate && !first.empty() ? StreamCoding::deflate : said;
    }
    if (*found == typed || *found == encoded) return *found;
    return Error(Code::invalid, fmt::format("the headers say {}, and the body begins like {}",
                                            to_string(said), to_string(*found)));
}

}  // namespace millrace::http
