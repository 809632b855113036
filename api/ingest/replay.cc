#include "api/ingest/replay.h"

#include <string>

#include "api/ingest/pretty_json.h"
#include "core/base/error_names.h"

namespace millrace::ingest {
namespace {

constexpr std::size_t kBodyMax = 64 << 10;

AnswerMedia kept(Media media) {
    switch (media) {
        case Media::none:
            return AnswerMedia::none;
        case Media::text:
            return AnswerMedia::text;
        case Media::json:
            return AnswerMedia::json;
    }
    return AnswerMedia::none;
}

Media given_back(AnswerMedia media) {
    switch (media) {
        case AnswerMedia::none:
            return Media::none;
        case AnswerMedia::text:
            return Media::text;
        case AnswerMedia::json:
            return Media::json;
    }
    return Media::none;
}

std::string too_large_to_keep(int status) {
    PrettyJson json;
    json.open('{');
    json.member("statusCode", static_cast<std::uint64_t>(status));
    if (status >= 400) json.member("error", error_names::kInWriteFailed);
    json.member("message", "The report of the first answer was too large to be kept.");
    json.close('}');
    return std::move(json).take();
}

}  // namespace

AnswerText to_remember(const Answer& answer, std::uint64_t records) {
    const bool is_small = answer.body.size() <= kBodyMax;
    return {.status = static_cast<std::uint16_t>(answer.status),
            .media = is_small ? kept(answer.media) : AnswerMedia::json,
            .records = static_cast<std::uint32_t>(records),
            .headers = answer.headers,
            .body = is_small ? answer.body : too_large_to_keep(answer.status)};
}

Answer replayed(const AnswerText& first) {
    return {.status = first.status,
            .media = given_back(first.media),
            .headers = first.headers + "Ack: disk\r\nIdempotency-Replayed: true\r\n",
            .body = first.body};
}

Answer key_in_flight() {
    auto answer = error_answer(
        Error(Code::conflict, "The first request with this key has no answer yet, retry later.")
            .named(error_names::kInKeyInFlight));
    answer.headers = "Retry-After: 1\r\n";
    return answer;
}

Answer keys_unavailable(pipeline::KeyPlace place) {
    const bool is_away = place == pipeline::KeyPlace::away;
    auto answer = error_answer(
        Error(Code::overloaded,
              is_away ? "A volume that may know this key is not available, retry later."
                      : "The source has moved to another volume, retry.")
            .named(error_names::kInKeysUnavailable));
    answer.headers = is_away ? "Retry-After: 30\r\n" : "Retry-After: 1\r\n";
    return answer;
}

Answer key_reused() {
    return error_answer(Error(Code::invalid, "The key was used for another request.")
                            .named(error_names::kInKeyReused));
}

}  // namespace millrace::ingest
