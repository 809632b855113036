#pragma once
// ReadPool: read-only connections to one file. Taking one never waits: another is opened when all
// are in use; a few are kept open.
//
// Lifetime  the file exists already, and a writer keeps it open.
// Thread    any.

#include <memory>
#include <string>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/result.h"
#include "storage/sqlite/database.h"

namespace millrace::sqlite {

class ReadPool {
public:
    ReadPool(std::string path, OpenOptions options, std::size_t kept_max)
        : path_(std::move(path)), options_(options), kept_max_(kept_max) {
        options_.read_only = true;
    }

    // Runs `use(Database&)` with a connection and returns what it returns: a Result.
    template <typename Use>
    auto with(Use&& use) -> decltype(use(std::declval<Database&>())) {
        TRY_ASSIGN(auto database, take());
        auto result = std::forward<Use>(use)(*database);
        give_back(std::move(database));
        return result;
    }

private:
    Result<std::unique_ptr<Database>> take();
    void give_back(std::unique_ptr<Database> database);

    const std::string path_;
    OpenOptions options_;
    const std::size_t kept_max_;
    Guarded<std::vector<std::unique_ptr<Database>>> idle_;
};

}  // namespace millrace::sqlite
