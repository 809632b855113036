#pragma once
// PostgresProxy: a socket between a client and a PostgresServer that cuts connections at the
// statement that a test names, before it or behind it.
//
// Thread    its own, one a connection; the methods any.
// Lifetime  the server lives longer.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "core/base/guarded.h"
#include "tests/support/temp_directory.h"

namespace millrace::testing_support {

class PostgresProxy {
public:
    enum class Cut {
        never,
        before_statement,  // the server never gets it, and sees the connection end
        before_and_hold,   // the same, but for the server the connection stays
        before_answer,     // the server runs it, and its answer is lost
    };

    explicit PostgresProxy(const std::string& server_folder);
    ~PostgresProxy();

    std::string dsn(std::string_view database) const;

    // The next statement that has this text in it cuts its connection, once.
    void cut(Cut how, std::string statement);
    // Whether new connections are refused.
    void refuse(bool refuses) { refuses_ = refuses; }
    // Ends the connections that are held.
    void let_go();

private:
    void accept_all();
    void forward(int client);
    Cut take_cut(std::string_view bytes);

    struct Plan {
        Cut how = Cut::never;
        std::string statement;
    };

    const std::string server_;  // its socket
    const TempDirectory folder_;
    int listener_ = -1;
    std::atomic<bool> refuses_ = false;
    std::atomic<bool> stops_ = false;
    Guarded<Plan> plan_;
    Guarded<std::vector<int>> held_;
    std::vector<std::thread> connections_;  // of the accepting thread
    std::thread acceptor_;
};

}  // namespace millrace::testing_support
