#include "api/otlp/otlp_exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

#include "api/access/credentials.h"
#include "api/doors/door_answer.h"
#include "api/doors/remembered_outcome.h"
#include "api/doors/stranger.h"
#include "api/doors/wrong_secrets.h"
#include "api/http/forwarded.h"
#include "api/http/refusals.h"
#include "api/http/request_target.h"
#include "api/otlp/otlp_answers.h"
#include "api/otlp/otlp_outcome.h"
#include "api/otlp/otlp_url.h"
#include "core/base/client_text.h"
#include "core/base/error_names.h"
#include "core/base/shown_text.h"
#include "core/pipeline/idempotency_key.h"

namespace millrace::otlp {
namespace {

using http::Answer;

constexpr std::size_t kShownMax = 60;  // characters of what a client has sent

std::optional<ProjectId> parse_project(std::string_view text) {
    std::uint32_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc() || stop != end) return {};
    return ProjectId(number);
}

Error invalid_project(std::string_view text) {
    return Error(Code::invalid,
                 fmt::format("Invalid project ID \"{}\".", shortened(text, kShownMax)))
        .named(error_names::kInBadRequest);
}

Error route_not_found() {
    return Error(Code::not_found,
                 "Not found, please send data using POST "
                 "/otlp/<projectID>/<sourceID>/<secret>/v1/<logs, metrics or traces>, or without "
                 "the secret and with \"Authorization: Bearer <secret>\"")
        .named(error_names::kInRouteNotFound);
}

Error no_such_method() {
    return Error(Code::not_found,
                 "There is no such method; Export of LogsService, MetricsService and TraceService "
                 "is served, as application/grpc over HTTP/2")
        .named(error_names::kInRouteNotFound);
}

// To a call: UNIMPLEMENTED, where NOT_FOUND would be a source that is not there.
Answer unimplemented() {
    const auto error = no_such_method();
    return error_answer(405, error.name(), as_sentence(error.client_text()), Encoding::protobuf);
}

Error no_source_named() {
    return Error(
               Code::invalid,
               "Name the source in the metadata: millrace-source: <projectID>/<sourceID>, and its "
               "secret as \"authorization: Bearer <secret>\"")
        .named(error_names::kInBadRequest);
}

Error unsupported_content_type() {
    return Error(Code::invalid,
                 "Unsupported OTLP content type, expected \"application/x-protobuf\", "
                 "\"application/protobuf\", or \"application/json\".")
        .named(error_names::kInUnsupportedMediaType);
}

Error unsupported_content_encoding() {
    return Error(Code::invalid,
                 "Unsupported Content-Encoding, supported are gzip, deflate and zstd.")
        .named(error_names::kInUnsupportedContentEncoding);
}

Error over_rate() {
    return Error(Code::unauthorized, "The source has received more than its rate allows.")
        .named(error_names::kInRateLimited);
}

bool equal_ignoring_case(std::string_view text, std::string_view lower_case) {
    return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                      [](char a, char b) {
                          return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
                      });
}

// Nothing for a type that is none of OTLP; parameters do not matter.
std::optional<Encoding> encoding_of(std::string_view content_type) {
    auto type = content_type.substr(0, content_type.find(';'));
    type = type.substr(0, type.find_last_not_of(" \t") + 1);
    if (equal_ignoring_case(type, "application/x-protobuf")) return Encoding::protobuf;
    if (equal_ignoring_case(type, "application/protobuf")) return Encoding::protobuf;
    if (equal_ignoring_case(type, "application/json")) return Encoding::json;
    return std::nullopt;
}

std::string_view secret_of(const http::RequestView& request, const OtlpUrl& url) {
    if (!url.secret.empty()) return url.secret;
    return access::bearer_token(request.text(request.head.authorization));
}

}  // namespace

void OtlpExchange::begin(const http::RequestView& request, http::ResponseWriter& writer) {
    writer_ = &writer;
    is_kept_ = false;
    if (is_grpc_call(request) && writer.stream() != nullptr) {
        writer_ = &grpc_.emplace(writer);
        encoding_ = Encoding::protobuf;
        refusal_ = early_answer(request);
        return;
    }
    if (request.head.origin.length > 0) writer.allow_scripts(doors::kExposedHeaders);
    const auto encoding = encoding_of(request.text(request.head.content_type));
    encoding_ = encoding.value_or(Encoding::json);
    refusal_ = early_answer(request);
    if (!refusal_ && !encoding) refusal_ = refused(request, unsupported_content_type());
}

std::optional<OtlpUrl> OtlpExchange::url_of(const http::RequestView& request) const {
    return grpc_ ? url_of_call(request) : parse_otlp_url(request.text(request.head.target));
}

