#include "storage/target/postgres/pool.h"

#include <fmt/format.h>

namespace millrace::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kRetryAfter{1'000};
constexpr milliseconds kLook{100};

}  // namespace

Result<void> Pool::take_place(const std::atomic<bool>* stop) {
    const auto until = steady_clock::now() + limits_.wait_max;
    std::unique_lock lock(mutex_);
    while (used_ >= limits_.connections_max) {
        changed_.wait_for(lock, kLook);
        if (stop != nullptr && stop->load(std::memory_order_relaxed)) {
            return Error(Code::unavailable, "given up: the service stops");
        }
        if (used_ < limits_.connections_max || steady_clock::now() < until) continue;
        return Error(Code::unavailable, fmt::format("all {} connections to PostgreSQL are in use",
                                                    limits_.connections_max));
    }
    ++used_;
    return {};
}

std::optional<Connection> Pool::take_idle() {
    while (true) {
        std::unique_lock lock(mutex_);
        if (idle_.empty()) return std::nullopt;
        auto connection = std::move(idle_.back().connection);
        idle_.pop_back();
        lock.unlock();
        if (!connection.was_closed()) return connection;
    }
}

Result<Pool::Lease> Pool::open(const std::atomic<bool>* stop) {
    auto opened = Connection::open(options_, stop);
    const std::lock_guard lock(mutex_);
    if (opened.ok()) {
        failure_.reset();
        return Lease(*this, std::move(opened).value());
    }
    failure_ = opened.error();
    failed_at_ = steady_clock::now();
    --used_;
    changed_.notify_one();
    return std::move(opened).error();
}

Result<Pool::Lease> Pool::lease(const std::atomic<bool>* stop) {
    {
        const std::lock_guard lock(mutex_);
        const bool is_fresh = failure_ && steady_clock::now() - failed_at_ < kRetryAfter;
        if (is_fresh) return *failure_;
    }
    TRY(take_place(stop));
    if (auto connection = take_idle()) {
        connection->stop_when(stop);
        return Lease(*this, *std::move(connection));
    }
    return open(stop);
}

Result<Pool::Lease> Pool::lease_at_once() {
    TRY(take_place(nullptr));
    while (take_idle()) {
    }
    return open(nullptr);
}

void Pool::take_back(Connection connection) {
    connection.roll_back();
    connection.stop_when(nullptr);
    const std::lock_guard lock(mutex_);
    --used_;
    if (!connection.is_broken()) {
        idle_.push_back({.connection = std::move(connection), .since = steady_clock::now()});
    }
    changed_.notify_one();
}

void Pool::close_idle() {
    std::vector<Idle> closed;  // outside of the lock
    const std::lock_guard lock(mutex_);
    while (!idle_.empty() && steady_clock::now() - idle_.front().since >= limits_.idle_max) {
        closed.push_back(std::move(idle_.front()));
        idle_.erase(idle_.begin());
    }
}

std::size_t Pool::size() const {
    const std::lock_guard lock(mutex_);
    return used_ + idle_.size();
}

}  // namespace millrace::postgres
