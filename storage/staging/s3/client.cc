#include "storage/staging/s3/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "storage/staging/s3/digests.h"
#include "storage/staging/s3/uri_encoding.h"

namespace millrace::s3 {

std::optional<Milliseconds> Attempts::pause(SteadyTime now, std::uint64_t random) {
    if (++made_ >= options_->attempts_max) return std::nullopt;
    const auto doubled = options_->pause_first.count() << std::min(made_ - 1, 20);
    const auto span = std::min<std::int64_t>(doubled, options_->pause_max.count());
    const auto drawn = static_cast<std::int64_t>(random % static_cast<std::uint64_t>(span + 1));
    const auto pause = Milliseconds(drawn);
    if (pause >= left(now)) return std::nullopt;
    return pause;
}

Client::Client(ClientOptions options, Address address, Parts parts)
    : options_(std::move(options)),
      address_(std::move(address)),
      parts_(std::move(parts)),
      http_(options_.http, [&stop = parts_.stop] { return stop.is_stopped(); }) {}

web::HttpRequest Client::signed_request(const Operation& operation, const Credentials& credentials,
                                        WallTime now) const {
    SignedParts parts{.method = operation.method,
                      .path = address_.path + operation.object,
                      .query = operation.query,
                      .headers = operation.headers};
    // The name of the bucket alone, as the servers' own clients send it.
    if (operation.object.empty() && parts.path.size() > 1) parts.path.pop_back();
    parts.headers["host"] = address_.host;
    parts.headers["x-amz-date"] = amz_date(now);
    parts.headers["x-amz-content-sha256"] = sha256_hex(operation.body);
    if (!credentials.session_token.empty()) {
        parts.headers["x-amz-security-token"] = credentials.session_token;
    }
    web::HttpRequest request{.method = operation.method,
                             .url = address_.origin + uri_encode(parts.path, Slash::kept),
                             .headers = parts.headers,
                             .body = operation.body,
                             .answer_bytes_max = operation.answer_bytes_max};
    if (!parts.query.empty()) request.url += "?" + canonical_query(parts.query);
    request.headers["authorization"] = authorization(parts, options_.address.region, credentials);
    return request;
}

Client::Attempt Client::attempt(const Operation& operation, Milliseconds time_max) {
    Asked asked{.what = fmt::format("{} {}", operation.method,
                                    operation.object.empty() ? "bucket " + options_.address.bucket
                                                             : operation.object),
                .endpoint = address_.origin,
                .bucket = options_.address.bucket,
                .access_key = {},
                .now = parts_.clock.wall(),
                .wanted_root = operation.wanted_root,
                .is_data = operation.is_data};
    const auto credentials = parts_.credentials.read();
    if (!credentials.ok()) {
        return {.answer = {},
                .failure = Failure{.error = Error(credentials.error()).in(asked.what)}};
    }
    asked.access_key = credentials.value().access_key;
    auto request = signed_request(operation, credentials.value(), asked.now);
    request.time_max = time_max;
    Attempt made{.answer = http_.run(request), .failure = std::nullopt};
    made.failure = failure_of(made.answer, asked);
    return made;
}

bool Client::pause(Attempts& attempts) {
    const auto random = [this] {
        const std::lock_guard lock(rng_mutex_);
        return parts_.rng.next();
    }();
    const auto pause = attempts.pause(parts_.clock.steady(), random);
    return pause && parts_.stop.wait(*pause);
}

Result<web::HttpAnswer> Client::call(const Operation& operation) {
    auto attempts = begin();
    bool is_unknown = false;
    while (true) {
        auto made = attempt(operation, left(attempts));
        if (!made.failure) return std::move(made.answer);
        is_unknown |= made.failure->is_unknown && operation.method != "GET";
        if (made.failure->may_repeat && pause(attempts)) continue;
        // After an attempt that may have happened, nothing that a later one is told undoes it.
        if (!is_unknown || made.failure->error.code() == Code::not_found) {
            return std::move(made.failure->error);
        }
        return Error(Code::unknown_outcome, made.failure->error.operator_text());
    }
}

}  // namespace millrace::s3
