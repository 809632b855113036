// Goal    the layer rule of docs/ARCHITECTURE.md holds, and a breach names file and line.
// Method  read every #include "..." of the product and compare it with the table below.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

namespace fs = std::filesystem;

namespace {

using Modules = std::set<std::string>;

const Modules kModel = {"core/base", "core/model"};
const Modules kPorts = {"core/base", "core/model", "core/ports"};

Modules operator+(const Modules& modules, const Modules& more) {
    auto all = modules;
    all.insert(more.begin(), more.end());
    return all;
}

const std::map<std::string, Modules> kAllowed = {
    {"core/base", {}},
    {"core/model", {"core/base"}},
    {"core/ports", kModel},
    {"core/mapping", kPorts},
    {"core/otlp", kPorts + Modules{"core/mapping"}},
    {"core/bulk", kPorts + Modules{"core/mapping"}},
    {"core/policy", kPorts},
    {"core/pipeline", kPorts + Modules{"core/mapping", "core/policy"}},
    {"core/lifecycle", kPorts + Modules{"core/policy"}},
    {"core/accounts", kPorts},
    {"core/definitions", kPorts + Modules{"core/mapping", "core/policy", "core/pipeline",
                                          "core/lifecycle", "core/accounts"}},
    {"storage/os", kPorts},
    {"storage/journal", kPorts},
    {"storage/local", kPorts},
    {"storage/codec", kPorts},    // the one wrapper of compression libraries
    {"storage/secrets", kPorts},  // the one wrapper of libsodium's ciphers
    {"storage/sqlite", kPorts},   // the one wrapper of the SQLite library
    {"storage/catalog", kPorts + Modules{"storage/sqlite"}},
    {"storage/expressions",
     kPorts + Modules{"storage/sqlite", "core/mapping"}},  // JSON is read as a body's is
    // The one wrapper of DuckDB's library, which is not linked.
    {"storage/duckdb", kPorts + Modules{"storage/os"}},
    {"storage/kafka", kPorts},       // the one wrapper of librdkafka
    {"storage/web", {"core/base"}},  // the one wrapper of libcurl
    {"storage/schema_registry", kPorts + Modules{"storage/web"}},
    {"storage/staging/folder", kPorts},
    {"storage/staging/s3", kPorts + Modules{"storage/web"}},
    {"storage/target/postgres", kPorts},  // the one wrapper of libpq
    {"storage/target/sqlite", kPorts + Modules{"storage/os", "storage/sqlite"}},
    {"templates",
     kPorts + Modules{"core/mapping"}},  // what Body(path) finds is what a path column finds
    {"api/log", {"core/base"}},
    // The layer under all HTTP ports; knows no record and no source.
    {"api/http", kModel},
    // Who may use a port.
    {"api/access", kPorts + Modules{"api/log"}},
    {"api/openapi", {}},  // the description of the REST API, as bytes
    {"api/config", kModel},
    // A client of the REST API: nothing of the server.
    {"api/cli", kModel + Modules{"api/config"}},
    // What is known of senders of webhooks; the one wrapper of libcrypto's HMAC for them.
    {"api/webhooks", kPorts + Modules{"core/mapping"}},
    {"api/control", kPorts + Modules{"api/access", "api/config", "api/http", "api/log",
                                     "api/openapi", "api/webhooks", "core/mapping", "core/pipeline",
                                     "core/lifecycle", "core/accounts", "core/definitions"}},
    // Doors know nothing of each other.
    {"api/stream_load",
     kPorts + Modules{"api/access", "api/http", "api/log", "core/bulk", "core/pipeline"}},
    // Topics of Apache Kafka: a door without a listener.
    {"api/kafka", kPorts + Modules{"api/control", "api/log", "core/bulk", "core/definitions",
                                   "core/mapping", "core/pipeline"}},
    // Documents of Pinot become Kafka sources; nothing of how these read.
    {"api/pinot", kPorts + Modules{"api/access", "api/control", "api/http", "api/kafka",
                                   "core/accounts", "core/definitions"}},
    // The page for people, which uses the REST API from the browser; here, its files and sessions.
    {"api/console", kPorts + Modules{"api/access", "api/control", "api/http", "api/log"}},
    // Is answered by the same intake, and tells of refusals in the same way.
    // What the doors of sources share.
    {"api/doors",
     kPorts + Modules{"api/access", "api/http", "api/log", "core/mapping", "core/pipeline"}},
    {"api/otlp", kPorts + Modules{"api/access", "api/config", "api/doors", "api/http", "api/log",
                                  "core/mapping", "core/otlp", "core/pipeline", "core/policy"}},
    {"api/upload",
     kPorts + Modules{"api/access", "api/http", "api/log", "core/bulk", "core/pipeline"}},
    {"api/ingest",
     kPorts + Modules{"api/access", "api/config", "api/doors", "api/http", "api/log",
                      "api/webhooks", "core/mapping", "core/policy", "core/pipeline"}},
};

// Nobody includes these; they may include everything.
bool is_app(const std::string& module) {
    return module == "api" || module == "api/app";
}

TEST(LayersTest, ModulesIncludeOnlyWhatTheTableAllows) {
    int includes = 0;
    for (const auto* top : {"core", "storage", "templates", "api"}) {
        for (const auto& entry : fs::recursive_directory_iterator(top)) {
            const auto& path = entry.path();
            if (path.extension() != ".h" && path.extension() != ".cc") continue;
            const auto module = path.parent_path().generic_string();
            ASSERT_TRUE(is_app(module) || kAllowed.contains(module))
                << module << ": a new module needs a row in " << __FILE__;

            std::ifstream file(path);
            int number = 0;
            for (std::string line; std::getline(file, line);) {
                ++number;
                if (!line.starts_with("#include \"")) continue;
                ++includes;
                const auto quoted = line.substr(10, line.find('"', 10) - 10);
                const auto wanted = fs::path(quoted).parent_path().generic_string();
                EXPECT_TRUE(wanted == module || is_app(module) ||
                            kAllowed.at(module).contains(wanted))
                    << path.generic_string() << ":" << number << ": " << module
                    << " may not include " << wanted;
            }
        }
    }
    EXPECT_GT(includes, 50) << "run from the root of the source tree";
}

}  // namespace
