#include "api/kafka/source_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace millrace::kafka {
namespace {

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return number;
}

// "before<separator>after"; nothing without the separator.
struct Halves {
    std::string_view before;
    std::string_view after;
};
std::optional<Halves> split(std::string_view text, char separator) {
    const auto at = text.find(separator);
    if (at == std::string_view::npos) return std::nullopt;
    return Halves{.before = text.substr(0, at), .after = text.substr(at + 1)};
}

// "REASON/FROM-TO@MS"
std::optional<Gap> parse_gap(std::string_view text) {
    const auto reason = split(text, '/');
    if (!reason) return std::nullopt;
    const auto time = split(reason->after, '@');
    if (!time) return std::nullopt;
    const auto offsets = split(time->before, '-');
    if (!offsets) return std::nullopt;
    const auto from = number_in<std::int64_t>(offsets->before);
    const auto to = number_in<std::int64_t>(offsets->after);
    const auto at = number_in<std::int64_t>(time->after);
    if (!from || !to || !at) return std::nullopt;
    return Gap{
        .reason = std::string(reason->before), .from = *from, .to = *to, .at = WallTime{*at}};
}

void read_sink(std::string_view rest, const SourcePosition& position, SourceProgress& progress) {
    const auto parts = split(rest, '#');
    if (!parts) return;
    const auto number = number_in<std::uint64_t>(parts->before);
    if (!number) return;
    auto& sink = progress.sinks[SinkNumber(*number)];
    if (parts->after == "accepted") sink.accepted = position.next_offset;
    if (parts->after == "rejected") sink.rejected = position.next_offset;
    if (parts->after == "skipped") sink.skipped = position.next_offset;
}

// What is counted of a partition. The numbers of an earlier epoch are over.
void read_count(std::string_view which, const SourcePosition& position, std::int32_t partition,
                SourceProgress& progress) {
    constexpr std::string_view kGap = "gap/";
    if (which.starts_with(kGap)) {
        auto gap = parse_gap(which.substr(kGap.size()));
        if (!gap) return;
        gap->partition = partition;
        gap->lost = position.next_offset;
        progress.gaps.push_back(std::move(*gap));
        return;
    }
    const auto known = progress.partitions.find(partition);
    if (known == progress.partitions.end() || known->second.epoch != position.epoch) return;
    auto& counts = known->second;
    if (which == "first") counts.first = static_cast<std::int64_t>(position.next_offset);
    if (which == "messages") counts.messages = position.next_offset;
    if (which == "nulls") counts.nulls = position.next_offset;
    if (which == "filtered") counts.filtered = position.next_offset;
    if (which == "lost") counts.lost = position.next_offset;
}

// Collects what has changed.
class Changes {
public:
    explicit Changes(const Fingerprint& source) : source_(source) {}

    void add(std::string name, std::uint64_t epoch, std::uint64_t number) {
        found_.push_back({.source = source_,
                          .partition = std::move(name),
                          .epoch = epoch,
                          .next_offset = number});
    }
    std::vector<SourcePosition> take() { return std::move(found_); }

private:
    const Fingerprint& source_;
    std::vector<SourcePosition> found_;
};

void add_partition(Changes& changes, const std::string& name, const PartitionProgress* before,
                   const PartitionProgress& after) {
    const bool is_new = before == nullptr || before->epoch != after.epoch;
    const PartitionProgress none;
    const auto& then = is_new ? none : *before;
    const auto add = [&](std::string_view which, std::uint64_t old, std::uint64_t now) {
        if (old != now) changes.add(fmt::format("{}#{}", name, which), after.epoch, now);
    };
    if (is_new || then.next != after.next) {
        changes.add(name, after.epoch, static_cast<std::uint64_t>(after.next));
    }
    add("first", static_cast<std::uint64_t>(then.first), static_cast<std::uint64_t>(after.first));
    add("messages", then.messages, after.messages);
    add("nulls", then.nulls, after.nulls);
    add("filtered", then.filtered, after.filtered);
    add("lost", then.lost, after.lost);
}

void add_sink(Changes& changes, SinkNumber number, const SinkProgress& then,
              const SinkProgress& after) {
    const auto add = [&](std::string_view which, std::uint64_t old, std::uint64_t now) {
        if (old != now) changes.add(fmt::format("sink:{}#{}", number.value, which), 0, now);
    };
    add("accepted", then.accepted, after.accepted);
    add("rejected", then.rejected, after.rejected);
    add("skipped", then.skipped, after.skipped);
}

}  // namespace

std::uint32_t generation_in_force(std::span<const SourcePosition> positions,
                                  const std::string& topic, std::uint32_t of_settings) {
    auto newest = of_settings;
    const auto prefix = topic + "/";
    for (const auto& position : positions) {
        if (!position.partition.starts_with(prefix)) continue;
        newest = std::max(newest, static_cast<std::uint32_t>(position.epoch >> 32));
    }
    return newest;
}

SourceProgress progress_from(std::span<const SourcePosition> positions, const std::string& topic,
                             std::uint32_t generation) {
    SourceProgress progress;
    const auto prefix = topic + "/";
    constexpr std::string_view kSink = "sink:";
    // Of a topic, a place comes before what is counted there: '#' is behind the end of its name.
    for (const auto& position : positions) {
        const std::string_view name = position.partition;
        if (name.starts_with(kSink)) {
            read_sink(name.substr(kSink.size()), position, progress);
        }
        if (!name.starts_with(prefix)) continue;
        const auto rest = name.substr(prefix.size());
        const auto parts = split(rest, '#');
        const auto partition = number_in<std::int32_t>(parts ? parts->before : rest);
        if (!partition) continue;
        if (parts) {
            read_count(parts->after, position, *partition, progress);
        } else if (position.epoch >> 32 == generation) {
            progress.partitions[*partition] = {
                .epoch = position.epoch, .next = static_cast<std::int64_t>(position.next_offset)};
        }
    }
    std::ranges::stable_sort(progress.gaps, {}, &Gap::at);
    return progress;
}

std::vector<SourcePosition> positions_between(const SourceProgress& before,
                                              const SourceProgress& after, const std::string& topic,
                                              const Fingerprint& source) {
    Changes changes(source);
    for (const auto& [number, now] : after.partitions) {
        const auto then = before.partitions.find(number);
        const auto* const known = then == before.partitions.end() ? nullptr : &then->second;
        if (known != nullptr && *known == now) continue;
        add_partition(changes, fmt::format("{}/{}", topic, number), known, now);
    }
    for (const auto& [number, now] : after.sinks) {
        const auto then = before.sinks.find(number);
        add_sink(changes, number, then == before.sinks.end() ? SinkProgress() : then->second, now);
    }
    for (auto i = before.gaps.size(); i < after.gaps.size(); ++i) {
        const auto& gap = after.gaps[i];
        changes.add(fmt::format("{}/{}#gap/{}/{}-{}@{}", topic, gap.partition, gap.reason, gap.from,
                                gap.to, gap.at.unix_ms),
                    0, gap.lost);
    }
    return changes.take();
}

}  // namespace millrace::kafka
