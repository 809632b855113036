#pragma once
// SourceProgress: how far each partition of a source was read, and what became of its messages. All
// of it goes to the journal as positions, in the frame of the rows, so it is exact after any crash:
//
//   next - first = messages + offsets without a message + lost, of each partition
//   records      = accepted + rejected + skipped, of each sink since it is there
//
// Format  names of positions, of the topic "orders" and its partition 3, and what their number is:
//           orders/3                         the next offset
//           orders/3#first                   where reading began in this epoch
//           orders/3#messages                messages, without those that are offsets only
//           orders/3#nulls                   of them: without a value, and skipped
//           orders/3#filtered                records that a filter dropped
//           orders/3#lost                    offsets that were passed over, as the log lost them
//           orders/3#gap/REASON/FROM-TO@MS   one such gap: offsets lost, and when
//           sink:7#accepted, #rejected, #skipped
//         The numbers of a partition are of its epoch: generation << 32 | resets. The generation
//         is that of the settings; a reset goes back in the log, as when the topic is made anew.
//         The numbers of sinks only grow; their epoch is 0.
// Thread  one.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/fingerprint.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/model/position.h"

namespace millrace::kafka {

// Offsets that were passed over.
struct Gap {
    std::int32_t partition = 0;
    std::string reason;  // "expired", "recreated", "truncated"
    std::int64_t from = 0;
    std::int64_t to = 0;     // where reading went on; below `from` after a reset
    std::uint64_t lost = 0;  // how many it is known to be
    WallTime at = {};

    bool operator==(const Gap&) const = default;
};

struct PartitionProgress {
    std::uint64_t epoch = 0;
    std::int64_t next = 0;
    std::int64_t first = 0;
    std::uint64_t messages = 0;
    std::uint64_t nulls = 0;
    std::uint64_t filtered = 0;  // records
    std::uint64_t lost = 0;

    // Offsets that are no messages: transaction markers, aborted, compacted and deleted ones.
    std::uint64_t without_message() const {
        return static_cast<std::uint64_t>(next - first) - messages - lost;
    }

    bool operator==(const PartitionProgress&) const = default;
};

struct SinkProgress {
    std::uint64_t accepted = 0;  // its rows
    std::uint64_t rejected = 0;  // kept as rejects
    std::uint64_t skipped = 0;   // could not be kept, and onRejectsFull is skip

    bool operator==(const SinkProgress&) const = default;
};

struct SourceProgress {
    std::map<std::int32_t, PartitionProgress> partitions;
    std::map<SinkNumber, SinkProgress> sinks;
    std::vector<Gap> gaps;  // the oldest first

    bool operator==(const SourceProgress&) const = default;
};

inline constexpr std::size_t kGapsMax = 200;  // of one source; then they are only counted

constexpr std::uint64_t epoch_of(std::uint32_t generation, std::uint32_t resets) {
    return std::uint64_t{generation} << 32 | resets;
}

// The generation in which the topic is read: that of the settings, or a higher one that was read
// already, as where older settings were restored.
std::uint32_t generation_in_force(std::span<const SourcePosition> positions,
                                  const std::string& topic, std::uint32_t of_settings);

// What the journal has of the topic in that generation; partitions of an older one are not read.
SourceProgress progress_from(std::span<const SourcePosition> positions, const std::string& topic,
                             std::uint32_t generation);

// Where `after` differs from `before`, as positions.
std::vector<SourcePosition> positions_between(const SourceProgress& before,
                                              const SourceProgress& after, const std::string& topic,
                                              const Fingerprint& source);

}  // namespace millrace::kafka
