#pragma once
// EventLoop: one thread of the data plane with its listener, connections, deadlines and intake.
//
// Deadlines are one list per kind: all of a kind last equally long, so a list is ordered by time,
// and watching a connection is moving it to the end. One timer looks at the fronts.
//
// Thread  run() is the loop's thread; post() and counters() from any; the rest on the loop's thread
// or
//         before run().

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "api/config/config.h"
#include "api/http/budget.h"
#include "api/http/listener.h"
#include "api/ingest/connection.h"
#include "api/ingest/counters.h"
#include "api/ingest/intake.h"
#include "core/ports/clock.h"
#include "core/ports/evaluator.h"
#include "core/ports/journal.h"
#include "core/ports/rng.h"

namespace millrace::ingest {

struct EventLoopParts {
    Journal& journal;
    Clock& clock;
    pipeline::RejectQueue& rejects;
    pipeline::IdempotencyWindow& window;
    Evaluator& evaluator;
    std::unique_ptr<Rng> rng;
    config::Limits limits;
    config::Proxies proxies;
    http::Budget& connections;  // of all loops, as the next one
    http::Budget& memory;
    const std::atomic<bool>& leaving;
    std::function<Result<void>()> accepting;
};

class EventLoop final : private ConnectionHost {
public:
    explicit EventLoop(EventLoopParts parts);
    ~EventLoop() override;

    boost::asio::io_context& io() { return io_; }

    // Takes connections from `acceptor` once run() runs.
    void serve(http::TcpAcceptor acceptor);

    // Until stop() has been posted and every connection is closed.
    void run();

    // Runs what was posted after the loop had ended, on the calling thread. Not beside run().
    void run_rest();

    void post(std::function<void()> step);

    // Stops accepting, closes idle connections, answers what is in flight; after `grace` closes the
    // rest.
    void stop(Milliseconds grace);

    Intake& intake() override { return intake_; }
    const Counters& read_counters() const { return counters_; }
    const pipeline::RefusalCounts& refusal_counts() const { return intake_.refusal_counts(); }

private:
    template <auto hook>
    using ConnectionList =
        boost::intrusive::list<Connection,
                               boost::intrusive::member_hook<
                                   Connection,
                                   boost::intrusive::list_member_hook<
                                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
                                   hook>,
                               boost::intrusive::constant_time_size<false>>;

    Counters& counters() override { return counters_; }
    SteadyTime now() const override { return clock_.steady(); }
    http::Budget& memory() override { return memory_; }
    const config::Limits& limits() const override { return limits_; }
    const config::Proxies& proxies() const override { return proxies_; }
    bool is_stopping() const override { return stop_at_.has_value(); }
    bool is_leaving() const override {
        return is_stopping() || leaving_.load(std::memory_order_relaxed);
    }
    void watch(Connection& connection, Deadline kind) override;
    void unwatch(Connection& connection) override;
    void resume_later(Connection& connection) override;
    void forget(Connection& connection) override;
    std::vector<RequestHeader>& header_scratch() override { return header_scratch_; }
    http::BodyDecoder& body_decoder() override { return body_decoder_; }

    Milliseconds time_of(Deadline kind) const;
    void resume_all();
    void accept();
    void on_accept(const boost::system::error_code& ec, http::TcpSocket socket);
    void welcome(http::TcpSocket socket);
    void tick();
    void on_tick();
    void abort_all();
    void end_if_done();

    const config::Limits limits_;
    const config::Proxies proxies_;
    http::Budget& connection_budget_;
    http::Budget& memory_;
    const std::atomic<bool>& leaving_;
    Clock& clock_;
    const std::unique_ptr<Rng> rng_;
    Counters counters_;
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<http::LoopExecutor> work_;
    boost::asio::steady_timer timer_;
    Intake intake_;
    std::optional<http::TcpAcceptor> acceptor_;
    boost::asio::ip::tcp::endpoint peer_;  // of the connection being accepted
    bool accept_failed_ = false;           // tried again at the next tick
    std::size_t turned_away_ = 0;          // connections that are being closed, outside the budget
    SteadyTime now_;                       // of the last tick
    std::optional<SteadyTime> stop_at_;
    std::vector<RequestHeader> header_scratch_;
    http::BodyDecoder body_decoder_;
    ConnectionList<&Connection::host_hook> connections_;  // owns them
    ConnectionList<&Connection::resume_hook> to_resume_;
    std::array<ConnectionList<&Connection::deadline_hook>, 5> watched_;  // by Deadline
};

}  // namespace millrace::ingest
