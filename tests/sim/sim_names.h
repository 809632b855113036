#pragma once
// SimNames is the tree of names of a SimDisk, twice: what is visible, and what is on the platter.
//
// The failure model is written in sim_disk.h; this is its part about names. It returns errors of
// its own only for what is wrong with the names; the faults on demand are SimDisk's.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "tests/sim/sim_content.h"

namespace millrace::sim {

struct SimNode {
    explicit SimNode(bool directory) : is_directory(directory) {}

    const bool is_directory;
    SimContent content;                                     // of a file
    std::map<std::string, std::shared_ptr<SimNode>> names;  // of a directory
    std::map<std::string, std::shared_ptr<SimNode>> durable_names;
};
using SimNodePtr = std::shared_ptr<SimNode>;

class SimNames {
public:
    SimNames();

    Result<SimNodePtr> find(std::string_view path) const;
    Result<SimNodePtr> find_directory(std::string_view path) const;
    Result<SimNodePtr> create_file(std::string_view path);  // conflict if it is there
    Result<void> rename(std::string_view from, std::string_view to);
    Result<void> remove(std::string_view path);
    Result<void> make_directories(std::string_view path, bool durable);

    void sync(const SimNodePtr& directory);
    void fail_sync(const SimNodePtr& directory, SimRng& rng, FaultCounts& faults);
    void lose_power(SimRng& rng, FaultCounts& faults);

    // Every file once, in an order that is always the same.
    void for_each_file(const std::function<void(SimNode&)>& use) const;

private:
    enum class Kind { create, remove, rename };

    // A change of names that is not durable.
    struct Change {
        Kind kind;
        SimNodePtr directory;  // of the new name, or of the removed one
        std::string name;
        SimNodePtr node;
        SimNodePtr old_directory;   // of a rename
        bool link_done = false;     // of a rename: the new name is durable
        bool unlink_asked = false;  // of a rename: the old directory was synced
    };
    struct Place {
        SimNodePtr directory;
        std::string name;
    };

    Result<Place> place_of(std::string_view path) const;
    static void unlink(SimNode& directory, const SimNodePtr& node);
    static void apply(const Change& change);
    static bool concerns(const Change& change, const SimNodePtr& directory);
    static bool sync_change(Change& change, const SimNodePtr& directory);
    static void survive(const Change& change, SimRng& rng, FaultCounts& faults);

    SimNodePtr root_;
    std::vector<Change> changes_;  // in their order
};

}  // namespace millrace::sim
