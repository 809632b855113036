#include "api/cli/http_session.h"

#include <fmt/format.h>
#include <httplib.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "api/cli/interrupts.h"

namespace millrace::cli {
namespace {

constexpr auto kConnectTime = std::chrono::seconds(10);
constexpr auto kAnswerTime = std::chrono::seconds(90);  // a receipt is waited for by the service

std::string header_of(const httplib::Response& response, const char* name) {
    return response.has_header(name) ? response.get_header_value(name) : std::string();
}

std::optional<Milliseconds> retry_after_of(const httplib::Response& response) {
    const auto text = header_of(response, "Retry-After");
    std::int64_t seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || read.ec != std::errc() || seconds < 0) return std::nullopt;
    return std::chrono::seconds(seconds);
}

bool is_before_the_request(httplib::Error error) {
    switch (error) {
        case httplib::Error::Connection:
        case httplib::Error::BindIPAddress:
        case httplib::Error::SSLConnection:
        case httplib::Error::SSLLoadingCerts:
        case httplib::Error::SSLServerVerification:
        case httplib::Error::ConnectionTimeout:
            return true;
        default:
            return false;
    }
}

std::string_view cause_of(httplib::Error error) {
    switch (error) {
        case httplib::Error::Connection:
            return "nothing accepts connections there";
        case httplib::Error::ConnectionTimeout:
            return "it does not accept a connection";
        case httplib::Error::SSLConnection:
            return "no TLS connection";
        case httplib::Error::Read:
            return "the connection ended, or no answer came in time";
        case httplib::Error::Write:
            return "the connection ended";
        default:
            return "the exchange failed";
    }
}

// Of "http://host:80" or "http://[::1]:80".
std::string host_of(std::string_view origin) {
    origin.remove_prefix(origin.find("://") + 3);
    if (origin.starts_with('[')) return std::string(origin.substr(1, origin.find(']') - 1));
    return std::string(origin.substr(0, origin.find(':')));
}

// The library says of a name without an address that there is no connection.
bool has_address(const std::string& host) {
    addrinfo* found = nullptr;
    const bool is_known = ::getaddrinfo(host.c_str(), nullptr, nullptr, &found) == 0;
    if (is_known) ::freeaddrinfo(found);
    return is_known;
}

bool is_about_trust(httplib::Error error) {
    return error == httplib::Error::SSLLoadingCerts ||
           error == httplib::Error::SSLServerVerification;
}

Error untrusted(const ServerUrl& server) {
    const auto remedy =
        server.trusted.empty()
            ? std::string(
                  "the variable SSL_CERT_FILE names a PEM file of the authority that has "
                  "issued it")
            : fmt::format(
                  "it is not that in {}; --api names a service by its address, and "
                  "SSL_CERT_FILE then a PEM file of the authority",
                  server.trusted);
    return Error(Code::unavailable,
                 fmt::format("the certificate of {} is not trusted, or is for another name: {}",
                             server.origin, remedy))
        .named(kUntrusted);
}

Result<HttpReply> reply_of(const httplib::Result& result, const ServerUrl& server) {
    const auto& origin = server.origin;
    if (!result) {
        if (is_about_trust(result.error())) return untrusted(server);
        const auto code =
            is_before_the_request(result.error()) ? Code::unavailable : Code::unknown_outcome;
        const auto host = host_of(origin);
        if (result.error() == httplib::Error::Connection && !has_address(host)) {
            return Error(code, fmt::format("{} does not answer: the name {} has no address here; "
                                           "it may be misspelt",
                                           origin, host));
        }
        return Error(code, fmt::format("{} does not answer: {}", origin, cause_of(result.error())));
    }
    return HttpReply{.status = result->status,
                     .body = result->body,
                     .retry_after = retry_after_of(*result),
                     .receipt = header_of(*result, "Receipt"),
                     .ack = header_of(*result, "Ack"),
                     .location = header_of(*result, "Location")};
}

}  // namespace

struct HttpSession::Client : httplib::Client {
    explicit Client(const ServerUrl& server) : httplib::Client(server.origin) {
        if (!server.trusted.empty()) set_ca_cert_path(server.trusted);
        set_keep_alive(true);
        set_tcp_nodelay(true);
        set_url_encode(false);  // the paths are
        set_connection_timeout(kConnectTime);
        set_read_timeout(kAnswerTime);
        set_write_timeout(kAnswerTime);
        set_socket_options([](socket_t socket) { Interrupts::watch(socket); });
    }
};

Result<ServerUrl> ServerUrl::parse(const std::string& url) {
    const auto scheme = url.find("://");
    const auto begin = scheme == std::string::npos ? scheme : scheme + 3;
    const auto name = url.substr(0, scheme);
    const auto slash = scheme == std::string::npos ? scheme : url.find('/', begin);
    const auto host =
        scheme == std::string::npos ? std::string() : url.substr(begin, slash - begin);
    const bool is_plain = std::ranges::all_of(url, [](char c) { return c > ' ' && c < 0x7F; });
    if ((name != "http" && name != "https") || host.empty() || host.front() == ':' || !is_plain ||
        host.find('@') != std::string::npos || url.find_first_of("?#") != std::string::npos) {
        return Error(
            Code::invalid,
            fmt::format("\"{}\" is no address of a service; one is http://127.0.0.1:8000", url));
    }
    auto path = slash == std::string::npos ? std::string() : url.substr(slash);
    while (path.ends_with('/')) path.pop_back();
    return ServerUrl{.origin = url.substr(0, slash), .path = std::move(path), .trusted = {}};
}

bool ServerUrl::is_this_machine() const {
    const auto host = std::string_view(origin).substr(origin.find("://") + 3);
    return host.starts_with("127.") || host.starts_with("[::1]") ||
           host.substr(0, host.find(':')) == "localhost";
}

HttpSession::HttpSession(ServerUrl server)
    : server_(std::move(server)), client_(std::make_unique<Client>(server_)) {}
HttpSession::~HttpSession() = default;
HttpSession::HttpSession(HttpSession&&) noexcept = default;
HttpSession& HttpSession::operator=(HttpSession&&) noexcept = default;

Result<HttpReply> HttpSession::call(const HttpCall& call) {
    httplib::Request request;
    request.method = call.method;
    request.path = server_.path + call.path;
    for (const auto& [name, value] : call.headers) request.headers.emplace(name, value);
    if (!call.content_type.empty()) {
        request.headers.emplace("Content-Type", call.content_type);
        request.body = call.body;
    }
    return reply_of(client_->send(request), server_);
}

Result<HttpReply> HttpSession::upload(const HttpUpload& upload) {
    httplib::Headers headers(upload.headers.begin(), upload.headers.end());
    const auto send = [&](std::size_t offset, std::size_t bytes, httplib::DataSink& sink) {
        const bool is_sent = sink.write(upload.body.data() + offset, bytes);
        if (is_sent && upload.meanwhile) upload.meanwhile();
        return true;  // the library knows itself that it could not write
    };
    return reply_of(client_->Post(server_.path + upload.path, headers, upload.body.size(), send,
                                  upload.content_type),
                    server_);
}

std::string encoded(std::string_view text) {
    std::string path;
    for (const char c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') ||
                              std::string_view("-._~").find(c) != std::string_view::npos;
        path += is_plain ? std::string(1, c) : fmt::format("%{:02X}", c & 0xFF);
    }
    return path;
}

}  // namespace millrace::cli
