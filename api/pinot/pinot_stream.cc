#include "api/pinot/pinot_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "api/kafka/property_rules.h"
#include "api/pinot/consumer_properties.h"
#include "api/pinot/pinot_time.h"
#include "api/pinot/stream_keys.h"

namespace millrace::pinot {
namespace {

using kafka::Format;
using kafka::KafkaSettings;
using Texts = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view kPrefix = "stream.kafka.";
constexpr std::string_view kDecoderProp = "stream.kafka.decoder.prop.";
constexpr std::string_view kConsumerProp = "stream.kafka.consumer.prop.";
constexpr std::string_view kOffsetReset = "stream.kafka.consumer.prop.auto.offset.reset";
constexpr std::string_view kFlush = "realtime.segment.flush.threshold.";
constexpr std::uint64_t kDesiredBytes = 200 << 20;  // of a segment, as in Pinot

// Classes by the end of their names: packages have changed over the years.
constexpr std::array<std::pair<std::string_view, Format>, 7> kDecoders{{
    {".JSONMessageDecoder", Format::json},
    {".KafkaJSONMessageDecoder", Format::json},
    {".CSVMessageDecoder", Format::csv},
    {".SimpleAvroMessageDecoder", Format::avro},
    {".KafkaAvroMessageDecoder", Format::linkedin_avro},
    {".KafkaConfluentSchemaRegistryAvroMessageDecoder", Format::confluent_avro},
    {".KafkaConfluentSchemaRegistryJsonMessageDecoder", Format::confluent_json},
}};

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (auto& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

std::string without_blanks(std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\t'; });
    return text;
}

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
    Number number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc() || stop != end) return std::nullopt;
    return number;
}

// Reads the values that have been checked to be texts.
class StreamReader {
public:
    StreamReader(Texts values, const KafkaSettings* before, WallTime now, PinotFindings& findings)
        : values_(std::move(values)), before_(before), now_(now), findings_(findings) {}

    PinotStream read() {
        judge_keys();
        read_place();
        read_decoder();
        read_start();
        read_properties();
        read_flush();
        for (auto& problem : kafka::problems_of(stream_.kafka)) findings_.error(problem);
        return std::move(stream_);
    }

private:
    const std::string* find(std::string_view key) const {
        const auto found = values_.find(key);
        return found == values_.end() ? nullptr : &found->second;
    }

    void judge_keys() {
        for (const auto& [key, value] : values_) {
            const auto* const known = find_stream_key(key);
            if (known == nullptr) continue;
            if (known->fate == KeyFate::no_effect) {
                findings_.warn(fmt::format("'{}' has no effect: {}", key, known->says));
            }
            const bool is_off =
                value.empty() || (!known->off.empty() && lower_case(value) == known->off);
            if (known->fate == KeyFate::refused && !is_off) {
                findings_.error(fmt::format("'{}' is not supported: {}", key, known->says));
            }
        }
    }

    void read_place() {
        const auto* const type = find("streamType");
        if (type == nullptr) {
            findings_.error("streamType cannot be null");
        } else if (*type != "kafka") {
            findings_.error(fmt::format("streamType '{}' is not supported: only kafka is", *type));
        }
        const auto* const topic = find("stream.kafka.topic.name");
        if (topic == nullptr || topic->empty()) {
            findings_.error("Stream topic name stream.kafka.topic.name cannot be null");
        } else {
            stream_.kafka.topic = *topic;
        }
        const auto* const brokers = find("stream.kafka.broker.list");
        if (brokers == nullptr || brokers->empty()) {
            findings_.error("Must specify kafka brokers list stream.kafka.broker.list");
        } else {
            stream_.kafka.brokers = without_blanks(*brokers);
        }
        if (const auto* const kind = find("stream.kafka.consumer.type")) {
            const auto lower = lower_case(without_blanks(*kind));
            if (lower == "highlevel") {
                findings_.error(
                    "stream.kafka.consumer.type 'highLevel' is not supported: it was removed from "
                    "Pinot, use 'lowlevel'");
            } else if (lower != "lowlevel" && lower != "simple" && !lower.empty()) {
                findings_.warn(
                    fmt::format("stream.kafka.consumer.type '{}' is read as lowlevel", *kind));
            }
        }
        const auto* const factory = find("stream.kafka.consumer.factory.class.name");
        if (factory != nullptr && lower_case(*factory).find(".kafka") == std::string::npos) {
            findings_.error(fmt::format(
                "stream.kafka.consumer.factory.class.name '{}' is not supported: only those of "
                "Kafka are",
                *factory));
        }
    }

    std::string decoder_prop(std::string_view name) const {
        const auto* const value = find(std::string(kDecoderProp).append(name));
        return value == nullptr ? std::string() : *value;
    }

