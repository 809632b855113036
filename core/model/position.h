#pragma once
// SourcePosition: how far a source that reads by itself (a topic, a table, a file) has come. It is
// in the frame of the rows that were read up to there, so rows and position are durable together or
// not at all, and reading goes on there without losing or doubling a row.
//
// Of the positions of one partition the newest counts: the higher epoch, then the higher offset. To
// begin anywhere else, a source begins a new epoch.

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/fingerprint.h"

namespace millrace {

struct SourcePosition {
    Fingerprint source;  // its scope: no other source ever has the same
    std::string partition;
    std::uint64_t epoch = 0;
    std::uint64_t next_offset = 0;  // everything before it was read

    bool operator==(const SourcePosition&) const = default;
};

inline bool is_newer(const SourcePosition& one, const SourcePosition& other) {
    return std::pair(one.epoch, one.next_offset) > std::pair(other.epoch, other.next_offset);
}

// The newest position of each partition of each source.
class Positions {
public:
    void add(const SourcePosition& position) {
        const auto [known, is_new] =
            by_source_[position.source].emplace(position.partition, position);
        if (!is_new && is_newer(position, known->second)) known->second = position;
    }

    // In the order of the partitions' names.
    std::vector<SourcePosition> of(const Fingerprint& source) const {
        std::vector<SourcePosition> found;
        const auto partitions = by_source_.find(source);
        if (partitions == by_source_.end()) return found;
        for (const auto& [name, position] : partitions->second) found.push_back(position);
        return found;
    }

    // Source after source.
    std::vector<SourcePosition> all() const {
        std::vector<SourcePosition> found;
        for (const auto& [source, partitions] : by_source_) {
            for (const auto& [name, position] : partitions) found.push_back(position);
        }
        return found;
    }

private:
    std::map<Fingerprint, std::map<std::string, SourcePosition>> by_source_;
};

}  // namespace millrace
