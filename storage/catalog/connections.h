#pragma once
// Connections to catalog.sqlite: one that writes, several that read, so that readers never wait.
//
// Thread   any; writes are serialised, and those that wait for each other share a commit.
// Durable  write() has returned without an error: its changes survive a power loss. Those of
//          write_unsynced() survive one with the next write(), and the end of the process at once.

#include <memory>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/ports/secret_store.h"
#include "storage/catalog/sealing.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/group_writer.h"
#include "storage/sqlite/read_pool.h"

namespace millrace::catalog {

class Connections {
public:
    // Opens the file, makes it if it is not there, migrates it and seals its secrets.
    // Errors  those of migrate() and ensure_sealed()
    static Result<std::unique_ptr<Connections>> open(const std::string& path,
                                                     const SecretStore& secrets);

    const SealingReport& sealing() const { return sealing_; }

    // `use` takes the Database& and returns a Result, which is returned.
    template <typename Use>
    auto read(Use&& use) {
        return readers_.with(std::forward<Use>(use));
    }

    // The same in a transaction, which is committed unless `use` fails. `use` may run twice, on any
    // thread.
    template <typename Use>
    auto write(const Use& use) -> decltype(use(std::declval<sqlite::Database&>())) {
        return write(use, sqlite::GroupWriter::Sync::now);
    }

    // For what a repetition of the step writes again, or nothing acts on.
    template <typename Use>
    auto write_unsynced(const Use& use) -> decltype(use(std::declval<sqlite::Database&>())) {
        return write(use, sqlite::GroupWriter::Sync::later);
    }

private:
    Connections(sqlite::Database writer, const std::string& path, SealingReport sealing);

    template <typename Use>
    auto write(const Use& use, sqlite::GroupWriter::Sync sync)
        -> decltype(use(std::declval<sqlite::Database&>())) {
        std::optional<decltype(use(std::declval<sqlite::Database&>()))> result;
        TRY(writer_.run(
            [&](sqlite::Database& database) -> Result<void> {
                result.emplace(use(database));
                if (!result->ok()) return result->error();
                return {};
            },
            sync));
        return std::move(*result);
    }

    const SealingReport sealing_;
    sqlite::GroupWriter writer_;
    sqlite::ReadPool readers_;
};

}  // namespace millrace::catalog
