#include "api/ingest/exchange.h"

#include <fmt/format.h>

#include <boost/beast/core/string.hpp>
#include <charconv>
#include <exception>
#include <utility>

#include "api/access/credentials.h"
#include "api/doors/stranger.h"
#include "api/doors/wrong_secrets.h"
#include "api/http/forwarded.h"
#include "api/http/refusals.h"
#include "api/http/request_target.h"
#include "api/ingest/outcome_answer.h"
#include "core/base/client_text.h"
#include "core/base/error_names.h"
#include "core/base/shown_text.h"
#include "core/model/http_settings.h"

namespace millrace::ingest {
namespace {

constexpr std::string_view kMethodsOfHealth = "GET, HEAD, OPTIONS";
constexpr std::string_view kMethodsOfRoot = "OPTIONS";

constexpr std::size_t kShownMax = 60;  // characters of what a client has sent

Error bad_request(std::string text) {
    return Error(Code::invalid, std::move(text)).named(error_names::kInBadRequest);
}

std::optional<ProjectId> parse_project(std::string_view text) {
    std::uint32_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc() || stop != end) return {};
    return ProjectId(number);
}

Error stream_load_elsewhere(std::string_view header) {
    return bad_request(
        fmt::format("The header \"{}\" is one of a Stream Load, which has another path: PUT "
                    "/api/<database>/<table>/_stream_load. A source takes records as they are, "
                    "please send them without it.",
                    shortened(header, kShownMax)));
}

Error shutdown() {
    return Error(Code::unavailable, "The service is about to end.").named(error_names::kInShutdown);
}

// Names the setting of the source that may have less than the node.
Error with_setting(const Error& error, std::string_view setting) {
    return Error(error.code(), fmt::format("{} The setting of the source is {}.",
                                           as_sentence(error.client_text()), setting))
        .named(error.name());
}

Error address_not_allowed() {
    return Error(Code::unauthorized, "The source takes no events from this address.")
        .named(error_names::kInAddressNotAllowed);
}

Error client_certificate_required() {
    return Error(Code::unauthorized,
                 "The source takes events only from clients that show a certificate in the "
                 "handshake of TLS.")
        .named(error_names::kInClientCertificateRequired);
}

Error bad_signature() {
    return Error(Code::unauthorized, "The signature of the request is missing or wrong.")
        .named(error_names::kInBadSignature);
}

Error over_rate() {
    return Error(Code::unauthorized, "The source has received more than its rate allows.")
        .named(error_names::kInRateLimited);
}

Error unknown_content_encoding() {
    return Error(Code::invalid, "The Content-Encoding of the request is not known.")
        .named(error_names::kInUnsupportedContentEncoding);
}

Error route_not_found() {
    return Error(Code::not_found,
                 "Not found, please send data using POST "
                 "/stream/<projectID>/<sourceID>/<secret>")
        .named(error_names::kInRouteNotFound);
}

// The headers that this door itself reads, and those by which a Stream Load is told.
struct DoorHeaders {
    std::string_view ack;             // the value; of several the last
    std::string_view of_stream_load;  // the name of one, as it was sent
};

DoorHeaders door_headers(const http::RequestView& request) {
    DoorHeaders found;
    const auto is = [&](const http::HeaderPieces& header, boost::beast::string_view name) {
        const auto sent = request.text(header.name);
        return boost::beast::iequals({sent.data(), sent.size()}, name);
    };
    for (const auto& header : request.head.headers) {
        switch (header.name.length) {
            case 3:
                if (is(header, "ack")) found.ack = request.text(header.value);
                break;
            case 5:
                if (!is(header, "label") && !is(header, "where")) break;
                found.of_stream_load = request.text(header.name);
                break;
            case 7:
                if (is(header, "columns")) found.of_stream_load = request.text(header.name);
                break;
            case 16:
                if (!is(header, "two_phase_commit")) break;
                found.of_stream_load = request.text(header.name);
                break;
            default:
                break;
        }
    }
    return found;
}

// What the request line asks for; a secret that is not in the path is that of the Authorization.
StreamUrl url_of(const http::RequestView& request, const DoorHeaders& headers) {
    auto url = parse_stream_url(request.text(request.head.target));
    if (url.endpoint != Endpoint::stream) return url;
    if (url.secret.empty())
        url.secret = access::bearer_token(request.text(request.head.authorization));
    if (url.ack.empty()) url.ack = headers.ack;
    return url;
}

std::string_view method_of(const http::RequestView& request) {
    return request.head_bytes.substr(0, request.head_bytes.find(' '));
}

// What a source with these rules takes, with OPTIONS.
std::string methods_of(const webhooks::SourceRules& rules) {
    return fmt::format("OPTIONS, {}", rules.methods());
}

http::Answer options_for(const http::RequestView& request, std::string_view methods) {
    return doors::options_of(methods, request.text(request.head.origin),
                             request.text(request.head.asked_headers));
}

// Whether the header is the Authorization that has opened the source.
bool is_own_secret(const http::RequestView& request, const http::HeaderPieces& header) {
    const auto& authorization = request.head.authorization;
    return authorization.length > 0 && header.value.offset == authorization.offset &&
           parse_stream_url(request.text(request.head.target)).secret.empty();
}

}  // namespace

