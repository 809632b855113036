#include "storage/staging/s3/failures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/shown_text.h"
#include "storage/staging/s3/xml.h"

namespace millrace::s3 {
namespace {

constexpr std::size_t kShownMax = 200;

// The <Error> of an answer.
struct Told {
    std::string code;
    std::string message;
    std::string region;  // where the bucket is, if the server says so
};

bool is_any_of(std::string_view code, std::initializer_list<std::string_view> codes) {
    return std::ranges::find(codes, code) != codes.end();
}

Told told_by(const web::HttpAnswer& answer) {
    Told told{
        .code = {}, .message = {}, .region = std::string(answer.header("x-amz-bucket-region"))};
    const auto parsed = parse_xml(answer.body);
    if (!parsed.ok() || parsed.value().name != "Error") return told;
    told.code = parsed.value().text_of("Code");
    told.message = parsed.value().text_of("Message");
    if (told.region.empty()) told.region = parsed.value().text_of("Region");
    return told;
}

// What a person does; empty where only the server's words help.
std::string remedy(const Told& told, const web::HttpAnswer& answer, const Asked& asked) {
    const auto& code = told.code;
    if (is_any_of(code, {"RequestTimeTooSkewed", "RequestExpired"})) {
        return fmt::format(
            "the clock of this machine is {} and that of the server {}; set it right, "
            "with NTP for example",
            format_utc(asked.now),
            answer.header("date").empty() ? "another" : answer.header("date"));
    }
    if (is_any_of(code, {"InvalidAccessKeyId", "XAdminUserNotFound"})) {
        return fmt::format("the server does not know the access key {}; mend the credentials",
                           asked.access_key);
    }
    if (code == "SignatureDoesNotMatch") {
        return fmt::format("the secret key is not that of the access key {}; mend the credentials",
                           asked.access_key);
    }
    if (is_any_of(code, {"ExpiredToken", "InvalidToken", "TokenRefreshRequired"})) {
        return "the session token is expired or wrong; write new keys to the credentials file, "
               "which is read again, or restart the service with new ones";
    }
    if (is_any_of(code, {"AccessDenied", "AllAccessDisabled", "AccountProblem"})) {
        return fmt::format(
            "the access key {} may not do that; allow it s3:GetObject, s3:PutObject, "
            "s3:DeleteObject and s3:AbortMultipartUpload on the objects, s3:ListBucket and "
            "s3:ListBucketMultipartUploads on the bucket",
            asked.access_key);
    }
    if (code == "NoSuchBucket") {
        return fmt::format("{} has no bucket \"{}\"; make it, or mend `bucket`", asked.endpoint,
                           asked.bucket);
    }
    if (is_any_of(code, {"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
                         "IllegalLocationConstraintException"})) {
        return told.region.empty()
                   ? std::string("the bucket is in another region; mend `region` and `endpoint`")
                   : fmt::format("the bucket is in the region {}; mend `region` and `endpoint`",
                                 told.region);
    }
    if (is_any_of(code, {"QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity"})) {
        return "the server has no room left; make some";
    }
    if (code.empty()) {
        return fmt::format("that is no answer of an S3 server; is `endpoint` ({}) right?",
                           asked.endpoint);
    }
    return {};
}

std::string sentence(const Told& told, const web::HttpAnswer& answer, const Asked& asked) {
    auto text = fmt::format("{}: the server answered {}", asked.what, answer.status);
    if (!told.code.empty()) text += " " + shortened(told.code, kShownMax);
    const auto help = remedy(told, answer, asked);
    if (!help.empty()) return text + ": " + help;
    return told.message.empty() ? text : text + ": " + shortened(told.message, kShownMax);
}

// The server says that it did not do it, and may do it soon. ExistingObjectIsDirectory is what a
// server over a file system says while another request removes the last object of a folder.
bool is_busy(int status, std::string_view code) {
    return status == 503 || status == 429 ||
           is_any_of(code, {"SlowDown", "ServiceUnavailable", "RequestTimeout", "Throttling",
                            "TooManyRequests", "RequestThrottled", "OperationAborted",
                            "ConditionalRequestConflict", "ExistingObjectIsDirectory"});
}

// The body did not arrive as it was sent.
bool was_changed_on_its_way(std::string_view code) {
    return is_any_of(code, {"BadDigest", "InvalidDigest", "IncompleteBody",
                            "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"});
}

Failure no_answer(const web::HttpAnswer& answer, const Asked& asked) {
    const auto remedy =
        answer.was_sent
            ? std::string()
            : fmt::format("; is the server at {} running and reachable?", asked.endpoint);
    return {.error = Error(Code::unavailable,
                           fmt::format("{}: {}{}", asked.what, answer.failure, remedy)),
            .may_repeat = true,
            .is_unknown = answer.was_sent};
}

// A whole answer with status 2xx.
std::optional<Failure> hidden_failure(const web::HttpAnswer& answer, const Asked& asked) {
    if (asked.is_data) return std::nullopt;
    const bool is_xml = answer.body.find('<') != std::string::npos;
    if (asked.wanted_root.empty() && !is_xml) return std::nullopt;
    const auto parsed = parse_xml(answer.body);
    if (parsed.ok() && parsed.value().name == "Error") {
        const auto told = told_by(answer);
        return Failure{.error = Error(Code::unavailable, sentence(told, answer, asked)),
                       .may_repeat = true,
                       .is_unknown = true};
    }
    if (asked.wanted_root.empty()) return std::nullopt;
    if (parsed.ok() && parsed.value().name == asked.wanted_root) return std::nullopt;
    const auto what = parsed.ok() ? fmt::format("<{}>", shortened(parsed.value().name, kShownMax))
                                  : parsed.error().operator_text();
    return Failure{.error = Error(Code::unavailable,
                                  fmt::format("{}: the server answered {} without <{}>: {}",
                                              asked.what, answer.status, asked.wanted_root, what)),
                   .may_repeat = true,
                   .is_unknown = true};
}

}  // namespace

std::optional<Failure> failure_of(const web::HttpAnswer& answer, const Asked& asked) {
    if (!answer.is_whole()) return no_answer(answer, asked);
    if (answer.status >= 200 && answer.status < 300) return hidden_failure(answer, asked);
    const auto told = told_by(answer);
    if (is_any_of(told.code, {"NoSuchKey", "NoSuchUpload"})) {
        return Failure{.error = Error(Code::not_found, sentence(told, answer, asked))};
    }
    Failure failure{.error = Error(Code::unavailable, sentence(told, answer, asked))};
    const bool is_busy_now = is_busy(answer.status, told.code);
    const bool broke = answer.status >= 500 && answer.status != 501 && !is_busy_now;
    failure.may_repeat = is_busy_now || broke || was_changed_on_its_way(told.code);
    failure.is_unknown = broke;
    return failure;
}

}  // namespace millrace::s3