std::optional<Answer> OtlpExchange::early_answer(const http::RequestView& request) {
    const auto method = request.head.method;
    const auto url = url_of(request);
    if (!url && grpc_) return unimplemented();
    if (!url && is_grpc_target(request.text(request.head.target))) {
        return error_answer(no_such_method(), encoding_);
    }
    if (!url) return error_answer(route_not_found(), encoding_);
    if (method == http::Method::options) {
        return doors::options_of(doors::kMethodsOfStream, request.text(request.head.origin),
                                 request.text(request.head.asked_headers));
    }
    if (method != http::Method::post) return doors::method_not_allowed(doors::kMethodsOfStream);
    if (auto refusal = admit(request)) return refusal;
    const auto coding = grpc_ ? coding_of_call(request) : http::content_coding_of(request);
    if (!coding) {
        auto answer = refused(request, unsupported_content_encoding());
        answer.headers += "Accept-Encoding: gzip, deflate, zstd\r\n";  // RFC 9110 12.5.3
        return answer;
    }
    coding_ = *coding;
    return {};
}

// Why the request may not send records, if so.
std::optional<Answer> OtlpExchange::admit(const http::RequestView& request) {
    const auto url = url_of(request);
    if (grpc_ && url->source.empty()) return error_answer(no_source_named(), encoding_);
    const auto project = parse_project(url->project);
    if (!project) return error_answer(invalid_project(url->project), encoding_);
    const auto admission = door_.intake_.admit(*project, url->source, secret_of(request, *url));
    if (!admission.ok()) {
        doors::see_stranger(door_.intake_.route_of(*project, url->source), door_.nobodys_tap_,
                            door_.options_.clock, client_ip(request), admission.error());
        const auto told = doors::refused_secret(admission.error(), door_.options_.wrong_secrets,
                                                std::string(client_ip(request)));
        auto answer = error_answer(told.error, encoding_);
        if (told.wait.count() > 0) answer.headers += doors::retry_after(told.wait);
        return answer;
    }
    admission_ = admission.value();
    signal_ = url->signal;
    const auto& of_signal = (**admission_.route).by_signal[static_cast<std::size_t>(signal_)];
    if (of_signal == nullptr) return error_answer(pipeline::no_source_found(), encoding_);
    admission_.route = &of_signal;
    is_admitted_ = true;
    if (admission_.over_rate) {
        see_refusal(request, over_rate(), {});
        return too_many_records(*admission_.over_rate, encoding_);
    }
    return {};
}

// The answer to what its source does not take; people see it among the recent requests of that.
Answer OtlpExchange::refused(const http::RequestView& request, const Error& error,
                             std::string_view body) {
    see_refusal(request, error, body);
    return error_answer(error, encoding_);
}

void OtlpExchange::see_refusal(const http::RequestView& request, const Error& error,
                               std::string_view body) {
    const auto& tap = (**admission_.route).tap;
    const auto& clock = door_.options_.clock;
    if (tap == nullptr || !tap->wants(pipeline::SourceTap::Of::others, clock.age())) return;
    read_headers(request);
    auto seen = pipeline::see({.arrived_at = clock.wall(),
                               .client_ip = client_ip(request),
                               .headers = door_.header_scratch_,
                               .content_type = request.text(request.head.content_type),
                               .body = body,
                               .query = http::query_of(request.text(request.head.target))});
    seen.outcome.error = error;
    tap->add(std::move(seen));
}

void OtlpExchange::read_headers(const http::RequestView& request) {
    auto& headers = door_.header_scratch_;
    headers.clear();
    const auto& authorization = request.head.authorization;
    for (const auto& [name, value] : request.head.headers) {
        // It may be the secret of the source.
        if (authorization.length > 0 && value.offset == authorization.offset) continue;
        headers.push_back({.name = request.text(name), .value = request.text(value)});
    }
}

// Valid until the next call.
std::string_view OtlpExchange::client_ip(const http::RequestView& request) {
    const auto& proxies = door_.options_.proxies;
    const bool is_proxied = !proxies.trusted.empty() && http::is_trusted(proxies, request.peer_ip);
    if (!is_proxied) return request.peer_ip;
    forwarded_ip_ = http::forwarded_ip(proxies, request);
    return forwarded_ip_;
}

http::BodyMode OtlpExchange::body_mode() const {
    if (refusal_) return {};
    return {.kind = http::BodyMode::Kind::whole, .bytes_max = door_.options_.body_bytes_max};
}

void OtlpExchange::receive(const http::RequestView& request, std::string_view body) {
    try {
        receive_whole(request, body);
    } catch (const std::exception& exception) {
        if (is_kept_) throw;
        door_.failed(exception);
        door_.flattener_.release();
        door_.body_decoder_.release();
        writer_->reply(refusal(http::failed_at(exception)));
    }
}

void OtlpExchange::receive_whole(const http::RequestView& request, std::string_view body) {
    if (refusal_) return writer_->reply(*refusal_);
    if (const auto refusal = check_current(request)) return writer_->reply(*refusal);
    const auto plain = decoded(body);
    if (plain.ok()) {
        take(request, plain.value());
    } else {
        writer_->reply(refused(request, plain.error(), body));
    }
    door_.body_decoder_.release();
}

// A source may have changed since the head came.
std::optional<Answer> OtlpExchange::check_current(const http::RequestView& request) {
    if (door_.intake_.is_current(admission_)) return {};
    is_admitted_ = false;
    return admit(request);
}

