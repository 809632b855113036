#pragma once
// FaultServer: an HTTP server on loopback that does to each request what the test says.
//
// Thread  the answers are made on a thread of its own, one request after the other.

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "core/base/guarded.h"

namespace millrace::s3 {

struct SeenRequest {
    std::string method;
    std::string target;                          // path and query
    std::map<std::string, std::string> headers;  // names in small letters
    std::string body;
};

struct Reply {
    enum class End {
        whole,
        no_answer,  // the connection is closed instead
        half,       // it is closed in the middle of the body
        hangs,      // nothing comes until the client closes it
    };

    int status = 200;
    std::map<std::string, std::string> headers = {};
    std::string body = {};
    End end = End::whole;
};

class FaultServer {
public:
    // `number` counts requests from 0 on.
    using Answers = std::function<Reply(const SeenRequest& request, std::size_t number)>;

    explicit FaultServer(Answers answers);
    ~FaultServer();
    FaultServer(const FaultServer&) = delete;
    FaultServer& operator=(const FaultServer&) = delete;

    std::string endpoint() const;
    std::vector<SeenRequest> seen() const;
    // Waits until that many requests have come.
    void wait_for(std::size_t requests) const;

private:
    void serve();
    void answer(int connection);

    Answers answers_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> stopping_ = false;
    std::atomic<std::size_t> came_ = 0;
    Guarded<std::vector<SeenRequest>> seen_;
    std::thread thread_;
};

}  // namespace millrace::s3
