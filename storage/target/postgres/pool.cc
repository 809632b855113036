#include "storage/target/postgres/pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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

bool Pool::Failure::is_fresh() const {
    return steady_clock::now() - at < kRetryAfter;
}

std::optional<Error> Pool::known_failure(const std::string& role) {
    const std::lock_guard lock(mutex_);
    std::erase_if(failures_, [](const auto& one) { return !one.second.is_fresh(); });
    for (const auto& who : {std::string(), role}) {
        if (const auto found = failures_.find(who); found != failures_.end()) {
            return found->second.error;
        }
    }
    return std::nullopt;
}

void Pool::note_failure(const std::string& role, const Error& error) {
    const bool is_of_role = error.name() == kLoginRefused;
    failures_.insert_or_assign(is_of_role ? role : std::string(),
                               Failure{.error = error, .at = steady_clock::now()});
}

std::optional<Connection> Pool::take_idle(const Login& login) {
    const auto is_of = [&](const Idle& idle) {
        const auto& other = idle.connection.login();
        return other.role == login.role && other.password.matches(login.password.expose());
    };
    while (true) {
        std::unique_lock lock(mutex_);
        const auto found = std::find_if(idle_.rbegin(), idle_.rend(), is_of);
        if (found == idle_.rend()) return std::nullopt;
        auto connection = std::move(found->connection);
        idle_.erase(std::next(found).base());
        lock.unlock();
        if (!connection.was_closed()) return connection;
    }
}

void Pool::make_room() {
    std::vector<Idle> closed;  // outside of the lock
    const std::lock_guard lock(mutex_);
    while (!idle_.empty() && used_ + idle_.size() > limits_.connections_max) {
        closed.push_back(std::move(idle_.front()));
        idle_.erase(idle_.begin());
    }
}

Result<Pool::Lease> Pool::open(const std::atomic<bool>* stop, const Login& login) {
    make_room();
    auto opened = Connection::open(options_, stop, login);
    const std::lock_guard lock(mutex_);
    if (opened.ok()) {
        failures_.erase(std::string());
        failures_.erase(login.role);
        return Lease(*this, std::move(opened).value());
    }
    note_failure(login.role, opened.error());
    --used_;
    changed_.notify_one();
    return std::move(opened).error();
}

Result<Pool::Lease> Pool::lease(const std::atomic<bool>* stop, const Login& login) {
    if (auto failure = known_failure(login.role)) return *std::move(failure);
    TRY(take_place(stop));
    if (auto connection = take_idle(login)) {
        connection->stop_when(stop);
        return Lease(*this, *std::move(connection));
    }
    return open(stop, login);
}

Result<Pool::Lease> Pool::lease_quick(const Login& login) {
    TRY_ASSIGN(auto leased, lease(nullptr, login));
    leased->expect_quick(true);
    return leased;
}

Result<Pool::Lease> Pool::lease_at_once(const Login& login) {
    TRY(take_place(nullptr));
    while (take_idle(login)) {
    }
    return open(nullptr, login);
}

void Pool::take_back(Connection connection) {
    connection.roll_back();
    connection.stop_when(nullptr);
    connection.expect_quick(false);
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