    void read_decoder() {
        const auto* const name = find("stream.kafka.decoder.class.name");
        if (name == nullptr || name->empty()) {
            findings_.error("Must specify decoder class name stream.kafka.decoder.class.name");
            return;
        }
        const auto known = std::ranges::find_if(
            kDecoders, [&](const auto& decoder) { return name->ends_with(decoder.first); });
        if (known == kDecoders.end()) {
            findings_.error(fmt::format(
                "stream.kafka.decoder.class.name '{}' is not supported: docs/pinot.md has the list",
                *name));
            return;
        }
        auto& kafka = stream_.kafka;
        kafka.format = known->second;
        kafka.only_objects = kafka.format != Format::csv;  // whose records are made here
        std::vector<std::string_view> used;
        if (kafka.format == Format::csv) {
            used = {"header", "delimiter"};
            read_csv();
        } else if (kafka.format == Format::avro) {
            used = {"schema", "leading.bytes.to.strip", "extractRawTimeValues"};
            read_avro();
        } else if (kafka.format != Format::json) {
            used = {"schema.registry.rest.url",
                    "schema.registry.schema.name",
                    "extractRawTimeValues",
                    kafka::kRegistryUserInfo,
                    kafka::kRegistryCaPem,
                    "basic.auth.credentials.source",
                    "schema.registry.basic.auth.credentials.source"};
            read_registry();
        }
        if (kafka::is_avro(kafka.format)) {
            kafka.avro_times = lower_case(decoder_prop("extractRawTimeValues")) == "true"
                                   ? kafka::AvroTimes::raw
                                   : kafka::AvroTimes::millis;
        }
        const auto text_only = decoder_prop("jsonFormat");
        if (kafka.format == Format::json && !text_only.empty() && text_only != "TEXT") {
            findings_.error(fmt::format("{}jsonFormat '{}' is not supported: only TEXT is",
                                        kDecoderProp, text_only));
        }
        used.emplace_back("jsonFormat");
        for (const auto& [key, value] : values_) {
            if (!key.starts_with(kDecoderProp)) continue;
            const auto prop = std::string_view(key).substr(kDecoderProp.size());
            if (std::ranges::find(used, prop) != used.end()) continue;
            findings_.warn(
                fmt::format("'{}' has no effect: the decoder has no such property", key));
        }
    }

    void read_avro() {
        stream_.kafka.avro_schema = decoder_prop("schema");
        if (stream_.kafka.avro_schema.empty()) {
            findings_.error(fmt::format("{}schema is required: it is the schema of the messages",
                                        kDecoderProp));
        }
        const auto skipped = decoder_prop("leading.bytes.to.strip");
        if (skipped.empty()) return;
        if (const auto bytes = whole_number<std::uint32_t>(skipped)) {
            stream_.kafka.skip_bytes = *bytes;
        } else {
            findings_.error(
                fmt::format("Invalid config {}leading.bytes.to.strip: {}", kDecoderProp, skipped));
        }
    }

    void read_registry() {
        auto& kafka = stream_.kafka;
        kafka.registry_url = without_blanks(decoder_prop("schema.registry.rest.url"));
        for (const auto* const prefix : {"", "schema.registry."}) {
            const auto source =
                decoder_prop(fmt::format("{}basic.auth.credentials.source", prefix));
            if (source.empty() || source == "USER_INFO") continue;
            findings_.error(
                fmt::format("{}{}basic.auth.credentials.source '{}' is not supported: USER_INFO is",
                            kDecoderProp, prefix, source));
        }
        for (const auto name : {kafka::kRegistryUserInfo, kafka::kRegistryCaPem}) {
            const auto value = decoder_prop(name);
            if (!value.empty()) {
                set_property(std::string(kDecoderProp).append(name), std::string(name), value);
            }
        }
        // What the registry needs to be reached is not left out without an error.
        for (const auto& [key, value] : values_) {
            if (!key.starts_with(kDecoderProp)) continue;
            const auto prop = std::string_view(key).substr(kDecoderProp.size());
            if (prop.starts_with("schema.registry.ssl.") && prop != kafka::kRegistryCaPem) {
                findings_.error(fmt::format("'{}' {}", key, kafka::why_refused(prop)));
            }
        }
    }

    void read_csv() {
        auto& csv = stream_.kafka.csv;
        const auto delimiter = decoder_prop("delimiter");
        if (delimiter.size() > 1) {
            findings_.error(fmt::format("{}delimiter must be one character", kDecoderProp));
        } else if (!delimiter.empty()) {
            csv.delimiter = delimiter.front();
        }
        const auto header = decoder_prop("header");
        if (header.empty()) {
            findings_.error(fmt::format(
                "{}header is required: messages have no header of their own", kDecoderProp));
        }
        for (std::size_t begin = 0; begin < header.size();) {
            const auto end = std::min(header.find(csv.delimiter, begin), header.size());
            csv.columns.push_back(header.substr(begin, end - begin));
            begin = end + 1;
        }
    }

