#pragma once
// Connections to catalog.sqlite: one that writes, several that read, so that readers never wait.
//
// Thread   any; writes are serialised.
// Durable  write() has returned without an error: its changes survive a power loss.

#include <memory>
#include <string>

#include "core/base/guarded.h"
#include "core/base/result.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/read_pool.h"
#include "storage/sqlite/transaction.h"

namespace millrace::catalog {

class Connections {
public:
    // Opens the file, makes it if it is not there, and migrates it. Errors  those of migrate()
    static Result<std::unique_ptr<Connections>> open(const std::string& path);

    // `use` takes the Database& and returns a Result, which is returned.
    template <typename Use>
    auto read(Use&& use) {
        return readers_.with(std::forward<Use>(use));
    }

    // The same in a transaction, which is committed unless `use` fails.
    template <typename Use>
    auto write(Use&& use) -> decltype(use(std::declval<sqlite::Database&>())) {
        return writer_.with([&](sqlite::Database& database) -> decltype(use(database)) {
            TRY_ASSIGN(auto transaction, sqlite::Transaction::begin(database));
            auto result = std::forward<Use>(use)(database);
            if (!result.ok()) return result;
            TRY(transaction.commit());
            return result;
        });
    }

private:
    Connections(sqlite::Database writer, const std::string& path);

    Guarded<sqlite::Database> writer_;
    sqlite::ReadPool readers_;
};

}  // namespace millrace::catalog
