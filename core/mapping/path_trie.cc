#include "core/mapping/path_trie.h"

#include <bit>
#include <map>

namespace millrace::mapping {
namespace {

struct Node {
    std::map<std::string, std::size_t> keys;
    std::map<std::uint32_t, std::size_t> indexes;
    std::vector<std::uint32_t> slots;  // paths that end here
};

using NodeSet =
    std::vector<std::size_t>;  // sorted: children are added in the order of their parents

}  // namespace

// Makes the tree of the parts, then its states: the sets of nodes that one place of a body can
// reach.
struct PathTrie::Builder {
    std::vector<Node> nodes{1};
    std::map<NodeSet, StateId> known;
    std::vector<NodeSet> sets;

    void add(const Path& path, Slot slot) {
        std::size_t at = 0;
        for (const auto& part : path) {
            const auto next = nodes.size();
            const auto child = part.index_only
                                   ? nodes[at].indexes.try_emplace(*part.index, next).first->second
                                   : nodes[at].keys.try_emplace(part.key, next).first->second;
            if (child == next) nodes.emplace_back();
            at = child;
        }
        nodes[at].slots.push_back(slot);
    }

    StateId state_of(const NodeSet& set) {
        const auto [at, added] = known.try_emplace(set, static_cast<StateId>(sets.size()));
        if (added) sets.push_back(set);
        return at->second;
    }

    // A tree whose paths use only keys or only indexes has one state a node. Mixtures need more;
    // made on purpose, exponentially more.
    bool too_many() const { return sets.size() > 4 * nodes.size() + 1024; }

    std::vector<std::pair<std::string, StateId>> members_of(const NodeSet& set) {
        std::map<std::string, NodeSet> children;
        for (const auto node : set) {
            for (const auto& [key, child] : nodes[node].keys) children[key].push_back(child);
        }
        std::vector<std::pair<std::string, StateId>> members;
        for (const auto& [key, next] : children) members.emplace_back(key, state_of(next));
        return members;
    }

    std::vector<Element> elements_of(const NodeSet& set) {
        std::map<std::uint32_t, NodeSet> children;
        for (const auto node : set) {
            for (const auto& [index, child] : nodes[node].indexes) children[index].push_back(child);
            for (const auto& [key, child] : nodes[node].keys) {
                if (const auto index = key_as_index(key)) children[*index].push_back(child);
            }
        }
        std::vector<Element> elements;
        for (const auto& [index, next] : children) elements.push_back({index, state_of(next)});
        return elements;
    }

    std::map<std::string, std::uint32_t> digit_keys;
    std::optional<std::uint32_t> key_as_index(const std::string& key) const {
        const auto found = digit_keys.find(key);
        return found == digit_keys.end() ? std::nullopt : std::optional(found->second);
    }
};

Result<PathTrie> PathTrie::build(std::span<const Path> paths) {
    Builder builder;
    for (std::size_t slot = 0; slot < paths.size(); ++slot) {
        builder.add(paths[slot], static_cast<Slot>(slot));
        for (const auto& part : paths[slot]) {
            if (part.index && !part.index_only) builder.digit_keys.emplace(part.key, *part.index);
        }
    }
    PathTrie trie;
    trie.slot_count_ = paths.size();
    builder.state_of({0});
    for (std::size_t id = 0; id < builder.sets.size(); ++id) {
        const auto set = builder.sets[id];  // a copy: the list grows below
        State state;
        trie.add_members(state, builder.members_of(set));

        const auto elements = builder.elements_of(set);
        state.elements_begin = static_cast<std::uint32_t>(trie.elements_.size());
        state.elements = static_cast<std::uint32_t>(elements.size());
        trie.elements_.insert(trie.elements_.end(), elements.begin(), elements.end());

        state.slots_begin = static_cast<std::uint32_t>(trie.slots_.size());
        for (const auto node : set) {
            const auto& slots = builder.nodes[node].slots;
            trie.slots_.insert(trie.slots_.end(), slots.begin(), slots.end());
        }
        state.slots = static_cast<std::uint32_t>(trie.slots_.size()) - state.slots_begin;
        trie.states_.push_back(state);
        if (builder.too_many()) {
            return Error(Code::invalid, "the paths of all sinks meet in too many ways");
        }
    }
    return trie;
}

void PathTrie::add_members(State& state,
                           const std::vector<std::pair<std::string, StateId>>& members) {
    if (members.empty()) return;
    const auto size = std::bit_ceil(2 * members.size());  // at most half full: probes end soon
    state.members_begin = static_cast<std::uint32_t>(members_.size());
    state.members_mask = static_cast<std::uint32_t>(size - 1);
    members_.resize(members_.size() + size);
    for (const auto& [key, next] : members) {
        const auto padded = key + std::string(kKeyPadding, '\0');
        const auto ends = ends_of(padded.data(), key.size());
        auto at = hash(ends, key.size());
        while (members_[state.members_begin + (at & state.members_mask)].state != kNone) ++at;
        members_[state.members_begin + (at & state.members_mask)] = {
            .ends = ends,
            .key_begin = static_cast<std::uint32_t>(keys_.size()),
            .key_bytes = static_cast<std::uint32_t>(key.size()),
            .state = next};
        keys_ += key;
    }
}

}  // namespace millrace::mapping
