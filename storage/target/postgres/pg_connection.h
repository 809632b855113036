#pragma once
// Connection: one session of the database, and the one wrapper of libpq.
//
// No call waits for ever: each statement has the timeout of the server and, where the server does
// not answer at all, one of its own. A stop that is set while a statement runs cancels it.
//
// Lifetime  its owner's; the session ends with it, and with it a transaction that is open.
// Thread    that of its owner.
// Errors    those of pg_error.h; unavailable: the connection broke, or the stop was set. Whether a
//           COMMIT happened is then not known: is_broken() tells, and whoever sent it asks.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "storage/target/postgres/pg_error.h"

// Of libpq, which only connection.cc includes.
struct pg_conn;
struct pg_result;

namespace millrace::postgres {

// Who opens a session; an empty role: as the dsn says.
struct Login {
    std::string role;
    Secret password;

    bool is_of_dsn() const { return role.empty(); }
};

// Name of the error when the server knows the role of a Login and lets it not in: by its password,
// by pg_hba.conf, or because it is not there.
inline constexpr std::string_view kLoginRefused = "loginRefused";

struct ConnectOptions {
    std::string dsn;  // of libpq: "host=... dbname=..." or "postgresql://..."
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds statement_timeout{900'000};
    std::chrono::milliseconds lock_timeout{10'000};
    // For statements that are quick unless the server hangs: of a session's begin, and of changes
    // of tables, behind which other changes wait.
    std::chrono::milliseconds quick_timeout{15'000};
};

// Whether libpq understands it.
// Errors  invalid, without a value of it
Result<void> check_dsn(const std::string& dsn);

// The rows of an answer.
class Rows {
public:
    explicit Rows(pg_result* result) : result_(result, clear) {}

    std::size_t size() const;
    bool is_null(std::size_t row, int column) const;
    std::string_view text(std::size_t row, int column) const;
    bool boolean(std::size_t row, int column) const { return text(row, column) == "t"; }
    // "COMMIT"; of a failed transaction it is "ROLLBACK".
    std::string_view command() const;
    // How many rows a statement wrote.
    std::uint64_t written() const;
    const pg_result* result() const { return result_.get(); }

private:
    static void clear(pg_result* result);

    std::unique_ptr<pg_result, void (*)(pg_result*)> result_;
};

using Parameters = std::vector<std::optional<std::string>>;

class Connection {
public:
    // Connects, and makes sure that the database is one in UTF-8.
    // Errors  unavailable; conflict: another encoding, or kLoginRefused
    static Result<Connection> open(const ConnectOptions& options, const std::atomic<bool>* stop,
                                   const Login& login = {});

    Connection(Connection&&) = default;
    Connection& operator=(Connection&&) = default;

    const Login& login() const { return login_; }

    // What the server keeps of a password (SCRAM-SHA-256), so that the password itself is in no
    // statement and no log of it.
    Result<std::string> verifier_of(const std::string& role, const Secret& password);

    // Once it is set, what runs is given up: unavailable. Null: nothing is.
    void stop_when(const std::atomic<bool>* stop) { stop_ = stop; }

    // From here on a statement that has no answer within quick_timeout breaks the connection.
    void expect_quick(bool is_quick) { is_quick_ = is_quick; }

    // Runs one statement, $1 and so on being the parameters, as text.
    Result<Rows> run(const std::string& sql, const Parameters& parameters = {});

    // COPY ... FROM STDIN: begin, put what there is, end. After an error of put() the statement is
    // still there; roll_back() ends it.
    Result<void> begin_copy(const std::string& sql);
    Result<void> put(std::string_view bytes);
    // Returns how many rows the database took.
    Result<std::uint64_t> end_copy();

    // Ends what runs and the transaction, if there is one. Never fails: a connection that cannot do
    // it is broken.
    void roll_back();

    // What the database has said of the last statement, where it failed there.
    const std::optional<Report>& last_failure() const { return failure_; }

    // Whether nothing more can be done with it.
    bool is_broken() const;
    // Whether the other side has ended it meanwhile; for one that was not used for a while.
    bool was_closed();

private:
    using Deadline = std::chrono::steady_clock::time_point;
    enum class Wait { answer, room };

    Connection(pg_conn* connection, ConnectOptions options, Login login);

    Result<void> set_up();
    // Waits until there is something to read, or room to write; up to the deadline, or the stop.
    Result<void> wait(Wait what, Deadline deadline);
    Result<void> flush(Deadline deadline);
    // The answer of the statement that was sent.
    Result<Rows> answer(Deadline deadline);
    // The next part of an answer; nothing at its end.
    Result<std::optional<Rows>> next_part(Deadline deadline);
    Deadline deadline() const;
    Error broken() const;
    void cancel();
    void close();

    std::unique_ptr<pg_conn, void (*)(pg_conn*)> connection_;
    ConnectOptions options_;
    Login login_;
    const std::atomic<bool>* stop_ = nullptr;
    bool is_quick_ = false;
    std::optional<Report> failure_;
    std::string backend_;  // the server's id of the session, to cancel it
};

}  // namespace millrace::postgres
