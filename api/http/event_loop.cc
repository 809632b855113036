#include "api/http/event_loop.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <iterator>
#include <string>
#include <utility>

#include "api/http/client_ip.h"
#include "api/http/tcp_stream.h"
#include "api/http/tls_stream.h"

namespace millrace::http {
namespace {

// Connections that are told why at one time: where few are allowed, so are their descriptors.
constexpr std::size_t kTurnedAwayMax = 64;
constexpr std::uint64_t kConnectionsForOne = 16;
constexpr Milliseconds kDrainTime{5'000};
constexpr Milliseconds kPausedTime{1'000};  // between two looks for the client
constexpr Milliseconds kTickMin{10};
constexpr Milliseconds kTickMax{500};

Milliseconds tick_time(const Limits& limits) {
    const auto shortest =
        std::min({limits.idle_time, limits.header_time, limits.request_time, limits.answer_time});
    return std::clamp(shortest / 8, kTickMin, kTickMax);
}

WallTime wall_now() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return WallTime{std::chrono::floor<Milliseconds>(since).count()};
}

}  // namespace

EventLoop::EventLoop(EventLoopParts parts)
    : limits_(parts.limits),
      connection_budget_(parts.connections),
      memory_(parts.memory),
      addresses_(parts.addresses),
      tls_(parts.tls),
      not_accepting_(std::move(parts.not_accepting)),
      door_(parts.door),
      io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),  // sockets are touched by the loop's thread only
      work_(boost::asio::make_work_guard(io_)),
      timer_(io_),
      tick_time_(tick_time(limits_)),
      now_(now()),
      heads_(limits_.idle_time, wall_now()) {}

EventLoop::~EventLoop() {
    door_.abandon();
    connections_.clear_and_dispose([](HostedConnection* connection) { delete connection; });
}

void EventLoop::serve(TcpAcceptor acceptor) {
    acceptor_.emplace(std::move(acceptor));
    accept();
    tick();
}

void EventLoop::run() {
    while (!io_.stopped()) {
        try {
            io_.run();
        } catch (const std::exception& exception) {
            door_.failed(exception);
        }
    }
}

void EventLoop::run_rest() {
    io_.restart();
    io_.poll();
}

void EventLoop::post(std::function<void()> step) {
    boost::asio::post(io_, std::move(step));
}

void EventLoop::post_after(Milliseconds wait, std::function<void()> step) {
    const auto timer = std::make_shared<boost::asio::steady_timer>(io_, wait);
    timer->async_wait([timer, step = std::move(step)](const boost::system::error_code& ec) {
        if (!ec) step();
    });
}

void EventLoop::accept() {
    acceptor_->async_accept(peer_, [this](const boost::system::error_code& ec, TcpSocket socket) {
        on_accept(ec, std::move(socket));
    });
}

void EventLoop::on_accept(const boost::system::error_code& ec, TcpSocket socket) {
    if (is_stopping() || ec == boost::asio::error::operation_aborted) return;
    try {
        if (ec) {  // out of descriptors, mostly: without a pause this would spin
            accept_failed_ = true;
            return turn_one_away(ec);
        }
        welcome(std::move(socket), true);
        accept();
    } catch (const std::exception& exception) {
        door_.failed(exception);
        accept_failed_ = true;
    }
}

// No connection can be accepted. One of those that wait is told so with the descriptor kept for
// that; the others stay with the kernel.
void EventLoop::turn_one_away(const boost::system::error_code& ec) {
    not_accepting_(ec.message());
    if (!reserve_.give_up()) return;
    boost::system::error_code failed;
    TcpSocket socket(io_);
    acceptor_->non_blocking(true, failed);
    if (!failed) acceptor_->accept(socket, peer_, failed);
    if (failed) return reserve_.take();
    welcome(std::move(socket), false);
}

std::shared_ptr<AddressShare> EventLoop::share_of_peer() const {
    return addresses_ == nullptr ? nullptr : addresses_->of(peer_.address());
}

void EventLoop::welcome(TcpSocket socket, bool may_stay) {
    std::unique_ptr<Connection> made(new Connection(*this, stream_over(std::move(socket)),
                                                    client_ip(peer_.address().to_string()),
                                                    share_of_peer()));
    made->has_place = may_stay && take_place(made->share().get());
    if (!made->has_place) {
        counters_.refused_connections.add();
        const auto most = std::clamp<std::size_t>(connection_budget_.max() / kConnectionsForOne, 1,
                                                  kTurnedAwayMax);
        if (turned_away_ >= most) return;  // closes the socket
        ++turned_away_;
    }
    auto* const connection = made.release();
    connections_.push_back(*connection);
    if (!connection->has_place) return connection->turn_away();
    counters_.connections.add();
    connection->start();
}

std::unique_ptr<ByteStream> EventLoop::stream_over(TcpSocket socket) {
    if (tls_ == nullptr) return std::make_unique<TcpStream>(std::move(socket));
    return std::make_unique<TlsStream>(std::move(socket), tls_->current(), handshake_failed_);
}

// Of the port and, where addresses have shares, of that of the peer.
bool EventLoop::take_place(AddressShare* share) {
    if (share != nullptr && !share->connections.take(1)) return false;
    if (connection_budget_.take(1)) return true;
    if (share != nullptr) share->connections.give(1);
    return false;
}

void EventLoop::give_place(AddressShare* share) {
    connection_budget_.give(1);
    if (share != nullptr) share->connections.give(1);
}

void EventLoop::forget(HostedConnection& connection) {
    const bool had_place = connection.has_place;
    const auto share = connection.share();
    const bool was_replaced = connection.is_replaced;
    delete &connection;  // its hooks unlink it, and its memory is given back before it counts as
                         // gone
    if (was_replaced) return;
    if (had_place) {
        give_place(share.get());
        counters_.connections.subtract();
    } else {
        --turned_away_;
    }
    reserve_.take();
    end_if_done();
}

void EventLoop::replace(HostedConnection& old, std::unique_ptr<HostedConnection> next) {
    unwatch(old);
    old.is_replaced = true;
    next->has_place = old.has_place;
    auto* const connection = next.release();
    connections_.push_back(*connection);
    connection->start();
}

Milliseconds EventLoop::time_of(Deadline kind) const {
    switch (kind) {
        case Deadline::idle:  // is measured from the tick before; never less than clients are told
            return limits_.idle_time + tick_time_;
        case Deadline::head:
            return limits_.header_time;
        case Deadline::body:
            return limits_.request_time;
        case Deadline::paused:
            return kPausedTime;
        case Deadline::answer:
            return limits_.answer_time;
        case Deadline::drain:
            return kDrainTime;
    }
    return kDrainTime;
}

void EventLoop::watch(HostedConnection& connection, Deadline kind) {
    unwatch(connection);
    // A request's time is exact; the others are seen after every request and may be off by a tick.
    const bool exact = kind == Deadline::head || kind == Deadline::body;
    connection.watched_since = exact ? now() : now_;
    watched_[static_cast<std::size_t>(kind)].push_back(connection);
}

void EventLoop::unwatch(HostedConnection& connection) {
    connection.deadline_hook.unlink();
}

void EventLoop::resume_later(HostedConnection& connection) {
    if (to_resume_.empty()) boost::asio::post(io_, [this] { resume_all(); });
    to_resume_.push_back(connection);
}

void EventLoop::resume_all() {
    while (!to_resume_.empty()) {
        auto& connection = to_resume_.front();
        to_resume_.pop_front();
        connection.resume();
    }
}

void EventLoop::tick() {
    timer_.expires_after(tick_time_);
    timer_.async_wait([this](const boost::system::error_code& ec) {
        if (!ec) on_tick();
    });
}

void EventLoop::on_tick() {
    tick();
    now_ = now();
    heads_.tell_time(wall_now());
    for (const auto kind : {Deadline::idle, Deadline::head, Deadline::body, Deadline::paused,
                            Deadline::answer, Deadline::drain}) {
        auto& list = watched_[static_cast<std::size_t>(kind)];
        while (!list.empty() && now_ - list.front().watched_since >= time_of(kind)) {
            auto& connection = list.front();
            unwatch(connection);
            connection.expire(kind);
        }
    }
    door_.tick(now_);
    if (accept_failed_ && !is_stopping()) {
        accept_failed_ = false;
        accept();
    }
    if (stop_at_ && now_ >= *stop_at_) abort_all();
}

void EventLoop::stop(Milliseconds grace) {
    stop_at_ = now() + grace;
    boost::system::error_code ignored;  // it is closed in any case
    if (acceptor_) acceptor_->close(ignored);
    for (auto next = connections_.begin(); next != connections_.end();) {
        auto& connection = *next++;
        connection.stop_when_idle();
    }
    end_if_done();
}

void EventLoop::abort_all() {
    door_.abandon();
    for (auto next = connections_.begin(); next != connections_.end();) {
        auto& connection = *next++;
        connection.abort();
    }
}

void EventLoop::end_if_done() {
    if (is_stopping() && connections_.empty()) io_.stop();
}

}  // namespace millrace::http