void IngestExchange::begin(const http::RequestView& request, http::ResponseWriter& writer) {
    writer_ = &writer;
    is_kept_ = false;
    if (request.head.origin.length > 0) writer.allow_scripts(doors::kExposedHeaders);
    const auto headers = door_headers(request);
    const auto url = url_of(request, headers);
    is_probe_ = url.endpoint == Endpoint::ready;
    refusal_ = early_answer(request, url);
    // Ignored, a `where` would store the rows that it should leave out.
    if (!refusal_ && !is_probe_ && !headers.of_stream_load.empty()) {
        refusal_ = doors::error_answer(stream_load_elsewhere(headers.of_stream_load));
    }
}

std::optional<http::Answer> IngestExchange::early_answer(const http::RequestView& request,
                                                         const StreamUrl& url) {
    const auto method = request.head.method;
    const bool is_get = method == http::Method::get || method == http::Method::head;
    const bool is_options = method == http::Method::options;
    switch (url.endpoint) {
        case Endpoint::health:
            if (is_options) return options_for(request, kMethodsOfHealth);
            if (!is_get) return doors::method_not_allowed(kMethodsOfHealth);
            return http::text_answer(200, "OK\n");
        case Endpoint::ready:
            if (is_options) return options_for(request, kMethodsOfHealth);
            if (!is_get) return doors::method_not_allowed(kMethodsOfHealth);
            if (door_.leaving_.load(std::memory_order_relaxed))
                return doors::error_answer(shutdown());
            return {};
        case Endpoint::unknown:
            // HAProxy looks so whether somebody is there, unless it is told what to ask.
            if (is_options && request.text(request.head.target) == "/") {
                return options_for(request, kMethodsOfRoot);
            }
            return doors::error_answer(route_not_found());
        case Endpoint::stream:
            break;
    }
    if (method != http::Method::post) {
        if (is_options) return answer_options(request, url);
        if (auto answer = answer_other(request, url)) return answer;
    } else {
        if (url.secret.empty()) return doors::error_answer(route_not_found());
        if (auto refusal = admit(request, url)) return refusal;
    }
    if (!http::content_coding_of(request)) {
        refused(request, unknown_content_encoding());
        return doors::unsupported_content_encoding();
    }
    return {};
}

// The answer to what its source does not take; people see it among the recent requests of that.
http::Answer IngestExchange::refused(const http::RequestView& request, const Error& error,
                                     std::string_view body) {
    const auto& route = **admission_.route;
    const auto& clock = door_.options_.clock;
    if (route.tap != nullptr && route.tap->wants(pipeline::SourceTap::Of::others, clock.age())) {
        read_headers(request);
        auto seen = pipeline::see({.arrived_at = clock.wall(),
                                   .client_ip = client_ip(request),
                                   .headers = door_.header_scratch_,
                                   .content_type = request.text(request.head.content_type),
                                   .body = body,
                                   .query = http::query_of(request.text(request.head.target))});
        seen.outcome.error = error;
        route.tap->add(std::move(seen));
    }
    return doors::error_answer(error);
}

// A browser asks before its script sends: what the source takes, if it may know.
std::optional<http::Answer> IngestExchange::answer_options(const http::RequestView& request,
                                                           const StreamUrl& url) {
    if (!url.secret.empty()) admit(request, url);
    if (rules_ == nullptr) return options_for(request, doors::kMethodsOfStream);
    return options_for(request, methods_of(*rules_));
}

