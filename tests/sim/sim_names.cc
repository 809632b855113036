#include "tests/sim/sim_names.h"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace millrace::sim {
namespace {

Error not_found(std::string_view path) {
    return Error(Code::not_found, fmt::format("{}: no such file or directory", path));
}

Error exists(std::string_view path) {
    return Error(Code::conflict, fmt::format("{}: it exists", path));
}

Error refused(std::string_view path, std::string_view why) {
    return Error(Code::unavailable, fmt::format("{}: {}", path, why));
}

std::vector<std::string> parts_of(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        const auto slash = path.find('/');
        const auto part = path.substr(0, slash);
        if (!part.empty() && part != ".") parts.emplace_back(part);
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
    }
    return parts;
}

bool is_below(const SimNode& directory, const SimNodePtr& wanted) {
    for (const auto& [name, node] : directory.names) {
        if (node == wanted || is_below(*node, wanted)) return true;
    }
    return false;
}

// Visits every directory before what is in it.
void walk(const SimNodePtr& node, std::set<const SimNode*>& seen,
          const std::function<void(SimNode&)>& use) {
    if (!seen.insert(node.get()).second) return;  // a file with two names
    use(*node);
    for (const auto& [name, child] : node->names) walk(child, seen, use);
}

}  // namespace

SimNames::SimNames() : root_(std::make_shared<SimNode>(true)) {}

Result<SimNodePtr> SimNames::find(std::string_view path) const {
    auto node = root_;
    for (const auto& part : parts_of(path)) {
        if (!node->is_directory) return refused(path, "not a directory");
        const auto found = node->names.find(part);
        if (found == node->names.end()) return not_found(path);
        node = found->second;
    }
    return node;
}

Result<SimNodePtr> SimNames::find_directory(std::string_view path) const {
    TRY_ASSIGN(auto node, find(path));
    if (!node->is_directory) return refused(path, "not a directory");
    return node;
}

Result<SimNodePtr> SimNames::create_file(std::string_view path) {
    TRY_ASSIGN(const auto place, place_of(path));
    if (place.directory->names.contains(place.name)) {
        return exists(path);
    }
    auto node = std::make_shared<SimNode>(false);
    place.directory->names[place.name] = node;
    changes_.push_back(Change{Kind::create, place.directory, place.name, node, nullptr});
    return node;
}

Result<void> SimNames::rename(std::string_view from, std::string_view to) {
    TRY_ASSIGN(const auto node, find(from));
    TRY_ASSIGN(const auto source, place_of(from));
    TRY_ASSIGN(const auto target, place_of(to));
    const auto replaced = target.directory->names.find(target.name);
    if (replaced != target.directory->names.end()) {
        if (replaced->second == node) return {};
        if (replaced->second->is_directory != node->is_directory ||
            !replaced->second->names.empty()) {
            return refused(to, "cannot be replaced");
        }
    }
    if (node == target.directory || is_below(*node, target.directory)) {
        return refused(to, "is within itself");
    }
    source.directory->names.erase(source.name);
    target.directory->names[target.name] = node;
    changes_.push_back(Change{Kind::rename, target.directory, target.name, node, source.directory});
    return {};
}

Result<void> SimNames::remove(std::string_view path) {
    TRY_ASSIGN(const auto node, find(path));
    TRY_ASSIGN(const auto place, place_of(path));
    if (!node->names.empty()) return refused(path, "directory not empty");
    place.directory->names.erase(place.name);
    changes_.push_back(Change{Kind::remove, place.directory, place.name, node, nullptr});
    return {};
}

Result<void> SimNames::make_directories(std::string_view path, bool durable) {
    auto parent = root_;
    for (const auto& part : parts_of(path)) {
        auto& node = parent->names[part];
        if (!node) {
            node = std::make_shared<SimNode>(true);
            changes_.push_back(Change{Kind::create, parent, part, node, nullptr});
        }
        if (!node->is_directory) return exists(path);
        if (durable) {
            std::erase_if(changes_, [&](const Change& change) {
                const bool made_it = change.kind != Kind::remove && change.node == node;
                if (made_it) apply(change);
                return made_it;
            });
            parent->durable_names[part] = node;
        }
        parent = node;
    }
    return {};
}

