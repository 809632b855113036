#pragma once
// CoveredRows: which rows of a source are in their tables already, though it reads their messages
// again: it goes on with a backup, and the installation that the backup is of had gone on too.
//
// Thread  that of the source.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "core/base/ids.h"
#include "core/mapping/record.h"
#include "core/model/position.h"

namespace millrace::kafka {

class CoveredRows {
public:
    void clear() { before_.clear(); }

    // Rows of the sink from before these places are there.
    void add(SinkNumber sink, std::span<const SourcePosition> positions, const std::string& topic) {
        for (const auto& position : positions) {
            const auto& name = position.partition;
            if (name.size() <= topic.size() + 1 || !name.starts_with(topic + "/")) continue;
            before_[{sink, name.substr(topic.size() + 1)}] = {position.epoch, position.next_offset};
        }
    }

    // Places of another epoch say nothing: the topic was begun again, or made anew.
    bool has(SinkNumber sink, const TopicMessage& message) const {
        if (before_.empty()) return false;
        const auto found = before_.find({sink, std::to_string(message.partition)});
        return found != before_.end() && found->second.first == message.epoch &&
               static_cast<std::uint64_t>(message.offset) < found->second.second;
    }

private:
    using Place = std::pair<std::uint64_t, std::uint64_t>;  // an epoch and an offset
    std::map<std::pair<SinkNumber, std::string>, Place> before_;
};

}  // namespace millrace::kafka
