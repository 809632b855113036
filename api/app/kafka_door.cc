#include "api/app/kafka_door.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/kafka/kafka_settings.h"
#include "api/kafka/source_readers.h"
#include "api/log/log.h"
#include "core/base/network.h"
#include "core/model/covered_positions.h"
#include "core/ports/coverage_store.h"
#include "storage/kafka/kafka_reader.h"
#include "storage/os/system_rng.h"
#include "storage/schema_registry/http_schema_registry.h"

namespace millrace {
namespace {

constexpr Milliseconds kStartingTime{10'000};  // until the first broker has answered, mostly less

std::string name_of(const SourceKey& key) {
    return fmt::format("{}/{}", key.branch.value, key.source.value);
}

// It should read, and does not.
bool is_silent(const kafka::SourceStatus& status, WallTime now) {
    if (status.state == kafka::SourceState::starting) return now - status.since > kStartingTime;
    return status.state == kafka::SourceState::waiting ||
           status.state == kafka::SourceState::failed;
}

// Whether a registry may be asked at an address; empty: at every one.
std::function<bool(std::string_view, std::string_view)> limit_of(
    const std::vector<Network>& networks) {
    if (networks.empty()) return nullptr;
    return [networks](std::string_view /*host*/, std::string_view address) {
        const auto ip = parse_ip(address);
        return ip && std::ranges::any_of(
                         networks, [&](const Network& network) { return network.contains(*ip); });
    };
}

// The rows of the sink from before there are in its table, or in files of this installation: the
// one that it was restored from has imported them, or another that was restored from the same
// backup, or the backup has them. Each of them is right, so what is furthest counts: neither ids of
// files nor clocks tell which installation was the last.
Result<std::vector<SourcePosition>> covered_of(const DoorPorts& ports, const Fingerprint& source,
                                               SinkVersion sink) {
    TRY_ASSIGN(const auto mapping, ports.definitions.mapping(sink));
    TRY_ASSIGN(auto* const target, ports.targets.at(mapping.target));
    TRY_ASSIGN(const auto note,
               target->newest_note(mapping.table, covered_owner(source, sink.sink)));
    TRY_ASSIGN(auto covered, ports.coverage.newest_covered(source, sink.sink));
    Positions furthest;
    for (const auto& position : covered) furthest.add(position);
    for (const auto& position : parse_covered(note.value_or(""), source)) furthest.add(position);
    return furthest.of(source);
}

kafka::CoveredOf covered_by(const DoorPorts& ports) {
    if (!ports.is_restored) return nullptr;
    return [ports](const Fingerprint& source, SinkVersion sink) {
        return covered_of(ports, source, sink);
    };
}

class KafkaDoor final : public OpenDoor {
public:
    KafkaDoor(const DoorPorts& ports, std::shared_ptr<kafka::SourceWatches> watches,
              kafka::RejectDecoders& rejects)
        : watches_(watches),
          topics_(ports.config.kafka.networks),
          clock_(ports.clock),
          registries_({.may_connect = limit_of(ports.config.kafka.networks)}),
          readers_(
              {.journal = ports.journal,
               .clock = ports.clock,
               .rejects = ports.rejects,
               .rejects_of =
                   [&store = ports.reject_store](SinkNumber sink, const RejectPageRequest& page) {
                       return store.rejects_of(sink, page);
                   },
               .evaluator = ports.evaluator,
               .topics = topics_,
               .registries = registries_,
               .expressions = ports.expressions,
               .accepting = ports.accepting,
               .accepting_of = ports.accepting_of,
               .covered_of = covered_by(ports),
               .closed_up_to =
                   [&store = ports.coverage](const Fingerprint& source, SinkVersion sink) {
                       return store.newest_covered(source, sink.sink);
                   },
               .make_rng = [] { return std::make_unique<os::SystemRng>(); },
               .state_changed = tell_state,
               .gap_found = tell_gap},
              std::move(watches)) {
        rejects.open(
            {.clock = ports.clock, .registries = registries_, .expressions = ports.expressions});
    }

    Result<std::string> bind() override { return std::string(); }  // it calls others
    void start() override { readers_.start(); }
    void leave() override {}
    void stop(Milliseconds /*grace*/) override { readers_.stop(); }

    void publish(const pipeline::SourceAddress& address,
                 std::shared_ptr<const pipeline::SourceRoute> route,
                 std::function<void()> served) override {
        readers_.publish(address, std::move(route), std::move(served));
    }

    void add_metrics(MetricsText& text) const override;
    void add_traffic(accounts::TrafficTotals& totals) const override;
    std::vector<control::SilentSource> silent_sources() const override;

private:
    static void tell_state(const SourceKey& key, const kafka::SourceStatus& status);
    static void tell_gap(const SourceKey& key, const kafka::Gap& gap);

    const std::shared_ptr<kafka::SourceWatches> watches_;
    kafka::KafkaReaders topics_;
    Clock& clock_;
    schema_registry::HttpSchemaRegistries registries_;
    kafka::SourceReaders readers_;
};

void KafkaDoor::tell_state(const SourceKey& key, const kafka::SourceStatus& status) {
    const log::Fields fields = {{"source", name_of(key)},
                                {"topic", status.topic},
                                {"state", std::string(to_string(status.state))},
                                {"reason", status.reason}};
    if (status.state == kafka::SourceState::failed) {
        log::error("kafka_source_failed", fields);
    } else if (status.state == kafka::SourceState::waiting) {
        log::warn("kafka_source_waits", fields);
    } else {
        log::info("kafka_source_state", fields);
    }
}

void KafkaDoor::tell_gap(const SourceKey& key, const kafka::Gap& gap) {
    log::warn("kafka_offsets_lost", {{"source", name_of(key)},
                                     {"partition", std::int64_t{gap.partition}},
                                     {"reason", gap.reason},
                                     {"from", gap.from},
                                     {"to", gap.to},
                                     {"lost", gap.lost}});
}

void KafkaDoor::add_traffic(accounts::TrafficTotals& totals) const {
    for (const auto& [_, status] : watches_->all()) {
        totals.records += status.messages;
        totals.bytes += status.bytes;
    }
}

std::vector<control::SilentSource> KafkaDoor::silent_sources() const {
    std::vector<control::SilentSource> silent;
    for (const auto& [key, status] : watches_->all()) {
        if (!is_silent(status, clock_.wall())) continue;
        const bool has_failed = status.state == kafka::SourceState::failed;
        silent.push_back(
            {.source = key,
             .since = status.since,
             .reason = status.reason.empty() ? "No broker has answered yet." : status.reason,
             .remedy = has_failed ? "Mend the source: it reads on with its next "
                                    "change. No message is lost as long as the topic "
                                    "keeps it."
                                  : "It tries again by itself. No message is lost as "
                                    "long as the topic keeps it."});
    }
    return silent;
}

void KafkaDoor::add_metrics(MetricsText& text) const {
    const auto all = watches_->all();
    if (all.empty()) return;
    const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                          auto value) {
        text.family(name, type, help);
        for (const auto& [key, status] : all) {
            text.sample({{"source", name_of(key)}}, value(status));
        }
    };
    each("millrace_kafka_messages_total", "counter", "Messages that Kafka sources have read.",
         [](const kafka::SourceStatus& status) { return status.messages; });
    each("millrace_kafka_bytes_total", "counter", "Bytes of the values of those messages.",
         [](const kafka::SourceStatus& status) { return status.bytes; });
    each("millrace_kafka_undecodable_total", "counter",
         "Messages or records of them that could not be decoded.",
         [](const kafka::SourceStatus& status) { return status.undecodable; });
    each("millrace_kafka_rewinds_total", "counter",
         "Times that messages were fetched again, as their rows were not written.",
         [](const kafka::SourceStatus& status) { return status.rewinds; });
    each("millrace_kafka_reading", "gauge", "1 while the source reads, else 0.",
         [](const kafka::SourceStatus& status) {
             return std::uint64_t{status.state == kafka::SourceState::reading};
         });
    text.family("millrace_kafka_lag_messages", "gauge",
                "Offsets of a partition that are not read yet.");
    for (const auto& [key, status] : all) {
        for (const auto& partition : status.partitions) {
            if (!partition.end) continue;  // it is not known yet
            text.sample(
                {{"source", name_of(key)}, {"partition", fmt::format("{}", partition.partition)}},
                partition.lag());
        }
    }
    text.family("millrace_kafka_lost_offsets_total", "counter",
                "Offsets that were passed over, as the log had them no more.");
    for (const auto& [key, status] : all) {
        std::uint64_t lost = 0;
        for (const auto& partition : status.partitions) lost += partition.progress.lost;
        text.sample({{"source", name_of(key)}}, lost);
    }
}

}  // namespace

DoorKind kafka_door_kind(std::shared_ptr<kafka::SourceWatches> watches,
                         std::shared_ptr<kafka::RejectDecoders> rejects) {
    return {.name = "kafka",
            .sources = {kKafkaSource},
            .open = [watches = std::move(watches),
                     rejects = std::move(rejects)](const DoorPorts& ports) {
                return std::make_unique<KafkaDoor>(ports, watches, *rejects);
            }};
}

}  // namespace millrace
