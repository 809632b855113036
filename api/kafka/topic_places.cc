#include "api/kafka/topic_places.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/kafka/property_rules.h"

namespace millrace::kafka {
namespace {

constexpr std::size_t kPartitionsMax = 1'000;  // their places are in one frame

Error not_now(std::string text) {
    return Error(Code::unavailable, std::move(text));
}

Error only_other_settings(std::string text) {
    return Error(Code::conflict, std::move(text));
}

}  // namespace

bool needs_other_connection(const KafkaSettings& before, const KafkaSettings& after) {
    const bool is_same =
        before.brokers == after.brokers && before.topic == after.topic &&
        before.group == after.group && before.on_unknown_topic == after.on_unknown_topic &&
        before.properties == after.properties && before.secrets == after.secrets &&
        before.generation == after.generation && before.registry_url == after.registry_url &&
        needs_registry(before) == needs_registry(after) &&
        (before.format == after.format || !needs_registry(before.format));
    return !is_same;
}

Result<void> TopicPlaces::open(TopicReaders& topics, const SourceId& source) {
    const auto& settings = ports_.settings;
    TopicReaderSettings wanted{.brokers = settings.brokers,
                               .topic = settings.topic,
                               .group = group_of(settings, source.value),
                               .may_create = settings.on_unknown_topic == OnUnknownTopic::create,
                               .properties = settings.properties};
    for (const auto& [name, value] : settings.secrets) wanted.properties[name] = value;
    std::erase_if(wanted.properties, [](const auto& property) {
        const auto* const rule = find_property(property.first);
        return rule != nullptr && rule->is_of_registry;
    });
    auto topic = topics.open(wanted);
    if (!topic.ok()) return only_other_settings(topic.error().operator_text());
    topic_ = std::move(topic).value();
    ports_.inbox.attach(topic_.get());
    return {};
}

void TopicPlaces::close() {
    ports_.inbox.attach(nullptr);
    topic_.reset();
    is_assigned_ = false;
}

Result<void> TopicPlaces::assign(std::uint32_t generation) {
    const auto& progress = ports_.maker.after().partitions;
    auto found = topic_->partitions(ports_.pace.broker);
    if (!found.ok()) {
        if (found.error().code() == Code::not_found && progress.empty()) {
            no_topic_ = {ports_.settings.topic, ports_.settings.generation};
        }
        return std::move(found).error();
    }
    assigned_ = std::move(found).value();
    std::ranges::sort(assigned_);
    if (assigned_.size() > kPartitionsMax) {
        return only_other_settings(
            fmt::format("the topic has {} partitions; a source reads {} at most", assigned_.size(),
                        kPartitionsMax));
    }
    TRY(start_partitions(generation));
    std::vector<PartitionOffset> places;
    for (const auto partition : assigned_) {
        places.push_back({.partition = partition, .offset = progress.at(partition).next});
    }
    TRY(topic_->assign(places));
    is_assigned_ = true;
    ports_.board.set_assigned(assigned_);
    ports_.board.heard(ports_.clock.wall());
    refresh_at_ = ports_.clock.steady() + ports_.pace.refresh;
    return {};
}

Result<void> TopicPlaces::start_partitions(std::uint32_t generation) {
    const auto& progress = ports_.maker.after().partitions;
    const bool is_first = progress.empty() && !had_no_topic();
    std::vector<PartitionOffset> starts;
    for (const auto partition : assigned_) {
        if (progress.contains(partition)) continue;
        TRY_ASSIGN(const auto offset, start_of(partition, is_first));
        starts.push_back({.partition = partition, .offset = offset});
    }
    for (const auto& [partition, offset] : starts) {  // all of them or none
        ports_.maker.start(partition, offset, epoch_of(generation, 0));
    }
    return {};
}

Result<std::int64_t> TopicPlaces::start_of(std::int32_t partition, bool is_first) {
    TRY_ASSIGN(const auto marks, topic_->watermarks(partition, ports_.pace.broker));
    if (!is_first) return marks.low;
    const auto& start = ports_.settings.start_from;
    switch (start.place) {
        case StartFrom::Place::earliest:
            return marks.low;
        case StartFrom::Place::latest:
            return marks.high;
        case StartFrom::Place::time: {
            TRY_ASSIGN(const auto offset,
                       topic_->offset_at(partition, start.time, ports_.pace.broker));
            return offset.value_or(marks.high);
        }
    }
    return marks.low;
}

bool TopicPlaces::had_no_topic() const {
    return no_topic_ == std::pair(ports_.settings.topic, ports_.settings.generation);
}

void TopicPlaces::ask_soon() {
    refresh_at_ = std::min(refresh_at_, ports_.clock.steady() + ports_.pace.retry);
}

Result<bool> TopicPlaces::has_same_partitions() {
    refresh_at_ = ports_.clock.steady() + ports_.pace.refresh;
    auto partitions = topic_->partitions(ports_.pace.broker);
    if (!partitions.ok()) {
        ask_soon();
        return std::move(partitions).error();
    }
    std::ranges::sort(partitions.value());
    return partitions.value() == assigned_;
}

Result<void> TopicPlaces::go_on_in_range(std::int32_t partition) {
    is_assigned_ = false;  // also where nothing could be asked: it is told again
    const auto& progress = ports_.maker.after().partitions;
    const auto known = progress.find(partition);
    if (known == progress.end()) return {};
    const auto marks = topic_->watermarks(partition, ports_.pace.broker);
    if (!marks.ok()) return not_now("a partition is out of range, and no broker answers");
    const auto [low, high] = marks.value();
    const auto now = known->second;
    if (now.next >= low && now.next <= high) return {};
    const auto policy = ports_.settings.on_out_of_range;
    if (policy == OnOutOfRange::fail) {
        return only_other_settings(fmt::format(
            "offset {} of partition {} is not in the log, which has {} to {}; set onOutOfRange to "
            "\"earliest\" or \"latest\" to go on there",
            now.next, partition, low, high));
    }
    const auto to = policy == OnOutOfRange::earliest ? low : high;
    const bool is_back = to < now.next;
    const Gap gap{.partition = partition,
                  .reason = is_back ? "reset" : "expired",
                  .from = now.next,
                  .to = to,
                  .lost = is_back ? 0 : static_cast<std::uint64_t>(to - now.next),
                  .at = ports_.clock.wall()};
    ports_.maker.add_gap(gap, is_back ? now.epoch + 1 : now.epoch);
    if (ports_.gap_found) ports_.gap_found(gap);
    return {};
}

void TopicPlaces::commit(const SourceProgress& durable) {
    if (!ports_.settings.commit_offsets || ports_.clock.steady() < commit_at_) return;
    commit_at_ = ports_.clock.steady() + ports_.pace.commit;
    std::vector<PartitionOffset> places;
    for (const auto partition : assigned_) {
        const auto known = durable.partitions.find(partition);
        if (known == durable.partitions.end()) continue;
        places.push_back({.partition = partition, .offset = known->second.next});
    }
    if (!places.empty() && topic_ != nullptr) topic_->commit(places);
}

void TopicPlaces::ask_for_ends() {
    for (const auto partition : assigned_) {
        if (ports_.inbox.has_orders()) return;
        const auto marks = topic_->watermarks(partition, ports_.pace.broker);
        if (!marks.ok()) return;
        ports_.board.set_end(partition, marks.value().high);
    }
    ports_.board.heard(ports_.clock.wall());
    ports_.board.note();
}

}  // namespace millrace::kafka
