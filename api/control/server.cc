#include "api/control/server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <set>
#include <thread>
#include <utility>

#include "api/control/api_errors.h"
#include "api/control/bounded_pool.h"
#include "api/control/events.h"
#include "api/control/render.h"
#include "api/http/client_ip.h"

namespace millrace::control {
namespace {

constexpr std::size_t kThreads = 32;         // a connection keeps one while it is open
constexpr std::ptrdiff_t kWaitingMax = 256;  // connections without a thread
constexpr std::size_t kRequestsPerConnection = 1'000'000;
constexpr std::size_t kRequestIdLength = 15;
constexpr int kIdleSeconds = 2;
constexpr int kReadSeconds = 10;
constexpr int kBacklog = 128;
constexpr std::chrono::milliseconds kReopenEvery{100};
constexpr const char* kAnyPath = R"([\s\S]*)";

// How the body of a request is delimited.
enum class Framing { none, present, broken };

Framing framing_of(const httplib::Request& request) {
    const auto lengths = request.get_header_value_count("Content-Length");
    const auto codings = request.get_header_value_count("Transfer-Encoding");
    if (lengths == 0 && codings == 0) return Framing::none;
    if (lengths + codings > 1) return Framing::broken;
    if (codings == 1) {
        return request.get_header_value("Transfer-Encoding") == "chunked" ? Framing::present
                                                                          : Framing::broken;
    }
    const auto length = request.get_header_value("Content-Length");
    const bool is_number =
        !length.empty() && length.size() <= 18 &&
        std::all_of(length.begin(), length.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number) return Framing::broken;
    return std::all_of(length.begin(), length.end(), [](char c) { return c == '0'; })
               ? Framing::none
               : Framing::present;
}

bool has_body_method(const httplib::Request& request) {
    return request.method == "POST" || request.method == "PUT" || request.method == "PATCH" ||
           request.method == "DELETE";
}

Error broken_framing() {
    return bad_request("Content-Length or Transfer-Encoding is invalid.");
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
        .named("stream.api.unsupportedMediaType");
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

}  // namespace

struct Server::Http {
    Http(Rng& rng, ServerLimits server_limits) : random(rng), limits(server_limits) {}

    void configure();
    Request request_of(const httplib::Request& from);
    void answer(const Request& request, httplib::Response& to);
    void answer_with_body(const httplib::Request& from, httplib::Response& to,
                          const httplib::ContentReader& content);
    bool answer_without_body(const httplib::Request& from, httplib::Response& to);
    bool open(const std::string& host, int wanted_port);
    void serve();