Result<std::string_view> OtlpExchange::decoded(std::string_view body) {
    auto coding = coding_;
    if (grpc_) {
        TRY_ASSIGN(const auto message, read_message(body));
        body = message.bytes;
        if (!message.is_compressed) coding = http::ContentCoding::identity;
    }
    return door_.body_decoder_.decode(body, coding, door_.options_.body_bytes_max);
}

void OtlpExchange::take(const http::RequestView& request, std::string_view body) {
    auto& flattener = door_.flattener_;
    const auto& paths = (**admission_.route).mapper.paths();
    const auto flattened = flattener.flatten(signal_, encoding_, body, &paths);
    if (!flattened.ok()) {
        writer_->reply(refused(request, flattened.error(), body));
    } else if (flattener.records() == 0) {
        writer_->reply(success_answer({}, signal_, encoding_));
    } else {
        submit(request);
    }
    flattener.release();
}

void OtlpExchange::submit(const http::RequestView& request) {
    read_headers(request);
    const auto client = writer_->client_certificate();
    const Record record{.arrived_at = {},
                        .client_ip = client_ip(request),
                        .headers = door_.header_scratch_,
                        .content_type = "application/json",
                        .body = door_.flattener_.text(),
                        .query = http::query_of(request.text(request.head.target)),
                        .client_certificate = client ? &*client : nullptr,
                        .found = &door_.flattener_.found()};
    if (!is_to_divide(record)) {
        is_kept_ = true;
        return door_.intake_.submit(admission_, record, {.form = RecordForm::lines}, *this);
    }
    route_ = *admission_.route;
    divided_.emplace(door_.intake_, door_.options_.refusal_log, door_.held_,
                     [this](const Outcome& outcome) { end_divided(outcome); });
    divided_->submit(admission_, record, part_bytes());
}

// Of flattened records, so that the rows of all sinks fit one write.
std::uint64_t OtlpExchange::part_bytes() const {
    const auto sinks = (**admission_.route).sinks.size();
    return door_.options_.part_bytes / std::max<std::size_t>(1, sinks);
}

// A key speaks for the whole request, which is one write then.
bool OtlpExchange::is_to_divide(const Record& record) const {
    const auto& route = **admission_.route;
    if (route.sinks.empty() || door_.flattener_.records() < 2) return false;
    if (record.body.size() <= part_bytes()) return false;
    const auto key = pipeline::find_idempotency_key(record.headers, route.idempotency.header);
    return key.ok() && !key.value();
}

void OtlpExchange::ended(const pipeline::Request& request, const pipeline::Place& place) {
    try {
        door_.options_.refusal_log.note(request);
        const auto& outcome = request.outcome;
        auto answer = answer_of(outcome, *request.route, signal_, encoding_);
        if (outcome.is_stored) answer.headers += door_.receipts_.of(request, place);
        if (request.route->sinks.empty() && answer.status == 200) {
            answer.headers += doors::kAckNone;
        }
        writer_->reply(answer);
    } catch (const std::exception& exception) {  // nothing was sent: a writer does not throw
        door_.failed(exception);
        writer_->reply({.status = 503, .headers = {}, .body = {}});
    }
}

// A receipt is of one write: there is none.
void OtlpExchange::end_divided(const Outcome& outcome) {
    try {
        auto answer = answer_of(outcome, *route_, signal_, encoding_);
        if (outcome.is_stored) {
            answer.headers += fmt::format("Ack: {}\r\n", to_string(outcome.reached));
        }
        writer_->reply(answer);
    } catch (const std::exception& exception) {  // as above
        door_.failed(exception);
        writer_->reply({.status = 503, .headers = {}, .body = {}});
    }
}

std::string OtlpExchange::to_remember(const pipeline::Request& request) {
    return doors::encode_outcome(answer_of(request.outcome, *request.route, signal_, encoding_),
                                 request.outcome.records);
}

std::uint64_t OtlpExchange::replayed(const std::string& remembered) {
    auto first = doors::decode_outcome(remembered);
    if (!first) {
        writer_->reply(
            error_answer(Error(Code::corrupt, "what was remembered cannot be read"), encoding_));
        return 0;
    }
    writer_->reply(doors::replayed(std::move(first->answer)));
    return first->records;
}

// Of its connection, which could not read it as a whole.
Answer OtlpExchange::refusal(const Error& error) {
    const auto named = Error(error).named(fmt::format("stream.in.{}", error.name()));
    if (is_admitted_ && door_.intake_.is_current(admission_)) {
        const auto& tap = (**admission_.route).tap;
        const auto& clock = door_.options_.clock;
        if (tap != nullptr && tap->wants(pipeline::SourceTap::Of::others, clock.age())) {
            pipeline::SeenRequest seen;
            seen.arrived_at = clock.wall();
            seen.outcome.error = named;
            tap->add(std::move(seen));
        }
    }
    const auto answer = error_answer(named, encoding_);
    return grpc_ ? refusal_of_call(answer) : answer;
}

void OtlpExchange::release() noexcept {
    refusal_.reset();
    grpc_.reset();
    divided_.reset();
    route_.reset();
    is_admitted_ = false;
    door_.free_.push_back(this);
}

}  // namespace millrace::otlp
