#include "api/doors/remembered_outcome.h"

#include <utility>

#include "api/doors/pretty_json.h"
#include "core/base/error_names.h"
#include "core/base/wire.h"

namespace millrace::doors {
namespace {

constexpr std::size_t kBodyMax = 64 << 10;
constexpr std::uint8_t kMediaMax = static_cast<std::uint8_t>(Media::json);

static_assert(static_cast<int>(Media::none) == 0 && static_cast<int>(Media::text) == 1 &&
                  static_cast<int>(Media::json) == 2,
              "the numbers are in journals");

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

std::string encode_outcome(const Answer& answer, std::uint64_t records) {
    const bool is_small = answer.body.size() <= kBodyMax;
    const auto& body = is_small ? answer.body : too_large_to_keep(answer.status);
    std::string bytes;
    put(bytes, static_cast<std::uint16_t>(answer.status));
    put(bytes, static_cast<std::uint8_t>(is_small ? answer.media : Media::json));
    put(bytes, std::uint8_t{0});
    put(bytes, static_cast<std::uint32_t>(records));
    put(bytes, static_cast<std::uint32_t>(answer.headers.size()));
    put(bytes, static_cast<std::uint32_t>(body.size()));
    bytes += answer.headers;
    bytes += body;
    return bytes;
}

std::optional<RememberedOutcome> decode_outcome(std::string_view bytes) {
    WireReader reader(bytes);
    RememberedOutcome outcome;
    outcome.answer.status = reader.get<std::uint16_t>();
    const auto media = reader.get<std::uint8_t>();
    reader.get<std::uint8_t>();
    outcome.records = reader.get<std::uint32_t>();
    const auto header_bytes = reader.get<std::uint32_t>();
    const auto body_bytes = reader.get<std::uint32_t>();
    outcome.answer.headers = reader.get_bytes(header_bytes);
    outcome.answer.body = reader.get_bytes(body_bytes);
    if (reader.failed() || reader.left() > 0 || media > kMediaMax) return {};
    outcome.answer.media = static_cast<Media>(media);
    return outcome;
}

Answer replayed(Answer first) {
    first.headers += "Ack: disk\r\nIdempotency-Replayed: true\r\n";
    return first;
}

}  // namespace millrace::doors