    void read_start() {
        using Place = kafka::StartFrom::Place;
        auto& start = stream_.kafka.start_from;
        const auto* const text = find(kOffsetReset);
        const auto lower = text == nullptr ? std::string("largest") : lower_case(*text);
        if (lower == "smallest" || lower == "earliest") {
            start.place = Place::earliest;
        } else if (lower == "largest" || lower == "latest") {
            start.place = Place::latest;
        } else if (const auto period = parse_period(*text)) {
            start = {.place = Place::time, .time = WallTime{now_.unix_ms - period->count()}};
        } else if (const auto instant = parse_instant(*text)) {
            start = {.place = Place::time, .time = *instant};
        } else if (const auto millis = whole_number<std::int64_t>(*text); millis && *millis > 0) {
            start = {.place = Place::time, .time = WallTime{*millis}};
        } else {
            findings_.error(fmt::format("Unknown initial offset value {}", *text));
        }
        // A period that is said again means the moment that it meant at first.
        if (start.place == Place::time && before_ != nullptr &&
            before_->start_from.place == Place::time && text != nullptr && parse_period(*text)) {
            start = before_->start_from;
        }
        if (const auto* const reset = find("auto.offset.reset")) {
            const auto policy = lower_case(*reset);
            if (policy == "earliest" || policy == "smallest") {
                stream_.kafka.on_out_of_range = kafka::OnOutOfRange::earliest;
            } else if (policy == "latest" || policy == "largest") {
                stream_.kafka.on_out_of_range = kafka::OnOutOfRange::latest;
            } else if (policy == "none" || policy == "error") {
                stream_.kafka.on_out_of_range = kafka::OnOutOfRange::fail;
            } else {
                findings_.error(fmt::format("Invalid config auto.offset.reset: {}", *reset));
            }
        }
    }

    void set_property(const std::string& key, const std::string& name, const std::string& value) {
        const auto* const rule = kafka::find_property(name);
        if (rule == nullptr) {
            findings_.error(fmt::format("'{}' {}", key, kafka::why_refused(name)));
            return;
        }
        if (!rule->is_secret) {
            stream_.kafka.properties[name] = value;
        } else if (value != kHiddenSecret) {
            stream_.kafka.secrets[name] = value;
        } else if (before_ != nullptr && before_->secrets.contains(name)) {
            stream_.kafka.secrets[name] = before_->secrets.at(name);
        } else {
            findings_.error(fmt::format("'{}' must be the secret itself", key));
        }
    }

    // Whether the table of Java's properties says that it is none of a source.
    bool is_judged(const std::string& key, std::string_view name) {
        const auto* const known = find_consumer_property(name);
        if (known == nullptr || known->fate == KeyFate::mapped) return false;
        if (known->fate == KeyFate::refused) {
            findings_.error(fmt::format("'{}' is not supported: {}", key, known->says));
        } else {
            findings_.warn(fmt::format("'{}' has no effect: {}", key, known->says));
        }
        return true;
    }

    void read_properties() {
        for (const auto& [key, value] : values_) {
            if (key == "sasl.jaas.config") {
                read_jaas(value);
            } else if (key.starts_with(kConsumerProp) && key != kOffsetReset) {
                const auto name = std::string_view(key).substr(kConsumerProp.size());
                if (!is_judged(key, name)) set_property(key, native_name(name), value);
            } else if (key == "stream.kafka.isolation.level") {
                if (value == "read_committed" || value == "read_uncommitted") {
                    stream_.kafka.properties["isolation.level"] = value;
                } else {
                    findings_.error(fmt::format("Unrecognized Kafka isolation level: {}", value));
                }
            } else if (find_stream_key(key) == nullptr || key == "sasl.mechanism") {
                read_native(key, value);
            }
        }
    }

    // As Pinot does, names that the consumer does not know are left out.
    void read_native(const std::string& key, const std::string& value) {
        if (is_judged(key, key)) return;
        const auto name = native_name(key);
        if (kafka::find_property(name) != nullptr) {
            set_property(key, name, value);
            return;
        }
        for (const auto* const part : {"sasl.", "ssl.", "plugin.", "security."}) {
            if (!key.starts_with(part)) continue;
            findings_.error(fmt::format("'{}' {}", key, kafka::why_refused(name)));
            return;
        }
        findings_.warn(fmt::format("'{}' has no effect: the consumer has no such property", key));
    }