void SimNames::sync(const SimNodePtr& directory) {
    std::erase_if(changes_, [&](Change& change) {
        return concerns(change, directory) && sync_change(change, directory);
    });
}

void SimNames::fail_sync(const SimNodePtr& directory, SimRng& rng, FaultCounts& faults) {
    std::erase_if(changes_, [&](Change& change) {
        if (!concerns(change, directory)) return false;
        if (rng.chance(50)) return sync_change(change, directory);
        // Without its new name the file keeps the old one, so that it never has none.
        ++faults[Fault::name_dropped];
        return true;
    });
}

void SimNames::lose_power(SimRng& rng, FaultCounts& faults) {
    const auto survival = Survival::draw(rng);
    for (const auto& change : changes_) {
        if (rng.chance(survival.percent)) {
            survive(change, rng, faults);
            continue;
        }
        switch (change.kind) {
            case Kind::create:
                ++faults[Fault::create_lost];
                break;
            case Kind::remove:
                ++faults[Fault::remove_lost];
                break;
            case Kind::rename:
                ++faults[change.link_done ? Fault::rename_doubled : Fault::rename_lost];
                break;
        }
    }
    changes_.clear();

    std::set<const SimNode*> seen;
    root_->names = root_->durable_names;
    walk(root_, seen, [](SimNode& node) { node.names = node.durable_names; });
}

void SimNames::for_each_file(const std::function<void(SimNode&)>& use) const {
    std::set<const SimNode*> seen;
    walk(root_, seen, [&](SimNode& node) {
        if (!node.is_directory) use(node);
    });
}

Result<SimNames::Place> SimNames::place_of(std::string_view path) const {
    const auto parts = parts_of(path);
    if (parts.empty()) return refused(path, "is the root");
    auto directory = root_;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto found = directory->names.find(parts[i]);
        if (found == directory->names.end()) return not_found(path);
        directory = found->second;
        if (!directory->is_directory) return refused(path, "not a directory");
    }
    return Place{directory, parts.back()};
}

// Whatever the node is called on the platter: an earlier rename of it may have been lost or
// dropped.
void SimNames::unlink(SimNode& directory, const SimNodePtr& node) {
    std::erase_if(directory.durable_names, [&](const auto& entry) { return entry.second == node; });
}

// The whole change, atomically.
void SimNames::apply(const Change& change) {
    if (change.kind == Kind::remove) return unlink(*change.directory, change.node);
    if (change.kind == Kind::rename) unlink(*change.old_directory, change.node);
    if (!change.link_done) change.directory->durable_names[change.name] = change.node;
}

bool SimNames::concerns(const Change& change, const SimNodePtr& directory) {
    return change.directory == directory || change.old_directory == directory;
}

// Returns whether the change is durable as a whole.
bool SimNames::sync_change(Change& change, const SimNodePtr& directory) {
    const bool across = change.kind == Kind::rename && change.directory != change.old_directory;
    if (!across) {
        apply(change);
        return true;
    }
    if (change.directory == directory && !change.link_done) {
        change.directory->durable_names[change.name] = change.node;
        change.link_done = true;
    }
    if (change.old_directory == directory) change.unlink_asked = true;
    if (!change.link_done || !change.unlink_asked) return false;
    unlink(*change.old_directory, change.node);
    return true;
}

void SimNames::survive(const Change& change, SimRng& rng, FaultCounts& faults) {
    const bool across = change.kind == Kind::rename && change.directory != change.old_directory;
    if (across && !change.link_done && rng.chance(50)) {
        change.directory->durable_names[change.name] = change.node;
        ++faults[Fault::rename_doubled];
        return;
    }
    apply(change);
}

}  // namespace millrace::sim
