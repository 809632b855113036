#include "api/control/rest_server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/memory_stream.h"
#include "api/control/render.h"
#include "api/http/accepted_coding.h"
#include "api/http/content_coding.h"
#include "core/base/error_names.h"

namespace millrace::control {
namespace {

constexpr std::size_t kCodedFrom = 1400;  // bytes; less is one packet in any case
constexpr const char* kAnyPath = R"([\s\S]*)";
constexpr std::string_view kLineEnd = "\r\n";

bool has_body_method(const httplib::Request& request) {
    return request.method == "POST" || request.method == "PUT" || request.method == "PATCH" ||
           request.method == "DELETE";
}

// The request line is whole, but the library knows no such method. It has not read the headers.
bool is_unknown_method(const httplib::Request& request) {
    static const std::set<std::string> known = {"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
                                                "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI"};
    return !request.method.empty() && known.count(request.method) == 0 &&
           request.target.starts_with('/') && request.version.starts_with("HTTP/1.");
}

Error unsupported_form() {
    return Error(Code::invalid, "Request body must be JSON, not a form.")
        .named(error_names::kApiUnsupportedMediaType);
}

// Whether the library decodes such a body, with the coding as it spells it. It would pass on as it
// is what is coded otherwise.
bool knows_coding(httplib::Request& request) {
    static constexpr const char* kName = "Content-Encoding";
    if (!request.has_header(kName)) return true;
    const auto given = request.get_header_value(kName);
    if (request.get_header_value_count(kName) > 1) return false;
    const auto coding = http::parse_content_coding(given);
    const bool is_gzip = coding == http::ContentCoding::gzip;
    if (is_gzip && given != "gzip") {  // "x-gzip", "GZIP"
        request.headers.erase(kName);
        request.set_header(kName, "gzip");
    }
    return is_gzip || coding == http::ContentCoding::identity || given == "deflate" ||
           given == "br";
}

// RFC 9110 12.5.3
Response unsupported_coding(const std::string& request_id) {
    auto response = error_response(
        Error(Code::invalid,
              "Unsupported Content-Encoding, supported are gzip, deflate and br, one of them.")
            .named(error_names::kApiUnsupportedMediaType),
        request_id);
    response.headers.emplace_back("Accept-Encoding", "gzip, deflate, br");
    return response;
}

std::optional<std::string> header_of(const httplib::Request& request, const char* name) {
    if (!request.has_header(name)) return std::nullopt;
    return request.get_header_value(name);
}

// The library puts these four behind what the client sent.
std::vector<std::pair<std::string, std::string>> sent_headers(const httplib::Request& request) {
    auto headers = request.headers;
    for (const auto* added : {"REMOTE_ADDR", "REMOTE_PORT", "LOCAL_ADDR", "LOCAL_PORT"}) {
        const auto [first, last] = headers.equal_range(added);
        if (first != last) headers.erase(std::prev(last));
    }
    return {headers.begin(), headers.end()};
}

// Cuts the text before the next line end, and that, off the front.
std::string_view take_line(std::string_view& text) {
    const auto end = text.find(kLineEnd);
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), line.size() + kLineEnd.size()));
    return line;
}

// The library leaves out headers without a value: "If-Match:" is wrong, and not as if it were not
// there.
void add_empty_headers(std::string_view text,
                       std::vector<std::pair<std::string, std::string>>& headers) {
    take_line(text);  // the request line
    for (auto line = take_line(text); !line.empty(); line = take_line(text)) {
        const auto colon = line.find(':');
        const bool is_empty = colon != std::string_view::npos &&
                              line.find_first_not_of(" \t", colon + 1) == std::string_view::npos;
        if (is_empty) headers.emplace_back(line.substr(0, colon), "");
    }
}

void write(const Response& from, const std::string& request_id, httplib::Response& to) {
    to.status = from.status;
    to.set_header("X-Request-Id", request_id);
    for (const auto& [name, value] : from.headers) to.set_header(name, value);
    if (!from.content_type.empty()) to.set_content(from.body, from.content_type);
}

