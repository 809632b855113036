#include "api/ingest/exchange.h"

#include <boost/beast/core/string.hpp>
#include <variant>

#include "api/ingest/forwarded.h"
#include "core/base/error_names.h"

namespace millrace::ingest {
namespace {

Error shutdown() {
    return Error(Code::unavailable, "The service is about to end.").named(error_names::kInShutdown);
}

Error route_not_found() {
    return Error(Code::not_found,
                 "Not found, please send data using POST "
                 "/stream/<projectID>/<sourceID>/<secret>")
        .named(error_names::kInRouteNotFound);
}

// The value of the header Ack; of several the last.
std::string_view ack_of(const http::RequestView& request) {
    std::string_view ack;
    for (const auto& header : request.head.headers) {
        if (header.name.length != 3) continue;
        const auto name = request.text(header.name);
        if (boost::beast::iequals({name.data(), name.size()}, "ack")) {
            ack = request.text(header.value);
        }
    }
    return ack;
}

// What the request line asks for; a secret that is not in the path is that of the Authorization.
Target target_of(const http::RequestView& request) {
    auto target = parse_target(request.text(request.head.target));
    if (target.endpoint == Endpoint::stream && target.secret.empty()) {
        target.secret = bearer_token(request.text(request.head.authorization));
    }
    if (target.ack.empty()) target.ack = ack_of(request);
    return target;
}

// Whether the header is the Authorization that has opened the source.
bool is_own_secret(const http::RequestView& request, const http::HeaderPieces& header) {
    const auto& authorization = request.head.authorization;
    return authorization.length > 0 && header.value.offset == authorization.offset &&
           parse_target(request.text(request.head.target)).secret.empty();
}

// How the body is coded; nothing if it is so in a way that is not understood.
std::optional<http::ContentCoding> content_coding(const http::RequestView& request) {
    if (request.head.has_many_content_encodings) return {};
    return http::parse_content_coding(request.text(request.head.content_encoding));
}

}  // namespace

void IngestExchange::begin(const http::RequestView& request, http::ResponseWriter& writer) {
    writer_ = &writer;
    if (request.head.has_origin) writer.allow_any_origin();
    const auto target = target_of(request);
    is_probe_ = target.endpoint == Endpoint::ready;
    refusal_ = early_answer(request, target);
}

std::optional<Answer> IngestExchange::early_answer(const http::RequestView& request,
                                                   const Target& target) {
    const auto method = request.head.method;
    switch (target.endpoint) {
        case Endpoint::health:
            if (method != http::Method::get) return method_not_allowed(kAllowHealth);
            return text_answer(200, "OK\n");
        case Endpoint::ready:
            if (method != http::Method::get) return method_not_allowed(kAllowHealth);
            if (door_.leaving_.load(std::memory_order_relaxed)) return error_answer(shutdown());
            return {};
        case Endpoint::unknown:
            return error_answer(route_not_found());
        case Endpoint::stream:
            break;
    }
    if (method == http::Method::options) return cors_preflight();
    if (method != http::Method::post) return method_not_allowed(kAllowStream);
    if (target.secret.empty()) return error_answer(route_not_found());
    if (auto refusal = admit(target)) return refusal;
    if (!content_coding(request)) return unsupported_content_encoding();
    return {};
}

// Why the request may not send records, if so.
std::optional<Answer> IngestExchange::admit(const Target& target) {
    auto outcome = door_.intake_.admit(target);
    if (auto* const refusal = std::get_if<Answer>(&outcome)) return std::move(*refusal);
    admission_ = std::get<Admission>(outcome);
    return {};
}

http::BodyMode IngestExchange::body_mode() const {
    if (refusal_ || is_probe_) return {};
    return {.kind = http::BodyMode::Kind::whole, .bytes_max = door_.options_.body_bytes_max};
}

void IngestExchange::receive(const http::RequestView& request, std::string_view body) {
    if (refusal_) return reply(*refusal_);
    if (is_probe_) return door_.intake_.probe(*this);
    const auto coding = content_coding(request);  // known, or the head would have been refused
    if (coding && *coding != http::ContentCoding::identity) {
        return take_decoded(request, body, *coding);
    }
    take(request, body);
}

void IngestExchange::take_decoded(const http::RequestView& request, std::string_view coded,
                                  http::ContentCoding coding) {
    auto& decoder = door_.body_decoder_;
    const auto decoded = decoder.decode(coded, coding, door_.options_.decoded_bytes_max);
    if (decoded.ok()) {
        take(request, decoded.value());
    } else {
        reply(error_answer(decoded.error()));
    }
    decoder.release();
}

void IngestExchange::take(const http::RequestView& request, std::string_view body) {
    auto& intake = door_.intake_;
    if (!intake.is_current(admission_)) {  // a source has changed since the head came
        if (const auto refusal = admit(target_of(request))) return reply(*refusal);
    }
    auto& headers = door_.header_scratch_;
    headers.clear();
    for (const auto& header : request.head.headers) {
        if (is_own_secret(request, header)) continue;  // for no column, whatever is shown of others
        headers.push_back({.name = request.text(header.name), .value = request.text(header.value)});
    }
    const auto& proxies = door_.options_.proxies;
    const bool is_proxied = !proxies.trusted.empty() && is_trusted(proxies, request.peer_ip);
    if (is_proxied) forwarded_ip_ = forwarded_ip(proxies, request.peer_ip, headers);
    intake.take(admission_,
                Record{.arrived_at = {},
                       .client_ip = is_proxied ? forwarded_ip_ : request.peer_ip,
                       .headers = headers,
                       .content_type = request.text(request.head.content_type),
                       .body = body},
                *this);
}

void IngestExchange::release() noexcept {
    refusal_.reset();
    door_.free_.push_back(this);
}

}  // namespace millrace::ingest
