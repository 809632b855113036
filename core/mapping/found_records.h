#pragma once
// FoundRecords: where the values of some paths are in the records of a request, from one that has
// written the records itself (see path_walk.h). Nobody has to read their JSON again for it.
//
// Lifetime  reused from request to request; allocates only while it grows.
// Thread    one.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/mapping/path_trie.h"

namespace millrace::mapping {

struct FoundValue {
    static constexpr std::uint32_t kNowhere = UINT32_MAX;

    std::uint32_t begin = kNowhere;  // in the text of its record
    std::uint32_t bytes = 0;
    bool escaped = false;  // of a string: there is a backslash in it

    bool found() const { return begin != kNowhere; }
};

// Of one record.
struct FoundValues {
    const PathTrie* paths = nullptr;       // null: nobody has looked
    std::span<const FoundValue> values{};  // by the slots of `paths`
};

class FoundRecords {
public:
    // `paths` must outlive what is found; null: nobody looks.
    void begin(const PathTrie* paths) {
        paths_ = paths;
        slots_ = paths == nullptr ? 0 : paths->slot_count();
        values_.clear();
    }

    // Adds a record, of which nothing is found yet. Valid until the next call.
    std::span<FoundValue> add() {
        values_.resize(values_.size() + slots_);
        return std::span(values_).last(slots_);
    }

    // Of the record with that number, counted from 0.
    FoundValues of(std::uint64_t record) const {
        return {.paths = paths_, .values = std::span(values_).subspan(record * slots_, slots_)};
    }

    // Gives memory back that only a large request needed.
    void release(std::size_t kept_bytes) {
        if (values_.capacity() * sizeof(FoundValue) > kept_bytes)
            std::vector<FoundValue>().swap(values_);
    }

private:
    const PathTrie* paths_ = nullptr;
    std::size_t slots_ = 0;
    std::vector<FoundValue> values_;  // slots_ of each record
};

}  // namespace millrace::mapping
