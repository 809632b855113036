#pragma once
// PostgresServer: a PostgreSQL of its own for a test program, in a temporary folder.
//
// It listens on a socket in its folder only. As root it runs as the user postgres or nobody: it
// refuses to run as root. Nothing of it is as durable as that of a real one (fsync=off): what a
// test kills are processes, not machines.
//
// Lifetime  the server ends with it, by its process id, and with the program however that ends.
// Thread    the one that made it.

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace millrace::testing_support {

class PostgresServer {
public:
    // Makes the folder and starts; ends the program with what is missing if it cannot.
    PostgresServer();
    ~PostgresServer();
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    // One that all tests of the program share.
    static PostgresServer& shared();

    std::string dsn(std::string_view database) const;

    // Makes an empty database, and returns its name; `options` are of CREATE DATABASE.
    std::string new_database(std::string_view options = {});

    // Runs a statement in a session of its own; the cells of its rows, NULL being "NULL".
    std::vector<std::vector<std::string>> query(std::string_view database,
                                                const std::string& sql) const;

    void start();         // waits until it answers
    void stop();          // orderly, ends all sessions
    void kill_at_once();  // SIGKILL to its main process: sessions end without a word

    const std::string& folder() const { return folder_; }

private:
    std::vector<std::string> server_command() const;
    void end(int signal);

    std::string folder_;
    std::string binaries_;
    pid_t process_ = 0;
    int databases_ = 0;
};

}  // namespace millrace::testing_support