    // `... username="u" password="p";`
    void read_jaas(const std::string& value) {
        if (value == kHiddenSecret && before_ != nullptr &&
            before_->secrets.contains("sasl.password")) {
            stream_.kafka.secrets["sasl.password"] = before_->secrets.at("sasl.password");
            if (before_->properties.contains("sasl.username")) {
                stream_.kafka.properties["sasl.username"] = before_->properties.at("sasl.username");
            }
            return;
        }
        const auto value_of = [&](std::string_view name) -> std::optional<std::string> {
            const auto begin = value.find(fmt::format("{}=\"", name));
            if (begin == std::string::npos) return std::nullopt;
            const auto from = begin + name.size() + 2;
            const auto end = value.find('"', from);
            if (end == std::string::npos) return std::nullopt;
            return value.substr(from, end - from);
        };
        const bool is_known = value.find("PlainLoginModule") != std::string::npos ||
                              value.find("ScramLoginModule") != std::string::npos;
        const auto user = value_of("username");
        const auto password = value_of("password");
        if (!is_known || !user || !password) {
            findings_.error(
                "sasl.jaas.config must name PlainLoginModule or ScramLoginModule with username "
                "and password, each in quotes");
            return;
        }
        stream_.kafka.properties["sasl.username"] = *user;
        stream_.kafka.secrets["sasl.password"] = *password;
    }

    // The first of the keys that the map has.
    std::optional<std::pair<std::string, std::string>> first_of(
        std::initializer_list<std::string_view> keys) const {
        for (const auto key : keys) {
            if (const auto* const value = find(key)) return std::pair(std::string(key), *value);
        }
        return std::nullopt;
    }

    void invalid(const std::pair<std::string, std::string>& entry) {
        findings_.error(fmt::format("Invalid config {}: {}", entry.first, entry.second));
    }

    void read_flush() {
        const auto key = [](std::string_view rest) { return std::string(kFlush).append(rest); };
        if (const auto time = first_of({key("time"), key("time.llc")})) {
            const auto millis = whole_number<std::int64_t>(time->second);
            const auto period = parse_period(time->second);
            if (period) {
                stream_.flush_time = *period;
            } else if (!millis) {
                invalid(*time);
            } else if (*millis <= 0) {
                findings_.error(fmt::format("Invalid flush threshold time: {}", *millis));
            } else {
                stream_.flush_time = Milliseconds(*millis);
            }
        }
        const auto rows = first_of({key("rows"), key("size"), key("size.llc")});
        const auto exact_rows = first_of({key("segment.rows")});
        const auto bytes = first_of({key("segment.size"), "realtime.segment.flush.desired.size"});
        int given = 0;
        bool is_by_size = false;
        for (const auto& entry : {rows, exact_rows}) {
            if (!entry) continue;
            const auto number = whole_number<std::int64_t>(entry->second);
            if (!number) {
                invalid(*entry);
            } else if (*number > 0) {
                stream_.flush_rows = static_cast<std::uint64_t>(*number);
                ++given;
            } else {
                is_by_size = is_by_size || *number == 0;
            }
        }
        if (is_by_size) stream_.flush_bytes = kDesiredBytes;
        if (bytes) {
            const auto size = parse_segment_size(bytes->second);
            if (!size) {
                invalid(*bytes);
            } else if (*size > 0) {
                stream_.flush_bytes = *size;
                ++given;
            }
        }
        if (given > 1) {
            findings_.error(
                "Only 1 of flush threshold (rows, segment rows, segment size) can be set");
        }
    }

    const Texts values_;
    const KafkaSettings* const before_;
    const WallTime now_;
    PinotFindings& findings_;
    PinotStream stream_;
};

}  // namespace

PinotStream read_pinot_stream(const Json& map, const std::string& pointer,
                              const KafkaSettings* before, WallTime now, PinotFindings& findings) {
    Texts values;
    for (const auto& [key, value] : map.items()) {
        if (value.is_null()) continue;
        if (value.is_structured()) {
            findings.error(fmt::format("'{}/{}' must be a string", pointer, key));
            continue;
        }
        values.emplace(key, value.is_string() ? value.get<std::string>() : value.dump());
    }
    return StreamReader(std::move(values), before, now, findings).read();
}

bool is_secret_key(std::string_view key) {
    if (key == "sasl.jaas.config" || key.ends_with("basic.auth.user.info")) return true;
    auto name = key;
    if (name.starts_with(kConsumerProp)) name.remove_prefix(kConsumerProp.size());
    if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
    const auto* const rule = kafka::find_property(native_name(name));
    return (rule != nullptr && rule->is_secret) ||
           lower_case(key).find("password") != std::string::npos;
}

}  // namespace millrace::pinot
