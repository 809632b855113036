#pragma once
// HttpSession: one kept connection to a server, for one request after the other.
//
// Thread  one.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace::cli {

// "https://host:8000/prefix" in its parts.
struct ServerUrl {
    std::string origin;  // "https://host:8000"
    std::string path;    // "/prefix", without a slash at the end; empty: none
    // A PEM file of the certificates that it may have; empty: those that the system trusts.
    std::string trusted = {};

    // Errors  invalid: not http:// or https:// with a host
    static Result<ServerUrl> parse(const std::string& url);
    bool is_this_machine() const;  // by its name
};

struct HttpCall {
    std::string method;
    std::string path;  // encoded, with its query
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    std::string content_type = {};  // empty: there is no body
};

// A POST of a body that is sent from where it is, without a copy.
struct HttpUpload {
    std::string path;  // encoded, with its query
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string content_type;
    std::string_view body;  // outlives the exchange
    // Done once all of the body is on its way, while the service works; not if there is no body.
    std::function<void()> meanwhile = {};
};

struct HttpReply {
    int status = 0;
    std::string body;
    std::optional<Milliseconds> retry_after;
    std::string receipt = {};   // of an ingest answer
    std::string ack = {};       // of an ingest answer: what its rows survive, or "none"
    std::string location = {};  // where a redirect leads
};

// The name of the error of a server whose certificate is not trusted: it is there and answers.
inline constexpr auto kUntrusted = "untrusted certificate";

class HttpSession {
public:
    explicit HttpSession(ServerUrl server);
    ~HttpSession();
    HttpSession(HttpSession&&) noexcept;
    HttpSession& operator=(HttpSession&&) noexcept;

    // Errors  unavailable      no connection: it did not happen
    //         unknown_outcome  the answer did not come
    Result<HttpReply> call(const HttpCall& call);
    // Errors  as of call()
    Result<HttpReply> upload(const HttpUpload& upload);

    const ServerUrl& server() const { return server_; }

private:
    struct Client;

    ServerUrl server_;
    std::unique_ptr<Client> client_;
};

// A part of a path: what is none of A-Z a-z 0-9 - . _ ~ is percent-encoded.
std::string encoded(std::string_view text);

}  // namespace millrace::cli
