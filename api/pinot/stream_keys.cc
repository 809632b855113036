#include "api/pinot/stream_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace millrace::pinot {
namespace {

const std::vector<StreamKey>& table() {
    using enum KeyFate;
    static const std::vector<StreamKey> keys = {
        {"streamType", same, "`kafka`; others are refused"},
        {"stream.kafka.topic.name", same, "required; one topic"},
        {"stream.kafka.broker.list", same, "required"},
        {"stream.kafka.decoder.class.name", mapped, "required; see [Decoders](#decoders)"},
        {"stream.kafka.decoder.prop.*", mapped, "see [Decoders](#decoders); others are a warning"},
        {"stream.kafka.consumer.factory.class.name", mapped,
         "any factory of Kafka is taken: there is one consumer; others are refused"},
        {"stream.kafka.consumer.type", mapped,
         "`lowlevel` and `simple` in any case; `highlevel`, which Pinot has removed, is refused"},
        {"stream.kafka.consumer.prop.auto.offset.reset", mapped,
         "`smallest`, `largest` (default), a period (`2d`, from now back), an instant, and "
         "milliseconds since 1970, which Pinot documents and refuses"},
        {"stream.kafka.consumer.prop.*", mapped,
         "a property of the consumer, if a Kafka source may set it ([kafka.md](kafka.md)); else "
         "refused"},
        {"stream.kafka.isolation.level", same,
         "`read_committed` or `read_uncommitted`; without it `read_committed`, where Pinot has "
         "`read_uncommitted`"},
        {"stream.kafka.metadata.populate", same, "columns of metadata need no switch"},
        {"stream.kafka.partition.ids", refused, "a source reads all partitions of its topic"},
        {"stream.kafka.fetch.timeout.millis", no_effect, "the consumer waits for no fetch"},
        {"stream.kafka.connection.timeout.millis", no_effect,
         "the consumer connects again by itself"},
        {"stream.kafka.idle.timeout.millis", no_effect, "the consumer need not be made anew"},
        {"stream.kafka.buffer.size", no_effect, "of a consumer that Pinot no longer has"},
        {"stream.kafka.socket.timeout", no_effect, "of a consumer that Pinot no longer has"},
        {"stream.kafka.fetcher.size", no_effect, "of a consumer that Pinot no longer has"},
        {"stream.kafka.fetcher.minBytes", no_effect, "of a consumer that Pinot no longer has"},
        {"stream.kafka.zk.broker.url", refused, "the high-level consumer is gone in Pinot too"},
        {"stream.kafka.hlc.*", refused, "the high-level consumer is gone in Pinot too"},
        {"stopOnDecodeError", refused,
         "a message that cannot be decoded is kept among the rejects of the sink, with its offset",
         "false"},
        {"topic.consumption.rate.limit", no_effect, "reading is slowed down by its sinks only"},
        {"partition.consumption.rate.limit", no_effect, "reading is slowed down by its sinks only"},
        {"realtime.segment.flush.threshold.time", mapped,
         "a file is imported after half of `--pinot.freshness`, or after this if it is shorter"},
        {"realtime.segment.flush.threshold.time.llc", mapped, "the same"},
        {"realtime.segment.flush.threshold.rows", mapped,
         "a file is imported with so many rows at the latest; 0: by its size"},
        {"realtime.segment.flush.threshold.size", mapped, "another name of `...rows`"},
        {"realtime.segment.flush.threshold.size.llc", mapped, "another name of `...rows`"},
        {"realtime.segment.flush.threshold.segment.rows", mapped, "as `...rows`"},
        {"realtime.segment.flush.threshold.segment.size", mapped,
         "a file is imported with so many bytes at the latest, 500 MB at most"},
        {"realtime.segment.flush.desired.size", mapped, "another name of `...segment.size`"},
        {"realtime.segment.flush.threshold.variance.fraction", no_effect,
         "partitions do not commit at the same time"},
        {"realtime.segment.flush.autotune.initialRows", no_effect,
         "a file that is closed by its size needs no estimate"},
        {"realtime.segment.commit.timeoutSeconds", no_effect, "nothing pauses for a commit"},
        {"realtime.segment.serverUploadToDeepStore", no_effect, "there are no servers"},
        {"realtime.segment.pauseless.download.timeoutSeconds", no_effect, "there are no servers"},
        {"realtime.segment.offsetAutoReset.enable", refused,
         "a source that is behind skips nothing", "false"},
        {"realtime.segment.offsetAutoReset.offsetThreshold", no_effect,
         "a source that is behind skips nothing"},
        {"realtime.segment.offsetAutoReset.timeThresholdSeconds", no_effect,
         "a source that is behind skips nothing"},
        {"realtime.segment.isBackfillTopic", refused, "there are no backfill topics", "false"},
        {"auto.offset.reset", mapped,
         "where reading goes on when a position is gone: `earliest` (default), `latest`, `none` "
         "(stop)"},
        {"sasl.jaas.config", mapped,
         "user and password of `PlainLoginModule` and `ScramLoginModule`; others are refused"},
        {"sasl.mechanism", mapped, "`sasl.mechanisms` of the consumer"},
    };
    return keys;
}

}  // namespace

std::string_view to_string(KeyFate fate) {
    switch (fate) {
        case KeyFate::same:
            return "same";
        case KeyFate::mapped:
            return "mapped";
        case KeyFate::no_effect:
            return "no effect";
        case KeyFate::refused:
            return "refused";
    }
    return "";
}

std::span<const StreamKey> stream_keys() {
    return table();
}

const StreamKey* find_stream_key(std::string_view key) {
    const auto& keys = table();
    const auto found = std::ranges::find(keys, key, &StreamKey::key);
    if (found != keys.end()) return &*found;
    for (const auto& known : keys) {
        if (!known.key.ends_with('*')) continue;
        if (key.starts_with(known.key.substr(0, known.key.size() - 1))) return &known;
    }
    return nullptr;
}

std::string stream_keys_table() {
    std::string text = "| key | here | |\n|---|---|---|\n";
    for (const auto& key : table()) {
        text += fmt::format("| `{}` | {} | {}{} |\n", key.key, to_string(key.fate), key.says,
                            key.off.empty() ? "" : fmt::format("; `{}` is fine", key.off));
    }
    return text;
}

}  // namespace millrace::pinot