// By another method than POST come registrations of webhooks, and events of sources that say so.
std::optional<http::Answer> IngestExchange::answer_other(const http::RequestView& request,
                                                         const StreamUrl& url) {
    if (url.secret.empty()) return doors::method_not_allowed(doors::kMethodsOfStream);
    auto refusal = admit(request, url);
    if (rules_ == nullptr) return doors::method_not_allowed(doors::kMethodsOfStream);
    if (auto challenge = answer_challenge(request, url)) return challenge;
    return refusal;
}

// The answer to the registration of a webhook, if the request is one. It says nothing to an address
// or a client that may not send, or at a rate that is over.
std::optional<http::Answer> IngestExchange::answer_challenge(const http::RequestView& request,
                                                             const StreamUrl& url) {
    const auto method = request.head.method;
    const auto target = request.text(request.head.target);
    const bool is_get = method == http::Method::get || method == http::Method::head;
    if (!is_get || target.find('?') == std::string_view::npos) return {};
    const bool is_unknown = rules_->needs_client_certificate() && !writer_->client_certificate();
    if (!rules_->allows(client_ip(request)) || is_unknown || admission_.over_rate) return {};
    const auto challenge = rules_->answer_get(target, url.secret);
    if (!challenge) return {};
    door_.counters_.challenges.add();
    return http::text_answer(200, *challenge);
}

// Why the request may not send records, if so.
std::optional<http::Answer> IngestExchange::admit(const http::RequestView& request,
                                                  const StreamUrl& url) {
    const auto project = parse_project(url.project);
    if (!project) {
        return doors::error_answer(bad_request(
            fmt::format("Invalid project ID \"{}\".", shortened(url.project, kShownMax))));
    }
    auto admission = door_.intake_.admit(*project, url.source, url.secret);
    if (!admission.ok()) {
        doors::see_stranger(door_.intake_.route_of(*project, url.source), door_.nobodys_tap_,
                            door_.options_.clock, client_ip(request), admission.error());
        const auto told = doors::refused_secret(admission.error(), door_.options_.wrong_secrets,
                                                std::string(client_ip(request)));
        return doors::error_answer(told.error, told.wait);
    }
    if ((*admission.value().route)->kind != kHttpSource) {
        return doors::error_answer(pipeline::no_source_found());
    }
    admission_ = admission.value();
    is_admitted_ = true;
    rules_ = door_.rules_of(**admission_.route);
    body_bytes_max_ = door_.options_.body_bytes_max;
    if (rules_ != nullptr) {
        if (auto refusal = check_rules(request)) return refusal;
    }
    verbose_ = url.verbose;
    const auto wishes = wishes_of(url);
    if (!wishes.ok()) return refused(request, wishes.error());
    wishes_ = wishes.value();
    if (admission_.over_rate) {
        refused(request, over_rate());
        return doors::too_many_records(*admission_.over_rate);
    }
    return {};
}

std::optional<http::Answer> IngestExchange::check_rules(const http::RequestView& request) {
    body_bytes_max_ = rules_->body_bytes_max(body_bytes_max_);
    if (!rules_->allows(client_ip(request))) return refused(request, address_not_allowed());
    if (rules_->needs_client_certificate() && !writer_->client_certificate()) {
        return refused(request, client_certificate_required());
    }
    if (!rules_->takes(method_of(request))) return doors::method_not_allowed(methods_of(*rules_));
    return {};
}

http::BodyMode IngestExchange::body_mode() const {
    if (refusal_ || is_probe_) return {};
    return {.kind = http::BodyMode::Kind::whole, .bytes_max = body_bytes_max_};
}

void IngestExchange::receive(const http::RequestView& request, std::string_view body) {
    try {
        receive_whole(request, body);
    } catch (const std::exception& exception) {
        if (is_kept_) throw;
        door_.failed(exception);
        door_.body_decoder_.release();
        writer_->reply(refusal(http::failed_at(exception)));
    }
}