    RandomText random;
    const ServerLimits limits;
    Handler handler;
    httplib::Server server;
    int listening_socket = -1;
    std::string host;
    int port = 0;
    std::atomic<bool> stopping = false;
    std::atomic<bool> ended = false;
    std::thread accepting;
};

namespace {

void write(const Response& from, const std::string& request_id, httplib::Response& to) {
    to.status = from.status;
    to.set_header("X-Request-Id", request_id);
    for (const auto& [name, value] : from.headers) to.set_header(name, value);
    if (!from.content_type.empty()) to.set_content(from.body, from.content_type);
}

// Answers and closes the connection, because what is left of the request was not read. The library
// has no call for that; a body provider that reports failure after its last byte does it.
void write_and_close(const Response& from, const std::string& request_id, httplib::Response& to) {
    write(from, request_id, to);
    to.body.clear();
    to.headers.erase("Content-Type");
    to.set_header("Connection", "close");
    to.set_content_provider(
        from.body.size(), from.content_type,
        [body = from.body](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
            sink.write(body.data() + offset, length);
            return false;
        });
}

}  // namespace

Request Server::Http::request_of(const httplib::Request& from) {
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
    request.client_ip = http::client_ip(from.remote_addr);
    return request;
}

void Server::Http::answer(const Request& request, httplib::Response& to) {
    write(handler(request), request.id, to);
}

// Answers what needs no body or cannot have one; false if the body has to be read first.
bool Server::Http::answer_without_body(const httplib::Request& from, httplib::Response& to) {
    // The library would cut our answers to the ranges asked for; a server may ignore them instead.
    const_cast<httplib::Request&>(from)
        .ranges.clear();  // the object is the library's own and not const

    const auto framing = framing_of(from);
    const auto request = request_of(from);
    const auto refuse = [&](const Error& error) {
        const auto response = error_response(error, request.id);
        if (framing == Framing::none) {
            write(response, request.id, to);
        } else {
            write_and_close(response, request.id, to);
        }
        return true;
    };
    if (from.target.size() > limits.target_bytes) {
        return refuse(Error(Code::invalid, fmt::format("Request target is longer than {} bytes.",
                                                       limits.target_bytes))
                          .named("stream.api.uriTooLong"));
    }
    if (framing == Framing::broken) return refuse(broken_framing());
    if (framing == Framing::none) {
        answer(request, to);
        return true;
    }
    if (!has_body_method(from)) {
        const auto response = handler(request);  // reads at most
        write_and_close(
            response.status == 405
                ? response
                : error_response(bad_request("The method takes no request body."), request.id),
            request.id, to);
        return true;
    }
    if (from.is_multipart_form_data()) return refuse(unsupported_form());
    const auto length = from.get_header_value("Content-Length");
    if (!length.empty() && std::stoull(length) > limits.discard_bytes) {
        return refuse(body_too_large(limits.body_bytes));
    }
    return false;
}

void Server::Http::answer_with_body(const httplib::Request& from, httplib::Response& to,
                                    const httplib::ContentReader& content) {
    auto request = request_of(from);
    std::uint64_t received = 0;
    const bool whole = content([&](const char* bytes, std::size_t count) {
        received += count;
        if (received <= limits.body_bytes) request.body.append(bytes, count);
        return received <= limits.discard_bytes;
    });
    const bool too_large = received > limits.body_bytes;
    if (!whole) {
        const auto error = too_large
                               ? body_too_large(limits.body_bytes)
                               : bad_request("Request body ended early or cannot be decoded.");
        return write_and_close(error_response(error, request.id), request.id, to);
    }
    if (too_large) {
        return write(error_response(body_too_large(limits.body_bytes), request.id), request.id, to);
    }
    answer(request, to);
}

void Server::Http::configure() {
    // Only SO_REUSEADDR: with the library's SO_REUSEPORT a second server takes the port silently.
    server.set_socket_options([this](int socket) {
        const int on = 1;
        ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        listening_socket = socket;
    });
    server.set_tcp_nodelay(true);
    server.set_keep_alive_max_count(kRequestsPerConnection);
    server.set_keep_alive_timeout(kIdleSeconds);
    server.set_read_timeout(kReadSeconds);
    server.set_write_timeout(kReadSeconds);
    server.set_payload_max_length(limits.discard_bytes);
    server.new_task_queue = [] { return new BoundedPool(kThreads, kWaitingMax); };

    // Our own router sees every method and path.
    server.set_pre_routing_handler([this](const httplib::Request& from, httplib::Response& to) {
        return answer_without_body(from, to) ? httplib::Server::HandlerResponse::Handled
                                             : httplib::Server::HandlerResponse::Unhandled;
    });
    const auto with_body = [this](const httplib::Request& from, httplib::Response& to,
                                  const httplib::ContentReader& content) {
        answer_with_body(from, to, content);
    };
    server.Post(kAnyPath, with_body);
    server.Put(kAnyPath, with_body);
    server.Patch(kAnyPath, with_body);
    server.Delete(kAnyPath, with_body);

    // What the library refuses by itself: a malformed head, and methods it does not know.
    server.set_error_handler([this](const httplib::Request& from, httplib::Response& to) {
        if (to.has_header("X-Request-Id")) return;
        const auto status = to.status;
        if (status == 400 && is_unknown_method(from)) {
            const auto request = request_of(from);
            return write_and_close(handler(request), request.id, to);
        }
        const auto id = random.make(kRequestIdLength);
        auto response = error_response(bad_request("Malformed request."), id);
        if (status == 414 || status == 416) {
            response = error_response(bad_request("Request line or range is invalid."), id);
        }
        write_and_close(response, id, to);  // where the next request begins is not known
    });
}

bool Server::Http::open(const std::string& on_host, int wanted_port) {
    host = on_host;
    port = wanted_port;
    if (port == 0) {
        port = server.bind_to_any_port(host);
    } else if (!server.bind_to_port(host, port)) {
        return false;
    }
    if (port <= 0) return false;
    // The library listens with a backlog of 5: a burst of clients would wait for retransmissions.
    ::listen(listening_socket, kBacklog);
    return true;
}

// The library closes its socket and returns after some errors of accept(2), as when the system has
// no descriptor left.
void Server::Http::serve() {
    while (!stopping) {
        if (server.listen_after_bind() || stopping) break;
        emit(ListenerFailed{.host = host, .port = port});
        while (!stopping && !open(host, port)) std::this_thread::sleep_for(kReopenEvery);
    }
    ended = true;
}

Server::Server(Rng& rng, ServerLimits limits) : http_(std::make_unique<Http>(rng, limits)) {
    http_->configure();
}

Server::~Server() {
    stop();
}

Result<std::uint16_t> Server::bind(const config::Endpoint& endpoint) {
    errno = 0;
    if (!http_->open(endpoint.host, endpoint.port)) {
        return Error(Code::unavailable, fmt::format("listen on {}:{}: {}", endpoint.host,
                                                    endpoint.port, std::strerror(errno)));
    }
    emit(Listening{.host = endpoint.host, .port = http_->port});
    return static_cast<std::uint16_t>(http_->port);
}

void Server::start(Handler handler) {
    http_->handler = std::move(handler);
    http_->accepting = std::thread([http = http_.get()] { http->serve(); });
    // stop() has no effect before the library's loop runs.
    while (!http_->server.is_running() && !http_->ended) std::this_thread::yield();
}

void Server::stop() {
    if (!http_->accepting.joinable()) return;
    http_->stopping = true;
    // It may be about to listen again.
    while (!http_->ended && !http_->server.is_running()) std::this_thread::yield();
    http_->server.stop();
    http_->accepting.join();
}

}  // namespace millrace::control
