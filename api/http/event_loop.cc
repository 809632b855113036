#include "api/http/event_loop.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <iterator>
#include <string>
#include <utility>

#include "api/http/client_ip.h"
#include "api/http/refusals.h"
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
      has_proxy_head_(std::move(parts.has_proxy_head)),
      no_proxy_head_(std::move(parts.no_proxy_head)),
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

std::shared_ptr<AddressShare> EventLoop::share_of(const boost::asio::ip::address& address) const {
    return addresses_ == nullptr ? nullptr : addresses_->of(address);
}

std::size_t EventLoop::turned_away_max() const {
    return std::clamp<std::size_t>(connection_budget_.max() / kConnectionsForOne, 1,
                                   kTurnedAwayMax);
}

void EventLoop::welcome(TcpSocket socket, bool may_stay) {
    const auto peer = peer_.address();
    if (may_stay && begins_with_proxy_head(peer)) {
        std::unique_ptr<ProxiedConnection> made(
            new ProxiedConnection(*this, std::move(socket), peer, heard_proxy_));
        if (take_place(nullptr)) {
            counters_.connections.add();
            auto* const proxied = made.release();
            connections_.push_back(*proxied);
            return proxied->start();
        }
        socket = made->take_socket();
        may_stay = false;
    }
    std::unique_ptr<Connection> made(new Connection(*this, stream_over(std::move(socket)),
                                                    client_ip(peer.to_string()), share_of(peer)));
    made->has_place = may_stay && take_place(made->share().get());
    if (!made->has_place) {
        counters_.refused_connections.add();
        if (turned_away_ >= turned_away_max()) return;  // closes the socket
        ++turned_away_;
    }
    auto* const connection = made.release();
    connections_.push_back(*connection);
    if (!connection->has_place) return connection->turn_away(too_many_connections());
    counters_.connections.add();
    connection->start();
}

bool EventLoop::begins_with_proxy_head(const boost::asio::ip::address& peer) const {
    return has_proxy_head_ && has_proxy_head_(client_ip(peer.to_string()));
}

void EventLoop::on_proxy_head(ProxiedConnection& proxied) {
    const auto& head = proxied.head();
    switch (head.state()) {
        case ProxyHead::State::whole:
            return welcome_client(proxied, head.client().value_or(proxied.peer()));
        case ProxyHead::State::open:
            if (!head.is_begun()) return;  // it has looked whether somebody is there
            break;
        case ProxyHead::State::absent:
        case ProxyHead::State::broken:
            break;
    }
    refuse_proxied(proxied);
}

// The place of the connection goes over to that of the client, whose address may have no room.
void EventLoop::welcome_client(ProxiedConnection& proxied, const boost::asio::ip::address& client) {
    std::unique_ptr<Connection> made(new Connection(*this, stream_over(proxied.take_socket()),
                                                    client_ip(client.to_string()),
                                                    share_of(client)));
    const auto& share = made->share();
    made->has_place = share == nullptr || share->connections.take(1);
    if (!made->has_place) {
        counters_.refused_connections.add();
        if (turned_away_ >= turned_away_max()) return;  // closes the socket
        connection_budget_.give(1);
        counters_.connections.subtract();
        ++turned_away_;
    }
    proxied.is_replaced = true;
    auto* const connection = made.release();
    connections_.push_back(*connection);
    if (!connection->has_place) return connection->turn_away(too_many_connections());
    connection->start();
}

void EventLoop::refuse_proxied(ProxiedConnection& proxied) {
    const auto& head = proxied.head();
    const auto ip = client_ip(proxied.peer().to_string());
    counters_.refused_proxy_heads.add();
    switch (head.state()) {
        case ProxyHead::State::broken:
            return no_proxy_head_(ip, head.cause());
        case ProxyHead::State::absent:
            no_proxy_head_(ip, "there is none");
            break;
        case ProxyHead::State::whole:
        case ProxyHead::State::open:
            return no_proxy_head_(ip, "it has stopped in the middle");
    }
    if (head.first_byte() < 'A' || head.first_byte() > 'Z') return;  // an answer would be noise
    std::unique_ptr<Connection> told(
        new Connection(*this, std::make_unique<TcpStream>(proxied.take_socket()), ip));
    proxied.is_replaced = true;
    auto* const connection = told.release();
    connections_.push_back(*connection);
    connection->turn_away(proxy_head_missing());
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
