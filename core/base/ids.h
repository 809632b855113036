#pragma once
// Ids are types, so that no two can be mixed up.

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "core/base/uuid.h"

namespace millrace {

// A value of type T that is only comparable with others of the same Tag.
template <typename T, typename Tag>
struct Id {
    T value{};

    Id() = default;
    explicit Id(T v) : value(std::move(v)) {}
    auto operator<=>(const Id&) const = default;
};

using ProjectId = Id<std::uint32_t, struct ProjectTag>;
using BranchId = Id<std::uint32_t, struct BranchTag>;
using SourceId = Id<std::string, struct SourceTag>;  // chosen by users, [a-z0-9-], 1 to 48
using SinkId = Id<std::string, struct SinkTag>;      // chosen by users, unique in its source
using SliceId = Id<Uuid, struct SliceTag>;           // UUIDv7, never a counter
using FileId = Id<Uuid, struct FileTag>;             // UUIDv7, never a counter

// The internal id of a sink. Never used again, also after the sink was deleted.
using SinkNumber = Id<std::uint64_t, struct SinkNumberTag>;

// The number of an immutable mapping snapshot of one sink, from 1.
using MappingVersion = Id<std::uint32_t, struct MappingVersionTag>;

// The number of a frame in the journal of a volume, from 1; 0 is "before the first".
using Sequence = Id<std::uint64_t, struct SequenceTag>;

// The number of a batch of rows that a volume has taken; grows over the life of the volume, with
// gaps. 0 is "before the first".
using BatchNumber = Id<std::uint64_t, struct BatchTag>;

// What rows and receipts call a volume: the name that it had first, or a variant of it where that
// was taken. Never changes, and is never used again (docs/adr/0014-registry-of-volumes.md).
using VolumeId = Id<std::string, struct VolumeTag>;

// What a row is bound to: the sink and the mapping it was rendered with.
struct SinkVersion {
    SinkNumber sink;
    MappingVersion mapping;

    auto operator<=>(const SinkVersion&) const = default;
};

template <typename Tag>
std::string to_string(const Id<Uuid, Tag>& id) {
    return to_string(id.value);
}

}  // namespace millrace

template <typename T, typename Tag>
struct std::hash<millrace::Id<T, Tag>> {
    std::size_t operator()(const millrace::Id<T, Tag>& id) const noexcept {
        return std::hash<T>()(id.value);
    }
};

template <>
struct std::hash<millrace::SinkVersion> {
    std::size_t operator()(const millrace::SinkVersion& version) const noexcept {
        return std::hash<std::uint64_t>()(version.sink.value * 1000003 + version.mapping.value);
    }
};