void IngestExchange::receive_whole(const http::RequestView& request, std::string_view body) {
    if (refusal_) return writer_->reply(*refusal_);
    if (is_probe_) {
        is_kept_ = true;
        return door_.intake_.ask_ready([this](const Result<void>& ready) {
            writer_->reply(ready.ok() ? http::text_answer(200, "OK\n")
                                      : doors::error_answer(ready.error()));
        });
    }
    const auto coding =
        http::content_coding_of(request);  // known, or the head would have been refused
    if (coding && *coding != http::ContentCoding::identity) {
        return take_decoded(request, body, *coding);
    }
    take(request, body);
}

void IngestExchange::take_decoded(const http::RequestView& request, std::string_view coded,
                                  http::ContentCoding coding) {
    // A proxy may have compressed what the sender signed, or the sender signs what it compresses.
    if (const auto refusal = check_current(request)) return writer_->reply(*refusal);
    const bool is_signed = rules_ == nullptr || !check_signature(request, coded);
    auto& decoder = door_.body_decoder_;
    const auto of_node = door_.options_.decoded_bytes_max;
    const auto decoded = decoder.decode(
        coded, coding, rules_ == nullptr ? of_node : rules_->decoded_bytes_max(of_node));
    if (decoded.ok()) {
        is_signed ? take_event(request, decoded.value()) : take(request, decoded.value());
    } else if (is_signed) {
        const auto& error = decoded.error();
        const bool has_setting = rules_ != nullptr && error.code() == Code::too_large;
        writer_->reply(
            refused(request, has_setting ? with_setting(error, kHttpDecodedSize) : error));
    } else {
        refuse_signature(request, {}, webhooks::BadSignature::mismatch);
    }
    decoder.release();
}

// Admits the request again where a source has changed since its head came.
std::optional<http::Answer> IngestExchange::check_current(const http::RequestView& request) {
    if (door_.intake_.is_current(admission_)) return {};
    return admit(request, url_of(request, door_headers(request)));
}

// Valid until the next call.
std::string_view IngestExchange::client_ip(const http::RequestView& request) {
    const auto& proxies = door_.options_.proxies;
    const bool is_proxied = !proxies.trusted.empty() && http::is_trusted(proxies, request.peer_ip);
    if (!is_proxied) return request.peer_ip;
    forwarded_ip_ = http::forwarded_ip(proxies, request);
    return forwarded_ip_;
}

void IngestExchange::read_headers(const http::RequestView& request) {
    auto& headers = door_.header_scratch_;
    headers.clear();
    for (const auto& header : request.head.headers) {
        if (is_own_secret(request, header)) continue;  // for no column, whatever is shown of others
        headers.push_back({.name = request.text(header.name), .value = request.text(header.value)});
    }
}

// Now and then: by which URL the request has come, as its headers say, which have been read.
void IngestExchange::look_at_url(const http::RequestView& request) {
    if (!std::exchange(door_.is_url_look_due_, false)) return;
    const auto& headers = door_.header_scratch_;
    const auto value_of = [&](std::string_view name) {
        const auto value = webhooks::find_header(headers, name).value;
        return value.substr(0, value.find(','));  // the first proxy has seen what was sent
    };
    const auto& proxies = door_.options_.proxies;
    const bool is_proxied = !proxies.trusted.empty() && http::is_trusted(proxies, request.peer_ip);
    const auto forwarded = is_proxied ? value_of("X-Forwarded-Host") : std::string_view();
    door_.options_.public_url_log->note(
        (*admission_.route)->key.source.value,
        {.host = forwarded.empty() ? value_of("Host") : forwarded,
         .proto = is_proxied ? value_of("X-Forwarded-Proto") : std::string_view()},
        door_.options_.clock.steady());
}

std::optional<webhooks::BadSignature> IngestExchange::check_signature(
    const http::RequestView& request, std::string_view body) {
    read_headers(request);
    return rules_->check({.headers = door_.header_scratch_,
                          .content_type = request.text(request.head.content_type),
                          .body = body,
                          .target = request.text(request.head.target)},
                         door_.options_.clock.wall());
}

