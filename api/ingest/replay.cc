#include "api/ingest/replay.h"

#include <string>

#include "api/ingest/pretty_json.h"
#include "core/base/wire.h"

namespace millrace::ingest {
namespace {

constexpr std::size_t kBodyMax = 64 << 10;

std::string too_large_to_keep(int status) {
    PrettyJson json;
    json.open('{');
    json.member("statusCode", static_cast<std::uint64_t>(status));
    if (status >= 400) json.member("error", "stream.in.writeFailed");
    json.member("message", "The report of the first answer was too large to be kept.");
    json.close('}');
    return std::move(json).take();
}

}  // namespace

std::string to_remember(const Answer& answer, std::uint64_t records) {
    const bool is_small = answer.body.size() <= kBodyMax;
    const auto body = is_small ? answer.body : too_large_to_keep(answer.status);
    std::string outcome;
    put(outcome, static_cast<std::uint16_t>(answer.status));
    put(outcome, static_cast<std::uint8_t>(is_small ? answer.media : Media::json));
    put(outcome, std::uint8_t{0});
    put(outcome, static_cast<std::uint32_t>(records));
    put(outcome, static_cast<std::uint32_t>(answer.headers.size()));
    put(outcome, static_cast<std::uint32_t>(body.size()));
    outcome += answer.headers;
    outcome += body;
    return outcome;
}

Replayed replayed(std::string_view first) {
    WireReader reader(first);
    Replayed again;
    again.answer.status = reader.get<std::uint16_t>();
    again.answer.media = static_cast<Media>(reader.get<std::uint8_t>());
    reader.get<std::uint8_t>();
    again.records = reader.get<std::uint32_t>();
    const auto header_bytes = reader.get<std::uint32_t>();
    const auto body_bytes = reader.get<std::uint32_t>();
    again.answer.headers = reader.get_bytes(header_bytes);
    again.answer.headers += "Ack: disk\r\nIdempotency-Replayed: true\r\n";
    again.answer.body = reader.get_bytes(body_bytes);
    return again;
}

Answer key_in_flight() {
    auto answer = error_answer(
        Error(Code::conflict, "The first request with this key has no answer yet, retry later.")
            .named("stream.in.keyInFlight"));
    answer.headers = "Retry-After: 1\r\n";
    return answer;
}

Answer keys_unavailable(pipeline::KeyPlace place) {
    const bool is_away = place == pipeline::KeyPlace::away;
    auto answer = error_answer(
        Error(Code::overloaded,
              is_away ? "A volume that may know this key is not available, retry later."
                      : "The source has moved to another volume, retry.")
            .named("stream.in.keysUnavailable"));
    answer.headers = is_away ? "Retry-After: 30\r\n" : "Retry-After: 1\r\n";
    return answer;
}

Answer key_reused() {
    return error_answer(
        Error(Code::invalid, "The key was used for another request.").named("stream.in.keyReused"));
}

}  // namespace millrace::ingest
