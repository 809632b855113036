#pragma once
// PathTrie: all paths of a source as one automaton that a scanner walks while it reads a body once.
//
// A state is a place in the body that some path leads to or through. "a.5" and "a[5]" are different
// paths that may meet in one array element, so a state stands for a set of places of the paths;
// the sets are worked out here, once, and a scanner follows a single state.
//
// Lifetime  immutable once built.
// Thread    any.

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/mapping/path.h"

namespace millrace::mapping {

// How many bytes behind a key PathTrie::member() may read.
inline constexpr std::size_t kKeyPadding = 8;

class PathTrie {
public:
    using StateId = std::uint32_t;
    using Slot = std::uint32_t;  // the place of a path's value: its index in build()

    static constexpr StateId kNone = UINT32_MAX;
    static constexpr StateId kRoot = 0;

    struct Element {
        std::uint32_t index;
        StateId state;
    };

    // Errors  invalid: the paths meet in too many ways (only possible on purpose)
    static Result<PathTrie> build(std::span<const Path> paths);

    // Where the member `key` of an object in `state`, which has_members(), leads. kKeyPadding
    // bytes behind the key must be readable; they do not count.
    StateId member(StateId state, std::string_view key) const;

    // Which elements of an array in `state` lead somewhere, by rising index.
    std::span<const Element> elements(StateId state) const {
        const auto& s = at(state);
        return {elements_.data() + s.elements_begin, s.elements};
    }
    bool has_members(StateId state) const { return at(state).members_mask != 0; }

    // The paths that end in `state`.
    std::span<const Slot> slots(StateId state) const {
        const auto& s = at(state);
        return {slots_.data() + s.slots_begin, s.slots};
    }

    std::size_t states() const { return states_.size(); }
    std::size_t slot_count() const { return slot_count_; }

private:
    struct State {
        std::uint32_t members_begin = 0;  // an open-addressing hash table in members_,
        std::uint32_t members_mask = 0;   // its size less 1; 0 if there are no members
        std::uint32_t elements_begin = 0;
        std::uint32_t elements = 0;
        std::uint32_t slots_begin = 0;
        std::uint32_t slots = 0;
    };
    // The first and last eight bytes of a key; of a shorter one all, and zeros.
    struct KeyEnds {
        std::uint64_t head;
        std::uint64_t tail;

        bool operator==(const KeyEnds&) const = default;
    };
    struct Member {
        KeyEnds ends{};
        std::uint32_t key_begin = 0;
        std::uint32_t key_bytes = 0;
        StateId state = kNone;  // kNone: an empty place of the table
    };
    struct Builder;

    static KeyEnds ends_of(const char* key, std::size_t bytes);
    static std::uint64_t hash(const KeyEnds& ends, std::size_t bytes);
    // Without the check of operator[]: a state comes from this trie, and each value asks for it.
    const State& at(StateId state) const { return states_.data()[state]; }
    void add_members(State& state, const std::vector<std::pair<std::string, StateId>>& members);

    std::vector<State> states_;
    std::vector<Member> members_;
    std::vector<Element> elements_;
    std::vector<Slot> slots_;
    std::string keys_;
    std::size_t slot_count_ = 0;
};

inline PathTrie::KeyEnds PathTrie::ends_of(const char* key, std::size_t bytes) {
    KeyEnds ends{};
    std::memcpy(&ends.head, key, sizeof ends.head);
    if (bytes < sizeof ends.head) {
        ends.head &= (std::uint64_t{1} << (8 * bytes)) - 1;
    } else {
        std::memcpy(&ends.tail, key + bytes - sizeof ends.tail, sizeof ends.tail);
    }
    return ends;
}

// They tell nearly all keys apart.
inline std::uint64_t PathTrie::hash(const KeyEnds& ends, std::size_t bytes) {
    const auto mixed = (ends.head ^ ((ends.tail + bytes) << 1)) * 0x9e3779b97f4a7c15;
    return mixed ^ (mixed >> 32);
}

inline PathTrie::StateId PathTrie::member(StateId state, std::string_view key) const {
    constexpr std::size_t kBothEnds = 2 * sizeof(std::uint64_t);
    const auto& s = at(state);
    const auto* const table = members_.data() + s.members_begin;
    const auto ends = ends_of(key.data(), key.size());
    for (auto spot = hash(ends, key.size());; ++spot) {
        const auto& place = table[spot & s.members_mask];
        if (place.state == kNone) return kNone;
        if (place.key_bytes != key.size() || place.ends != ends) continue;
        if (key.size() <= kBothEnds ||
            std::memcmp(keys_.data() + place.key_begin, key.data(), key.size()) == 0) {
            return place.state;
        }
    }
}

}  // namespace millrace::mapping
