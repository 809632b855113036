#include "api/otlp/otlp_answers.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "api/http/error_status.h"
#include "core/base/client_text.h"
#include "core/base/error_names.h"

namespace millrace::otlp {
namespace {

using http::Answer;
using http::Media;
using Json = nlohmann::ordered_json;

constexpr std::string_view kProtobufType = "Content-Type: application/x-protobuf\r\n";

void put_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
}

void put_number(std::string& out, int field, std::uint64_t value) {
    if (value == 0) return;
    put_varint(out, static_cast<std::uint64_t>(field) << 3);
    put_varint(out, value);
}

void put_bytes(std::string& out, int field, std::string_view bytes) {
    put_varint(out, static_cast<std::uint64_t>(field) << 3 | 2);
    put_varint(out, bytes.size());
    out.append(bytes);
}

std::string_view rejected_name(Signal signal) {
    switch (signal) {
        case Signal::logs:
            return "rejectedLogRecords";
        case Signal::metrics:
            return "rejectedDataPoints";
        case Signal::traces:
            return "rejectedSpans";
    }
    return "";
}

std::int64_t whole_seconds(Milliseconds wait) {
    return (wait.count() + 999) / 1000;
}

std::string retry_after(int status, Milliseconds wait) {
    if (status != 429 && status < 500) return {};
    return fmt::format("Retry-After: {}\r\n", wait.count() > 0 ? whole_seconds(wait) : 1);
}

std::string dumped(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

int rpc_code_of(int status) {
    switch (status) {
        case 400:
        case 413:
        case 415:
        case 422:
            return 3;  // INVALID_ARGUMENT
        case 401:
            return 16;  // UNAUTHENTICATED
        case 403:
            return 7;  // PERMISSION_DENIED
        case 404:
            return 5;  // NOT_FOUND
        case 405:
            return 12;  // UNIMPLEMENTED
        case 429:
            return 8;  // RESOURCE_EXHAUSTED
        default:
            return status >= 500 ? 14 : 3;  // UNAVAILABLE
    }
}

int status_of(const Error& error) {
    if (error.name() == error_names::kInKeyInFlight) return 503;  // its answer is on its way
    const auto status = http::status_of(error);
    const bool may_pass = status >= 500 || status == 408;
    return may_pass ? 503 : status;
}

Answer error_answer(const Error& error, Encoding encoding, Milliseconds wait) {
    const auto& name = error.name();
    if (error.name() == error_names::kInDiskFull && wait.count() == 0) {
        wait = std::chrono::seconds(10);
    }
    return error_answer(status_of(error), name.empty() ? error_names::kInGenericError : name,
                        as_sentence(error.client_text()), encoding, wait);
}

Answer error_answer(int status, std::string_view name, std::string_view message, Encoding encoding,
                    Milliseconds wait) {
    Answer answer{.status = status, .headers = retry_after(status, wait)};
    if (encoding == Encoding::json) {
        answer.media = Media::json;
        answer.body = dumped({{"code", rpc_code_of(status)},
                              {"message", message},
                              {"statusCode", status},
                              {"error", name}});
        return answer;
    }
    answer.headers += kProtobufType;
    put_number(answer.body, 1, static_cast<std::uint64_t>(rpc_code_of(status)));
    put_bytes(answer.body, 2, fmt::format("{}: {}", name, message));
    return answer;
}

Answer too_many_records(const pipeline::OverRate& over_rate, Encoding encoding) {
    auto answer = error_answer(429, error_names::kInRateLimited,
                               "The source takes no more at the moment, please retry later.",
                               encoding, over_rate.wait);
    answer.headers +=
        fmt::format("RateLimit-Limit: {}\r\nRateLimit-Remaining: 0\r\nRateLimit-Reset: {}\r\n",
                    over_rate.per_second, whole_seconds(over_rate.wait));
    return answer;
}

Answer success_answer(const Success& success, Signal signal, Encoding encoding) {
    const bool is_plain = success.rejected == 0 && success.message.empty();
    if (encoding == Encoding::json) {
        Json json = Json::object();
        if (!is_plain) {
            Json partial = {{"errorMessage", success.message}};
            if (success.rejected > 0) {
                partial[std::string(rejected_name(signal))] = fmt::format("{}", success.rejected);
            }
            json["partialSuccess"] = std::move(partial);
        }
        return {.status = 200, .media = Media::json, .headers = {}, .body = dumped(json)};
    }
    Answer answer{.status = 200, .headers = std::string(kProtobufType)};
    if (is_plain) return answer;
    std::string partial;
    put_number(partial, 1, success.rejected);
    put_bytes(partial, 2, success.message);
    put_bytes(answer.body, 1, partial);
    return answer;
}

}  // namespace millrace::otlp
