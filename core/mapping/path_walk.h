#pragma once
// PathWalk: follows the paths of a source through a JSON text while it is written, and notes where
// their values are: what JsonScanner finds when it reads the text.
//
//     const auto state = walk.member(walk.root(), key);
//     ... the value is written ...
//     walk.note(state, {.begin = begin, .bytes = end - begin});
//
// As for JsonScanner, of members with the same key the first counts.
//
// Lifetime  reused from text to text; allocates only while its buffers grow.
// Thread    one.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/mapping/found_records.h"
#include "core/mapping/path_trie.h"

namespace millrace::mapping {

class PathWalk {
public:
    using StateId = PathTrie::StateId;
    static constexpr StateId kUnwanted = PathTrie::kNone;  // no path leads to it or through it

    struct Note {
        PathTrie::Slot slot;
        FoundValue value;  // in the text that is written
    };

    // For the texts that follow. Null: nothing is wanted in them.
    void begin(const PathTrie* paths);

    // Another text, or a part of one, begins: it has no members yet.
    void begin_text();

    StateId root() const { return paths_ == nullptr ? kUnwanted : PathTrie::kRoot; }

    // `key` with kKeyPadding readable bytes behind.
    StateId member(StateId object, std::string_view key) {
        if (object == kUnwanted || !paths_->has_members(object)) return kUnwanted;
        return enter(paths_->member(object, key));
    }
    StateId element(StateId array, std::uint32_t index) const {
        return array == kUnwanted ? kUnwanted : element_of(array, index);
    }

    // The same of a key as it is between its quotes, where that may be something else.
    StateId escaped_member(StateId object, std::string_view key);

    // That value is written.
    void note(StateId state, const FoundValue& value) {
        if (state == kUnwanted) return;
        for (const auto slot : paths_->slots(state)) notes_.push_back({slot, value});
    }

    const std::vector<Note>& notes() const { return notes_; }

    // A part of a text was written again, `begin` bytes into this one.
    void note_part(std::span<const Note> part, std::size_t begin);

    // Puts what was noted of a record that begins at `begin` into its values.
    void find(std::size_t begin, std::span<FoundValue> values) const;

private:
    StateId enter(StateId state) {
        if (state == kUnwanted) return state;
        return std::exchange(entered_[state], text_) == text_ ? kUnwanted : state;
    }
    StateId element_of(StateId array, std::uint32_t index) const;

    const PathTrie* paths_ = nullptr;
    std::vector<std::uint32_t> entered_;  // per state: the last text that entered it
    std::uint32_t text_ = 0;
    std::vector<Note> notes_;
    std::string key_;  // without its escapes
};

}  // namespace millrace::mapping