// As gzip, where the client takes it and it is worth while.
Response coded(Response response, std::string_view accept_encoding) {
    const auto is_coded = [](const auto& header) { return header.first == "Content-Encoding"; };
    const auto& type = response.content_type;
    const bool is_text = type.starts_with("application/") || type.starts_with("text/");
    if (response.body.size() < kCodedFrom || !is_text) return response;
    if (std::ranges::any_of(response.headers, is_coded)) return response;
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (!http::accepts_gzip(accept_encoding)) return response;
    response.body = http::gzipped(response.body);
    response.headers.emplace_back("Content-Encoding", "gzip");
    return response;
}

std::uint64_t number_in(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// What the library has written, as an answer of the connection, which says itself how long the
// answer is and whether it goes on.
http::Answer parse_answer(std::string_view written) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";  // was said before
    constexpr std::string_view kLength = "Content-Length: ";
    if (written.starts_with(kContinue)) written.remove_prefix(kContinue.size());
    http::Answer answer;
    answer.status = static_cast<int>(number_in(take_line(written).substr(9, 3)));
    for (auto line = take_line(written); !line.empty(); line = take_line(written)) {
        if (line.starts_with("Connection: ") || line.starts_with("Keep-Alive: ")) continue;
        if (line.starts_with(kLength)) {
            answer.body_bytes = number_in(line.substr(kLength.size()));
        } else {
            answer.headers += line;
            answer.headers += kLineEnd;
        }
    }
    answer.body = written;
    return answer;
}

}  // namespace

http::Answer answer_of(const Response& response, const std::string& request_id) {
    http::Answer answer{.status = response.status,
                        .media = http::Media::none,
                        .headers = fmt::format("X-Request-Id: {}\r\n", request_id),
                        .body = response.body};
    for (const auto& [name, value] : response.headers) {
        answer.headers += fmt::format("{}: {}\r\n", name, value);
    }
    if (!response.content_type.empty()) {
        answer.headers += fmt::format("Content-Type: {}\r\n", response.content_type);
    }
    return answer;
}

struct RestServer::Http final : httplib::Server {
    Http(const control::Handler& request_handler, definitions::RandomText& random_text,
         RestLimits rest_limits)
        : handler(request_handler), random(random_text), limits(rest_limits) {
        configure();
    }

    RestResult serve(const RestCall& next);
    void configure();
    Request request_of(const httplib::Request& from);
    void send(const httplib::Request& from, Response response, const std::string& id,
              httplib::Response& to) const;
    void answer(const httplib::Request& from, const Request& request, httplib::Response& to);
    void answer_with_body(const httplib::Request& from, httplib::Response& to,
                          const httplib::ContentReader& content);
    bool answer_without_body(const httplib::Request& from, httplib::Response& to);
    void answer_refused(const httplib::Request& from, httplib::Response& to);

    const control::Handler& handler;
    definitions::RandomText& random;
    const RestLimits limits;
    const RestCall* call = nullptr;  // being served
    std::optional<Waiting> waiting;  // what the handler has said to it
};

RestResult RestServer::Http::serve(const RestCall& next) {
    call = &next;
    waiting.reset();
    MemoryStream stream(next.text, next.client_ip);
    bool ignored = false;  // what the connection does is not the library's matter
    process_request(stream, false, ignored, nullptr);
    call = nullptr;
    if (waiting) return {.answer = {}, .waiting = std::move(waiting)};
    return {.answer = parse_answer(stream.written()), .waiting = {}};
}

Request RestServer::Http::request_of(const httplib::Request& from) {
    Request request;
    request.id = random.make(kRequestIdLength);
    request.method = from.method;
    request.path = from.target.substr(0, from.target.find_first_of("?#"));
    for (const auto& [name, value] : from.params) request.query.emplace(name, value);
    request.storage_token = header_of(from, "X-StorageApi-Token");
    request.authorization = header_of(from, "Authorization");
    request.origin = header_of(from, "Origin");
    request.host = header_of(from, "Host");
    request.headers = sent_headers(from);
    add_empty_headers(call->text, request.headers);
    request.client_ip = call->client_ip;
    request.waiting = call->waiting;
    if (call->is_abandoned != nullptr) {
        request.is_abandoned = [is_abandoned = call->is_abandoned] { return is_abandoned->load(); };
    }
    return request;
}

void RestServer::Http::send(const httplib::Request& from, Response response, const std::string& id,
                            httplib::Response& to) const {
    const auto accepted = from.get_header_value("Accept-Encoding");
    // The library would code the answer itself: for browsers in Brotli at its slowest, half a
    // second a megabyte, and also what is coded already.
    const_cast<httplib::Request&>(from).headers.erase(
        "Accept-Encoding");  // the object is the library's own and not const
    write(coded(std::move(response), accepted), id, to);
}

