#pragma once
// TopicReader: reads the partitions of one topic from places that the caller names. It keeps no
// position of its own and belongs to no group that could take partitions away.
//
// Thread    wake() any; all others that of the owner.
// Lifetime  what read() returns is valid until the next call of read() or assign().

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace {

struct PartitionOffset {
    std::int32_t partition = 0;
    std::int64_t offset = 0;  // of the next message

    bool operator==(const PartitionOffset&) const = default;
};

// What the log of a partition has: [low, high).
struct Watermarks {
    std::int64_t low = 0;
    std::int64_t high = 0;

    bool operator==(const Watermarks&) const = default;
};

struct TopicHeader {
    std::string_view name;
    std::optional<std::string_view> value;  // nothing: null, which is not an empty one
};

struct FetchedMessage {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::optional<WallTime> timestamp = {};
    std::optional<std::string_view> key = {};    // nothing: null
    std::optional<std::string_view> value = {};  // nothing: a tombstone
    std::span<const TopicHeader> headers = {};
};

// What is to be known besides messages.
struct TopicEvent {
    enum class Kind {
        out_of_range,  // the partition has no such offset and is not read until assign()
        gone,          // topic or partition are not there
        end,           // every message of the partition before `offset` was read, and more may come
        failed,        // `text` says why nothing comes now; the reader goes on trying by itself
        broken,        // the reader is of no use any more
    };
    Kind kind = Kind::failed;
    std::int32_t partition = -1;  // -1: of all
    std::string text = {};
    std::int64_t offset = 0;
};

struct TopicBatch {
    // Of each partition in the order of its offsets, which may have holes: what was compacted,
    // aborted, or marks a transaction is no message.
    std::span<const FetchedMessage> messages = {};
    std::span<const TopicEvent> events = {};  // after the messages
};

class TopicReader {
public:
    virtual ~TopicReader() = default;

    // The partitions of the topic.
    // Errors  not_found     there is no such topic
    //         unauthorized  the brokers do not let us
    //         unavailable   no broker answers; the text says why
    virtual Result<std::vector<std::int32_t>> partitions(Milliseconds wait) = 0;

    // Errors  those of partitions()
    virtual Result<Watermarks> watermarks(std::int32_t partition, Milliseconds wait) = 0;

    // The first message that is not older than `time`; nothing if there is none yet.
    // Errors  those of partitions()
    virtual Result<std::optional<std::int64_t>> offset_at(std::int32_t partition, WallTime time,
                                                          Milliseconds wait) = 0;

    // Reads these partitions from there on, and no others. What was fetched before is dropped.
    // Errors  unavailable
    virtual Result<void> assign(std::span<const PartitionOffset> partitions) = 0;

    // Messages that have come, `messages_max` at most, whatever their size. Waits for the first.
    virtual TopicBatch read(std::size_t messages_max, Milliseconds wait) = 0;

    // Ends a read() that waits, or the next one that would.
    virtual void wake() = 0;

    // What was last heard of the partition; no call of a broker.
    virtual std::optional<Watermarks> last_watermarks(std::int32_t partition) const = 0;

    // Tells the group how far its partitions are read, for tools that show the lag. Does not wait;
    // what goes wrong is an event `failed` at most.
    virtual void commit(std::span<const PartitionOffset> partitions) = 0;
};

struct TopicReaderSettings {
    std::string brokers;  // "host:port,host:port"
    std::string topic;
    std::string group;        // that commit() tells
    bool may_create = false;  // asks the brokers for the topic, which may make it then
    std::map<std::string, std::string> properties = {};  // names of librdkafka
};

class TopicReaders {
public:
    virtual ~TopicReaders() = default;

    // Does not wait for a broker.
    // Errors  invalid: a property has a value that it cannot have; the text names it
    virtual Result<std::unique_ptr<TopicReader>> open(const TopicReaderSettings& settings) = 0;
};

}  // namespace millrace
