#include "tests/support/postgres_proxy.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "core/base/check.h"

namespace millrace::testing_support {
namespace {

constexpr std::string_view kSocket = "/.s.PGSQL.5432";
constexpr int kLookMs = 20;  // how often the end is looked for

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    check(path.size() < sizeof address.sun_path, "{} is too long for a socket", path);
    path.copy(address.sun_path, path.size());
    return address;
}

int socket_at(const std::string& path, decltype(&::connect) attach) {
    const auto address = address_of(path);
    const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto* const where = reinterpret_cast<const sockaddr*>(&address);
    if (attach(made, where, sizeof address) == 0) return made;
    ::close(made);
    return -1;
}

bool send_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

PostgresProxy::PostgresProxy(const std::string& server_folder)
    : server_(server_folder + std::string(kSocket)) {
    listener_ = socket_at(folder_.path() + std::string(kSocket), ::bind);
    check(listener_ >= 0 && ::listen(listener_, 16) == 0, "no socket in {}", folder_.path());
    acceptor_ = std::thread([this] { accept_all(); });
}

PostgresProxy::~PostgresProxy() {
    stops_ = true;
    acceptor_.join();
    for (auto& connection : connections_) connection.join();
    let_go();
    ::close(listener_);
}

std::string PostgresProxy::dsn(std::string_view database) const {
    return fmt::format("host={} user=millrace dbname={}", folder_.path(), database);
}

void PostgresProxy::cut(Cut how, std::string statement) {
    plan_.with([&](Plan& plan) { plan = {.how = how, .statement = std::move(statement)}; });
}

void PostgresProxy::let_go() {
    held_.with([](auto& held) {
        for (const int server : held) ::close(server);
        held.clear();
    });
}

PostgresProxy::Cut PostgresProxy::take_cut(std::string_view bytes) {
    return plan_.with([&](Plan& plan) {
        if (plan.how == Cut::never || bytes.find(plan.statement) == std::string_view::npos) {
            return Cut::never;
        }
        return std::exchange(plan.how, Cut::never);
    });
}

void PostgresProxy::accept_all() {
    while (!stops_) {
        pollfd entry{.fd = listener_, .events = POLLIN, .revents = 0};
        if (::poll(&entry, 1, kLookMs) <= 0) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        if (refuses_) {
            ::close(client);
        } else {
            connections_.emplace_back([this, client] { forward(client); });
        }
    }
}

void PostgresProxy::forward(int client) {
    const int server = socket_at(server_, ::connect);
    bool holds = false;
    bool swallows = false;  // the next answer, and then ends
    std::array<char, 65536> buffer;
    while (server >= 0 && !stops_) {
        std::array<pollfd, 2> both = {pollfd{.fd = client, .events = POLLIN, .revents = 0},
                                      pollfd{.fd = server, .events = POLLIN, .revents = 0}};
        if (::poll(both.data(), both.size(), kLookMs) <= 0) continue;
        const bool from_client = both[0].revents != 0;
        const auto count = ::recv(from_client ? client : server, buffer.data(), buffer.size(), 0);
        if (count <= 0) break;
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
        if (!from_client && swallows) break;
        const auto cut = from_client ? take_cut(bytes) : Cut::never;
        holds = cut == Cut::before_and_hold;
        if (holds || cut == Cut::before_statement) break;
        swallows = swallows || cut == Cut::before_answer;
        if (!send_all(from_client ? server : client, bytes)) break;
    }
    ::close(client);
    if (holds) {
        held_.with([&](auto& held) { held.push_back(server); });
    } else if (server >= 0) {
        ::close(server);
    }
}

}  // namespace millrace::testing_support
