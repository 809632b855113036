#pragma once
// EventLoop: one thread with its listener, connections, deadlines and door.
//
// Deadlines are one list per kind: all of a kind last equally long, so a list is ordered by time,
// and watching a connection is moving it to the end. One timer looks at the fronts.
//
// Lifetime  the door must outlive it.
// Thread    run() is the loop's thread; post() and read_counters() from any; the rest on the loop's
//           thread or before run().
// Errors    an exception in a step is told to the door, and the loop goes on.

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/address_shares.h"
#include "api/http/answer_heads.h"
#include "api/http/budget.h"
#include "api/http/connection.h"
#include "api/http/connection_counters.h"
#include "api/http/connection_limits.h"
#include "api/http/descriptor_reserve.h"
#include "api/http/door.h"
#include "api/http/hosted_connection.h"
#include "api/http/listener.h"
#include "api/http/proxied_connection.h"
#include "api/http/tls_context.h"
#include "core/base/time.h"

namespace millrace::http {

struct EventLoopParts {
    Door& door;
    Limits limits;
    Budget& connections;  // of all loops of the port, as the next one
    Budget& memory;
    AddressShares* addresses = nullptr;  // of all loops of the port; null: without shares
    const LiveTls* tls = nullptr;        // null: plain HTTP
    // Connections wait, and none can be accepted: called with the cause, perhaps often.
    std::function<void(const std::string& cause)> not_accepting = [](const std::string&) {};
    // Whether a connection of that address must begin with the head of the PROXY protocol; empty:
    // none has it.
    std::function<bool(const std::string& ip)> has_proxy_head = nullptr;
    // One that must did not: called with its address and what is wrong, perhaps often.
    std::function<void(const std::string& ip, std::string_view cause)> no_proxy_head =
        [](const std::string&, std::string_view) {};
};

class EventLoop final : private ConnectionHost {
public:
    explicit EventLoop(EventLoopParts parts);
    ~EventLoop() override;

    boost::asio::io_context& io() { return io_; }

    // Takes connections from `acceptor` once run() runs.
    void serve(TcpAcceptor acceptor);

    // Until stop() has been posted and every connection is closed.
    void run();

    // Runs what was posted after the loop had ended, on the calling thread. Not beside run().
    void run_rest();

    void post(std::function<void()> step);

    // Called on the loop's thread.
    void post_after(Milliseconds wait, std::function<void()> step);

    // Stops accepting, closes idle connections, answers what is in flight; after `grace` closes the
    // rest.
    void stop(Milliseconds grace);

    const ConnectionCounters& read_counters() const { return counters_; }

private:
    template <auto hook>
    using ConnectionList =
        boost::intrusive::list<HostedConnection,
                               boost::intrusive::member_hook<
                                   HostedConnection,
                                   boost::intrusive::list_member_hook<
                                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
                                   hook>,
                               boost::intrusive::constant_time_size<false>>;

    Door& door() override { return door_; }
    ConnectionCounters& counters() override { return counters_; }
    SteadyTime now() const override { return std::chrono::steady_clock::now(); }
    Budget& memory() override { return memory_; }
    const Limits& limits() const override { return limits_; }
    const AnswerHeads& heads() const override { return heads_; }
    bool is_stopping() const override { return stop_at_.has_value(); }
    void watch(HostedConnection& connection, Deadline kind) override;
    void unwatch(HostedConnection& connection) override;
    void resume_later(HostedConnection& connection) override;
    void forget(HostedConnection& connection) override;
    void replace(HostedConnection& old, std::unique_ptr<HostedConnection> next) override;

    Milliseconds time_of(Deadline kind) const;
    void resume_all();
    void accept();
    void on_accept(const boost::system::error_code& ec, TcpSocket socket);
    void welcome(TcpSocket socket, bool may_stay);
    bool begins_with_proxy_head(const boost::asio::ip::address& peer) const;
    void on_proxy_head(ProxiedConnection& proxied);
    void welcome_client(ProxiedConnection& proxied, const boost::asio::ip::address& client);
    void refuse_proxied(ProxiedConnection& proxied);
    std::size_t turned_away_max() const;
    void turn_one_away(const boost::system::error_code& ec);
    std::unique_ptr<ByteStream> stream_over(TcpSocket socket);
    std::shared_ptr<AddressShare> share_of(const boost::asio::ip::address& address) const;
    bool take_place(AddressShare* share);
    void give_place(AddressShare* share);
    void tick();
    void on_tick();
    void abort_all();
    void end_if_done();

    const Limits limits_;
    Budget& connection_budget_;
    Budget& memory_;
    AddressShares* const addresses_;
    const LiveTls* const tls_;
    const std::function<void(const std::string&)> not_accepting_;
    const std::function<bool(const std::string&)> has_proxy_head_;
    const std::function<void(const std::string&, std::string_view)> no_proxy_head_;
    const ProxiedConnection::Heard heard_proxy_ = [this](ProxiedConnection& proxied) {
        on_proxy_head(proxied);
    };
    const std::function<void()> handshake_failed_ = [this] { counters_.failed_handshakes.add(); };
    Door& door_;
    ConnectionCounters counters_;
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<LoopExecutor> work_;
    boost::asio::steady_timer timer_;
    std::optional<TcpAcceptor> acceptor_;
    boost::asio::ip::tcp::endpoint peer_;  // of the connection being accepted
    bool accept_failed_ = false;           // tried again at the next tick
    DescriptorReserve reserve_;
    std::size_t turned_away_ = 0;  // connections that are being closed, outside the budget
    const Milliseconds tick_time_;
    SteadyTime now_;  // of the last tick
    AnswerHeads heads_;
    std::optional<SteadyTime> stop_at_;
    ConnectionList<&HostedConnection::host_hook> connections_;  // owns them
    ConnectionList<&HostedConnection::resume_hook> to_resume_;
    std::array<ConnectionList<&HostedConnection::deadline_hook>, 6> watched_;  // by Deadline
};

}  // namespace millrace::http
