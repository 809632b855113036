#include "tests/conformance/s3_gateway.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <thread>

#include "core/base/check.h"

namespace millrace::conformance {
namespace {

constexpr auto kStartAtMost = std::chrono::seconds(30);

// MILLRACE_VERSITYGW, what scripts/setup made, or the one of the path; empty if there is none.
std::string find_program() {
    if (const char* const given = std::getenv("MILLRACE_VERSITYGW")) return given;
    std::string folders = "build/tools";
    if (const char* const path = std::getenv("PATH")) folders += fmt::format(":{}", path);
    std::istringstream list(folders);
    for (std::string folder; std::getline(list, folder, ':');) {
        auto program = folder + "/versitygw";
        if (::access(program.c_str(), X_OK) == 0) return program;
    }
    return {};
}

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int free_port() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    check(::bind(listener, any, size) == 0 && ::getsockname(listener, any, &size) == 0, "no port");
    ::close(listener);
    return ntohs(address.sin_port);
}

}  // namespace

S3Gateway* S3Gateway::shared() {
    static const auto gateway = []() -> std::unique_ptr<S3Gateway> {
        const auto program = find_program();
        if (program.empty()) return nullptr;
        return std::unique_ptr<S3Gateway>(new S3Gateway(program));
    }();
    return gateway.get();
}

std::string S3Gateway::why_not() {
    return "no versitygw: scripts/setup --tests builds it where there is a Go compiler, and "
           "MILLRACE_VERSITYGW names another one";
}

S3Gateway::S3Gateway(const std::string& program) : port_(free_port()) {
    std::filesystem::create_directories(objects());
    const auto address = fmt::format("127.0.0.1:{}", port_);
    const auto log = directory_ / "log";
    const auto folder = objects();
    const auto parent = ::getpid();
    process_ = ::fork();
    check(process_ >= 0, "no process");
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(file, STDOUT_FILENO);
        ::dup2(file, STDERR_FILENO);
        ::execl(program.c_str(), program.c_str(), "--access", kAccessKey, "--secret", kSecretKey,
                "--port", address.c_str(), "--quiet", "--keep-alive", "posix", folder.c_str(),
                nullptr);
        ::_exit(127);
    }
    const auto until = std::chrono::steady_clock::now() + kStartAtMost;
    while (!answers()) {
        const bool ended = ::waitpid(process_, nullptr, WNOHANG) != 0;
        check(!ended && std::chrono::steady_clock::now() < until, "{} does not start", program);
        std::this_thread::yield();
    }
}

S3Gateway::~S3Gateway() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

std::string S3Gateway::endpoint() const {
    return fmt::format("http://127.0.0.1:{}", port_);
}

bool S3Gateway::answers() const {
    const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(port_);
    const bool connected =
        ::connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    ::close(connection);
    return connected;
}

}  // namespace millrace::conformance
