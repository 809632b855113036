#include "api/doors/door_answer.h"

#include <fmt/format.h>

#include <cstddef>

#include "api/http/error_status.h"
#include "api/http/json_string.h"
#include "core/base/client_text.h"
#include "core/base/error_names.h"

namespace millrace::doors {
namespace {

constexpr std::string_view kRetryAfter = "Retry-After: 1\r\n";
constexpr std::string_view kRetryAfterDiskFull = "Retry-After: 10\r\n";
constexpr std::string_view kAnyHeaders = "*, Authorization";  // which * does not mean
constexpr int kPreflightSeconds = 86'400;  // browsers keep it for less, Chromium for two hours

std::int64_t whole_seconds(Milliseconds wait) {
    return (wait.count() + 999) / 1000;
}

}  // namespace

std::string_view retry_after(int status) {
    if (status == 507) return kRetryAfterDiskFull;
    return status == 503 ? kRetryAfter : "";
}

std::string retry_after(Milliseconds wait) {
    return fmt::format("Retry-After: {}\r\n", whole_seconds(wait));
}

Answer error_answer(const Error& error, Milliseconds wait) {
    const auto status = http::status_of(error);
    const auto& name = error.name();
    return {.status = status,
            .media = Media::json,
            .headers = wait.count() > 0 ? retry_after(wait) : std::string(retry_after(status)),
            .body = http::error_body(status, name.empty() ? error_names::kInGenericError : name,
                                     as_sentence(error.client_text()))};
}

Answer method_not_allowed(std::string_view methods) {
    return {.status = 405,
            .media = Media::none,
            .headers = fmt::format("Allow: {}\r\n", methods),
            .body = {}};
}

Answer too_many_records(const pipeline::OverRate& over_rate) {
    auto answer = error_answer(
        Error(Code::overloaded, "The source takes no more at the moment, please retry later.")
            .named(error_names::kInRateLimited));
    answer.headers = fmt::format(
        "Retry-After: {0}\r\nRateLimit-Limit: {1}\r\nRateLimit-Remaining: 0\r\n"
        "RateLimit-Reset: {0}\r\n",
        whole_seconds(over_rate.wait), over_rate.per_second);
    return answer;
}

Answer unsupported_content_encoding() {
    auto answer = error_answer(
        Error(Code::invalid, "Unsupported Content-Encoding, supported are gzip, deflate and zstd.")
            .named(error_names::kInUnsupportedContentEncoding));
    answer.headers = "Accept-Encoding: gzip, deflate, zstd\r\n";  // RFC 9110 12.5.3
    return answer;
}

Answer options_of(std::string_view methods, std::string_view origin,
                  std::string_view asked_headers) {
    return {.status = 200,
            .media = Media::none,
            .headers = fmt::format("Allow: {0}\r\n"
                                   "Access-Control-Allow-Methods: {0}\r\n"
                                   "Access-Control-Allow-Headers: {1}\r\n"
                                   "Access-Control-Max-Age: {2}\r\n"
                                   "Vary: Access-Control-Request-Headers\r\n"
                                   "{3}",
                                   methods, asked_headers.empty() ? kAnyHeaders : asked_headers,
                                   kPreflightSeconds,
                                   origin.empty() ? "Access-Control-Allow-Origin: *\r\n" : ""),
            .body = {}};
}

}  // namespace millrace::doors
