#include "tests/support/postgres_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "core/base/check.h"

namespace millrace::testing_support {
namespace {

namespace fs = std::filesystem;

constexpr auto kStartMax = std::chrono::seconds(60);
constexpr auto kLook = std::chrono::milliseconds(20);

// "/usr/lib/postgresql/15/bin" of the newest version that is installed.
std::string find_binaries() {
    std::string found;
    std::error_code failure;
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", failure)) {
        const auto binaries = (version.path() / "bin").string();
        if (fs::exists(binaries + "/initdb", failure)) found = std::max(found, binaries);
    }
    check(!found.empty(), "PostgreSQL is missing: run scripts/setup --tests");
    return found;
}

// Null: the user of this program may run it.
const passwd* user_of_server() {
    if (::geteuid() != 0) return nullptr;
    const auto* user = ::getpwnam("postgres");
    if (user == nullptr) user = ::getpwnam("nobody");
    check(user != nullptr, "there is no user postgres or nobody to run PostgreSQL");
    return user;
}

// In the child: between fork() and exec() only what is allowed there.
[[noreturn]] void become(char* const* arguments, const passwd* user, int log, const char* folder) {
    if (user != nullptr && (::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0))
        ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    ::dup2(log, 1);
    ::dup2(log, 2);
    if (::chdir(folder) != 0) ::_exit(126);
    ::execv(arguments[0], arguments);
    ::_exit(127);
}

pid_t launch(const std::vector<std::string>& command, const std::string& folder) {
    std::vector<char*> arguments;
    for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    const auto* const user = user_of_server();
    const int log =
        ::open((folder + "/server.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    check(log >= 0, "no log in {}", folder);
    const auto process = ::fork();
    check(process >= 0, "fork failed");
    if (process == 0) become(arguments.data(), user, log, folder.c_str());
    ::close(log);
    return process;
}

std::unique_ptr<PGconn, void (*)(PGconn*)> connect(const std::string& dsn) {
    return {PQconnectdb(dsn.c_str()), PQfinish};
}

}  // namespace

PostgresServer::PostgresServer() : binaries_(find_binaries()) {
    std::string path = fs::temp_directory_path().string() + "/millrace-postgres-XXXXXX";
    check(::mkdtemp(path.data()) != nullptr, "no folder in {}", path);
    folder_ = path;
    if (const auto* const user = user_of_server()) {
        check(::chown(folder_.c_str(), user->pw_uid, user->pw_gid) == 0, "chown {}", folder_);
    }
    const auto made = launch({binaries_ + "/initdb", "-D", folder_ + "/data", "-U", "millrace",
                              "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"},
                             folder_);
    int status = 0;
    ::waitpid(made, &status, 0);
    check(status == 0, "initdb failed: {}/server.log", folder_);
    start();
}

PostgresServer::~PostgresServer() {
    if (process_ != 0) end(SIGQUIT);
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

PostgresServer& PostgresServer::shared() {
    static PostgresServer server;
    return server;
}

std::string PostgresServer::dsn(std::string_view database) const {
    return fmt::format("host={} user=millrace dbname={}", folder_, database);
}

std::vector<std::string> PostgresServer::server_command() const {
    std::vector<std::string> command = {binaries_ + "/postgres", "-D", folder_ + "/data", "-k",
                                        folder_};
    for (const auto* setting :
         {"listen_addresses=", "fsync=off", "full_page_writes=off", "shared_buffers=32MB",
          "max_connections=40", "autovacuum=off", "log_min_messages=fatal"}) {
        command.emplace_back("-c");
        command.emplace_back(setting);
    }
    return command;
}

// Sessions of a server that was killed hold its memory for a moment, and a new one ends at once.
void PostgresServer::start() {
    const auto until = std::chrono::steady_clock::now() + kStartMax;
    process_ = launch(server_command(), folder_);
    while (PQstatus(connect(dsn("postgres")).get()) != CONNECTION_OK) {
        check(std::chrono::steady_clock::now() < until, "PostgreSQL does not start: {}/server.log",
              folder_);
        if (::waitpid(process_, nullptr, WNOHANG) == process_) {
            process_ = launch(server_command(), folder_);
        }
        std::this_thread::sleep_for(kLook);
    }
}

void PostgresServer::end(int signal) {
    ::kill(process_, signal);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
}

void PostgresServer::stop() {
    end(SIGINT);
}

// As when the machine dies: with the sessions, which would end their statement otherwise.
void PostgresServer::kill_at_once() {
    std::vector<pid_t> sessions;
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", process_));
    for (pid_t session = 0; children >> session;) sessions.push_back(session);
    ::kill(process_, SIGSTOP);  // it starts none meanwhile
    for (const auto session : sessions) ::kill(session, SIGKILL);
    end(SIGKILL);
}

std::string PostgresServer::new_database(std::string_view options) {
    auto name = fmt::format("test_{}", ++databases_);
    query("postgres", fmt::format("CREATE DATABASE {} {}", name, options));
    return name;
}

std::vector<std::vector<std::string>> PostgresServer::query(std::string_view database,
                                                            const std::string& sql) const {
    const auto session = connect(dsn(database));
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(session.get(), sql.c_str()),
                                                                PQclear);
    const auto status = PQresultStatus(result.get());
    check(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "{}: {}", sql,
          PQerrorMessage(session.get()));
    std::vector<std::vector<std::string>> rows;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
        auto& cells = rows.emplace_back();
        for (int column = 0; column < PQnfields(result.get()); ++column) {
            const bool is_null = PQgetisnull(result.get(), row, column) != 0;
            cells.emplace_back(is_null ? "NULL" : PQgetvalue(result.get(), row, column));
        }
    }
    return rows;
}

}  // namespace millrace::testing_support
