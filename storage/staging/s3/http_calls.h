#pragma once
// HttpCalls: one HTTP/1.1 request and its answer at a time, over connections that are kept.
//
// The one wrapper of libcurl. Certificates are checked; redirects are not followed.
//
// Thread  any; each call blocks its thread.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/time.h"
#include "storage/staging/s3/s3_stop_signal.h"

namespace millrace::s3 {

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
    Milliseconds connect_max = std::chrono::seconds(5);
    Milliseconds stall_max = std::chrono::seconds(10);  // without a byte in either direction
};

class HttpCalls {
public:
    // `stop` ends calls under way; it lives longer.
    HttpCalls(HttpOptions options, const StopSignal& stop);
    ~HttpCalls();
    HttpCalls(const HttpCalls&) = delete;
    HttpCalls& operator=(const HttpCalls&) = delete;

    HttpAnswer run(const HttpRequest& request);

private:
    class Connection;

    std::unique_ptr<Connection> take();
    void give_back(std::unique_ptr<Connection> connection);

    const HttpOptions options_;
    const StopSignal& stop_;
    Guarded<std::vector<std::unique_ptr<Connection>>> idle_;
};

}  // namespace millrace::s3