void RestServer::Http::answer(const httplib::Request& from, const Request& request,
                              httplib::Response& to) {
    auto response = handler(request);
    waiting = std::move(response.waiting);
    send(from, std::move(response), request.id, to);
}

// Answers what has no body or cannot have one; false if the body is to be read.
bool RestServer::Http::answer_without_body(const httplib::Request& from, httplib::Response& to) {
    // The library would cut our answers to the ranges asked for; a server may ignore them instead.
    const_cast<httplib::Request&>(from)
        .ranges.clear();  // the object is the library's own and not const

    const auto request = request_of(from);
    const auto refuse = [&](const Error& error) {
        send(from, error_response(error, request.id), request.id, to);
        return true;
    };
    if (from.target.size() > limits.target_bytes) {
        return refuse(Error(Code::invalid, fmt::format("Request target is longer than {} bytes.",
                                                       limits.target_bytes))
                          .named(error_names::kApiUriTooLong));
    }
    if (!call->has_body) {
        answer(from, request, to);
        return true;
    }
    if (!has_body_method(from)) {
        auto response = handler(request);  // reads at most
        if (response.status != 405) return refuse(bad_request("The method takes no request body."));
        send(from, std::move(response), request.id, to);
        return true;
    }
    // The object is the library's own and not const.
    if (!knows_coding(const_cast<httplib::Request&>(from))) {
        send(from, unsupported_coding(request.id), request.id, to);
        return true;
    }
    return from.is_multipart_form_data() && refuse(unsupported_form());
}

void RestServer::Http::answer_with_body(const httplib::Request& from, httplib::Response& to,
                                        const httplib::ContentReader& content) {
    auto request = request_of(from);
    bool too_large = false;
    const bool whole = content([&](const char* bytes, std::size_t count) {
        too_large = request.body.size() + count > limits.body_bytes;
        if (!too_large) request.body.append(bytes, count);
        return !too_large;
    });
    if (whole && !too_large) return answer(from, request, to);
    const auto error = too_large ? body_too_large(limits.body_bytes)
                                 : bad_request("Request body ended early or cannot be decoded.");
    send(from, error_response(error, request.id), request.id, to);
}

// What the library refuses by itself: methods and codings that it does not know, odd ranges.
void RestServer::Http::answer_refused(const httplib::Request& from, httplib::Response& to) {
    if (to.has_header("X-Request-Id")) return;
    if (to.status == 400 && is_unknown_method(from)) return answer(from, request_of(from), to);
    const bool is_line_or_range = to.status == 414 || to.status == 416;
    const auto id = random.make(kRequestIdLength);
    send(from,
         error_response(bad_request(is_line_or_range ? "Request line or range is invalid."
                                                     : "Malformed request."),
                        id),
         id, to);
}

void RestServer::Http::configure() {
    set_payload_max_length(limits.body_bytes);
    // Our own router sees every method and path.
    set_pre_routing_handler([this](const httplib::Request& from, httplib::Response& to) {
        return answer_without_body(from, to) ? HandlerResponse::Handled
                                             : HandlerResponse::Unhandled;
    });
    const auto with_body = [this](const httplib::Request& from, httplib::Response& to,
                                  const httplib::ContentReader& content) {
        answer_with_body(from, to, content);
    };
    Post(kAnyPath, with_body);
    Put(kAnyPath, with_body);
    Patch(kAnyPath, with_body);
    Delete(kAnyPath, with_body);
    // It would answer with the exception's text in a header.
    set_exception_handler([](const httplib::Request& /*from*/, httplib::Response& /*to*/,
                             std::exception_ptr thrown) { std::rethrow_exception(thrown); });
    set_error_handler(
        [this](const httplib::Request& from, httplib::Response& to) { answer_refused(from, to); });
}

RestServer::RestServer(const Handler& handler, definitions::RandomText& random, RestLimits limits)
    : http_(std::make_unique<Http>(handler, random, limits)) {}

RestServer::~RestServer() = default;

RestResult RestServer::serve(const RestCall& call) {
    return http_->serve(call);
}

}  // namespace millrace::control