// The sender hears no reason: who does not know the secret learns nothing.
void IngestExchange::refuse_signature(const http::RequestView& request, std::string_view body,
                                      webhooks::BadSignature reason) {
    door_.counters_.bad_signatures[static_cast<std::size_t>(reason)].add();
    door_.options_.refusal_log.note_signature((*admission_.route)->key.source.value,
                                              webhooks::to_string(reason));
    refused(request,
            Error(Code::unauthorized, fmt::format("The signature of the request is missing or "
                                                  "wrong ({}).",
                                                  webhooks::to_string(reason)))
                .named(error_names::kInBadSignature),
            body);
    if (++door_.wrong_signatures_ <= IngestDoor::kWrongAtOnce) {
        writer_->reply(doors::error_answer(bad_signature()));
        return;
    }
    held_at_ = door_.held_.insert(door_.held_.end(), this);
}

void IngestExchange::answer_held() {
    leave_held();
    writer_->reply(doors::error_answer(bad_signature()));
}

void IngestExchange::leave_held() noexcept {
    if (!held_at_) return;
    door_.held_.erase(*held_at_);
    held_at_.reset();
}

void IngestExchange::take(const http::RequestView& request, std::string_view body) {
    if (const auto refusal = check_current(request)) return writer_->reply(*refusal);
    if (rules_ != nullptr) {
        const auto bad = check_signature(request, body);
        look_at_url(request);
        if (bad) return refuse_signature(request, body, *bad);
    }
    take_event(request, body);
}

// The body is the sender's.
void IngestExchange::take_event(const http::RequestView& request, std::string_view body) {
    const auto content_type = request.text(request.head.content_type);
    if (rules_ == nullptr) return submit(request, body, content_type);
    if (const auto challenge = rules_->answer_post(body)) {
        door_.counters_.challenges.add();
        return writer_->reply(http::text_answer(200, *challenge));
    }
    const auto event = rules_->event_of(body, content_type);
    wishes_.key = event.key;
    wishes_.keys = &rules_->idempotency();
    submit(request, event.body, event.content_type);
}

void IngestExchange::submit(const http::RequestView& request, std::string_view body,
                            std::string_view content_type) {
    read_headers(request);
    const auto ip = client_ip(request);
    std::string_view subject;
    const std::string_view* shown = nullptr;
    if (rules_ != nullptr) {
        if (const auto client = writer_->client_certificate()) {
            subject = *client;
            shown = &subject;
        }
    }
    is_kept_ = true;
    door_.intake_.submit(admission_,
                         Record{.arrived_at = {},
                                .client_ip = ip,
                                .headers = door_.header_scratch_,
                                .content_type = content_type,
                                .body = body,
                                .query = http::query_of(request.text(request.head.target)),
                                .client_certificate = shown},
                         wishes_, *this);
}

void IngestExchange::ended(const pipeline::Request& request, const pipeline::Place& place) {
    try {
        door_.options_.refusal_log.note(request);
        answer_outcome(*writer_, request, place, verbose_, door_.receipts_);
    } catch (const std::exception& exception) {  // nothing was sent: a writer does not throw
        door_.failed(exception);
        writer_->reply({.status = 500, .media = http::Media::none, .headers = {}, .body = {}});
    }
}

std::string IngestExchange::to_remember(const pipeline::Request& request) {
    return outcome_to_remember(request, verbose_);
}

std::uint64_t IngestExchange::replayed(const std::string& remembered) {
    return answer_again(*writer_, remembered);
}

http::Answer IngestExchange::refusal(const Error& error) {
    see_refusal(error);
    if (rules_ == nullptr || error.code() != Code::too_large) return door_.refusal(error);
    return door_.refusal(with_setting(error, kHttpBodySize));
}

// Of its connection, which could not read it as a whole.
void IngestExchange::see_refusal(const Error& error) {
    if (!is_admitted_ || !door_.intake_.is_current(admission_)) return;
    const auto& tap = (*admission_.route)->tap;
    const auto& clock = door_.options_.clock;
    if (tap == nullptr || !tap->wants(pipeline::SourceTap::Of::others, clock.age())) return;
    pipeline::SeenRequest seen;
    seen.arrived_at = clock.wall();
    seen.outcome.error = Error(error).named(fmt::format("stream.in.{}", error.name()));
    tap->add(std::move(seen));
}

void IngestExchange::release() noexcept {
    leave_held();
    refusal_.reset();
    is_admitted_ = false;
    rules_ = nullptr;
    door_.free_.push_back(this);
}

}  // namespace millrace::ingest
