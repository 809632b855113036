#pragma once
// Pool: the sessions of one target, of the role of its dsn and of those of its sinks; opened on
// demand, at most so many in all, closed when idle. Where all are there, one that is idle is closed
// for another role.
//
// A database that cannot be reached is not tried again for a second: who asks meanwhile hears why
// at once, and waits for nothing. What keeps a single role out keeps out that role alone.
//
// Lifetime  leases end before it.
// Thread    any; a lease that of its owner.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/result.h"
#include "storage/target/postgres/pg_connection.h"

namespace millrace::postgres {

struct PoolLimits {
    std::size_t connections_max = 8;
    std::chrono::milliseconds idle_max{60'000};
    std::chrono::milliseconds wait_max{10'000};  // for one of the others to end
};

class Pool {
public:
    // One session of the pool; what it has left open is rolled back when it ends.
    class Lease {
    public:
        Lease(Pool& pool, Connection connection)
            : pool_(&pool), connection_(std::move(connection)) {}
        Lease(Lease&& other) noexcept
            : pool_(std::exchange(other.pool_, nullptr)),
              connection_(std::move(other.connection_)) {}
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (pool_ != nullptr) pool_->take_back(std::move(connection_));
        }

        Connection& operator*() { return connection_; }
        Connection* operator->() { return &connection_; }

    private:
        Pool* pool_;
        Connection connection_;
    };

    Pool(ConnectOptions options, PoolLimits limits)
        : options_(std::move(options)), limits_(limits) {}

    // Errors  unavailable: the database cannot be reached, all are in use, or the stop was set;
    //         conflict: the database is of another encoding, or kLoginRefused
    Result<Lease> lease(const std::atomic<bool>* stop = nullptr, const Login& login = {});

    // The same for statements that are quick: Connection::expect_quick().
    Result<Lease> lease_quick(const Login& login = {});

    // A new one, whatever was found out before: for a question that is asked once.
    Result<Lease> lease_at_once(const Login& login = {});

    void close_idle();

    // How many sessions there are, used or idle.
    std::size_t size() const;

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Idle {
        Connection connection;
        Time since;
    };

    struct Failure {
        Error error;
        Time at;
        bool is_fresh() const;
    };

    // Why nobody, or not this role, should try now.
    std::optional<Error> known_failure(const std::string& role);
    void note_failure(const std::string& role, const Error& error);
    // Waits until one more may be used.
    Result<void> take_place(const std::atomic<bool>* stop);
    // An idle one of that role and password.
    std::optional<Connection> take_idle(const Login& login);
    // Closes idle ones of others until there is room for one more.
    void make_room();
    Result<Lease> open(const std::atomic<bool>* stop, const Login& login);
    void take_back(Connection connection);

    const ConnectOptions options_;
    const PoolLimits limits_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t used_ = 0;                     // guarded by mutex_, as what follows
    std::vector<Idle> idle_;                   // the longest idle first
    std::map<std::string, Failure> failures_;  // to connect, by role; "" is of all
};

}  // namespace millrace::postgres
