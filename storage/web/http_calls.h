#pragma once
// HttpCalls: one HTTP/1.1 request and its answer at a time, over connections that are kept.
//
// The one wrapper of libcurl. Certificates are checked; redirects are not followed.
//
// Thread  any; each call blocks its thread.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/time.h"

namespace millrace::web {

struct HttpRequest {
    std::string method;
    std::string url;
    std::map<std::string, std::string> headers;
    std::string_view body;
    Milliseconds time_max{};             // of the whole call
    std::uint64_t answer_bytes_max = 0;  // of its body
};

struct HttpAnswer {
    int status = 0;                              // 0: no answer
    std::map<std::string, std::string> headers;  // names in small letters
    std::string body;                            // what came of it
    std::string failure;                         // why it is not whole; empty: it is
    bool was_sent = false;                       // the server may have seen the request

    bool is_whole() const { return failure.empty(); }
    // Empty if there is none.
    std::string_view header(const std::string& name) const;
};

struct HttpOptions {
    std::string ca_file;  // certificates to trust; empty: those of the machine
    std::string ca_pem;   // the same as a text
    Milliseconds connect_max = std::chrono::seconds(5);
    Milliseconds stall_max = std::chrono::seconds(10);  // without a byte in either direction
    // Whether a connection to this address ("10.0.0.1", "fd00::1") may be made; empty: to any.
    std::function<bool(std::string_view address)> may_connect = {};
};

class HttpCalls {
public:
    // Calls under way end soon after `is_stopped` is true; it is asked by their threads.
    HttpCalls(HttpOptions options, std::function<bool()> is_stopped);
    ~HttpCalls();
    HttpCalls(const HttpCalls&) = delete;
    HttpCalls& operator=(const HttpCalls&) = delete;

    HttpAnswer run(const HttpRequest& request);

private:
    class Connection;

    std::unique_ptr<Connection> take();
    void give_back(std::unique_ptr<Connection> connection);

    const HttpOptions options_;
    const std::function<bool()> is_stopped_;
    Guarded<std::vector<std::unique_ptr<Connection>>> idle_;
};

}  // namespace millrace::web
