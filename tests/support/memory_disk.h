#pragma once
// MemoryDisk: a Disk in memory for tests of code above it. It loses nothing and can refuse the n-th
// operation; power loss is the business of tests/sim.
//
// Thread  any.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/guarded.h"
#include "core/ports/disk.h"

namespace millrace::testing_support {

class MemoryDisk : public Disk {
public:
    Result<std::unique_ptr<DiskFile>> open(const std::string& path, Open mode) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;  // a file or an empty directory
    Result<void> make_directories(const std::string& path) override;
    Result<std::unique_ptr<DiskDirectory>> open_directory(const std::string& path) override;
    Result<void> sync_directory(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override;
    Result<std::uint64_t> free_bytes(const std::string& path) override;

    // The operation after `operations` more ones fails once: a sync with unknown_outcome, others
    // with unavailable.
    void fail_after(int operations);
    bool fault_fired() const;
    // From now on list() of that folder is unavailable, as one of another user's.
    void make_unreadable(const std::string& directory);

    std::vector<std::string> files() const;
    std::vector<std::string> directories() const;
    std::optional<std::string> content(const std::string& path) const;
    void set_content(const std::string& path, std::string bytes);

    // What files share; kept by open files too, as removed files stay readable while they are open.
    using Bytes = Guarded<std::string>;

    // Counts an operation.
    // Errors  the fault, if it is its turn
    Result<void> operation(Code fault);

private:
    struct State {
        std::map<std::string, std::shared_ptr<Bytes>> files;
        std::set<std::string> directories;
        std::set<std::string> unreadable;  // of the directories
        std::optional<int> fail_after;
        bool fault_fired = false;
    };

    Guarded<State> state_;
};

}  // namespace millrace::testing_support
