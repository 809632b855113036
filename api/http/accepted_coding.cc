#include "api/http/accepted_coding.h"

#include <zlib.h>

#include <algorithm>
#include <optional>

#include "core/base/check.h"

namespace millrace::http {
namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr int kMemoryLevel = 8;

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

// "q=0", "q=0.000"
bool is_refused(std::string_view parameters) {
    const auto text = lower_case(parameters);
    const auto weight = text.find("q=");
    if (weight == std::string::npos) return false;
    const auto number = trimmed(std::string_view(text).substr(weight + 2));
    return !number.empty() && number.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
    std::optional<bool> gzip;
    bool all = false;
    while (!accept_encoding.empty()) {
        const auto end = std::min(accept_encoding.find(','), accept_encoding.size());
        const auto one = accept_encoding.substr(0, end);
        accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
        const auto name = lower_case(trimmed(one.substr(0, one.find(';'))));
        const bool taken = !is_refused(one.substr(std::min(one.find(';'), one.size())));
        if (name == "gzip" || name == "x-gzip") gzip = taken;
        if (name == "*") all = taken;
    }
    return gzip.value_or(all);
}

std::string gzipped(std::string_view plain) {
    z_stream stream{};
    check(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                       Z_DEFAULT_STRATEGY) == Z_OK,
          "deflateInit2 failed");
    std::string coded(deflateBound(&stream, plain.size()), '\0');
    // zlib never writes there.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(coded.data());
    stream.avail_out = static_cast<uInt>(coded.size());
    const int done = deflate(&stream, Z_FINISH);
    coded.resize(stream.total_out);
    deflateEnd(&stream);
    check(done == Z_STREAM_END, "deflate ended with {}", done);
    return coded;
}

}  // namespace millrace::http
