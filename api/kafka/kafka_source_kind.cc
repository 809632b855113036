#include "api/kafka/kafka_source_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "api/control/api_errors.h"
#include "api/control/json_body.h"
#include "api/kafka/property_rules.h"
#include "core/base/error_names.h"

namespace millrace::kafka {
namespace {

using control::Json;
using control::ObjectReader;
using control::Problems;
using control::TextLength;
using OrderedJson = nlohmann::ordered_json;

constexpr TextLength kName{.min = 0, .max = 4'000};
constexpr std::size_t kColumnsMax = 2'000;

// Sets `value` to the one with the given name.
template <typename Value>
void read_choice(ObjectReader& reader, std::string_view key, std::initializer_list<Value> choices,
                 Value& value, Problems& problems) {
    const auto given = reader.text(key, kName);
    if (!given) return;
    std::string list;
    for (const auto choice : choices) {
        if (to_string(choice) == *given) {
            value = choice;
            return;
        }
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", to_string(choice));
    }
    problems.add(control::kInvalidEnumValue,
                 fmt::format("value of {} must be one of {} but got value \"{}\"",
                             reader.path_of(key), list, shortened(*given, 60)));
}

void read_start(ObjectReader& reader, KafkaSettings& settings, Problems& problems) {
    const auto given = reader.text("startFrom", kName);
    if (!given) return;
    if (const auto start = parse_start(*given)) {
        settings.start_from = *start;
        return;
    }
    problems.add(control::kBadRequest,
                 fmt::format("value of {} must be \"earliest\", \"latest\" or a time like "
                             "\"2026-01-31T12:00:00Z\" but got value \"{}\"",
                             reader.path_of("startFrom"), shortened(*given, 60)));
}

void read_csv(ObjectReader& reader, KafkaSettings& settings, Problems& problems) {
    const auto* const part = reader.object("csv");
    if (part == nullptr) return;
    ObjectReader csv(*part, reader.path_of("csv"), problems);
    if (const auto* const columns = csv.array("columns")) {
        settings.csv.columns.clear();
        for (const auto& column : *columns) {
            if (!column.is_string() || column.get_ref<const std::string&>().empty()) {
                problems.add(
                    control::kInvalidFieldType,
                    fmt::format("{} must have names that are not empty", csv.path_of("columns")));
                break;
            }
            settings.csv.columns.push_back(column.get<std::string>());
        }
        if (settings.csv.columns.size() > kColumnsMax) {
            problems.add(control::kInvalidLength, fmt::format("{} must have {} names at most",
                                                              csv.path_of("columns"), kColumnsMax));
        }
        auto sorted = settings.csv.columns;
        std::ranges::sort(sorted);
        if (std::ranges::adjacent_find(sorted) != sorted.end()) {
            problems.add(control::kBadRequest,
                         fmt::format("{} must have each name once", csv.path_of("columns")));
        }
    }
    if (const auto delimiter = csv.text("delimiter", {.min = 1, .max = 1})) {
        if (delimiter->size() == 1) {
            settings.csv.delimiter = delimiter->front();
        } else {
            problems.add(control::kBadRequest,
                         fmt::format("{} must be an ASCII character", csv.path_of("delimiter")));
        }
    }
    csv.finish();
}

// A scalar as librdkafka takes it; nothing for another value.
std::optional<std::string> property_text(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
    if (value.is_number_integer()) return value.dump();
    return std::nullopt;
}

// The properties that are given; null takes one away. The others stay, so that a secret need not be
// sent again.
void read_properties(ObjectReader& reader, KafkaSettings& settings, const CheckProperty& check,
                     Problems& problems) {
    const auto* const part = reader.object("properties");
    if (part == nullptr) return;
    for (const auto& [name, value] : part->items()) {
        const auto* const rule = find_property(name);
        const auto path = fmt::format("{}.{}", reader.path_of("properties"), shortened(name, 60));
        if (rule == nullptr) {
            problems.add(control::kBadRequest, fmt::format("{} {}", path, why_refused(name)));
            continue;
        }
        settings.properties.erase(name);
        if (value.is_null()) {
            settings.secrets.erase(name);
            continue;
        }
        const auto text = property_text(value);
        if (!text) {
            problems.add(control::kInvalidFieldType,
                         fmt::format("{} must be a text, a number or a boolean", path));
            continue;
        }
        if (check && !rule->is_of_registry) {
            if (const auto checked = check(name, *text); !checked.ok()) {
                // What is wrong with a secret might quote it.
                problems.add(control::kBadRequest,
                             rule->is_secret
                                 ? fmt::format("{} has a value that cannot be used", path)
                                 : fmt::format("{}: {}", path, checked.error().client_text()));
                continue;
            }
        }
        (rule->is_secret ? settings.secrets : settings.properties)[name] = *text;
    }
}

void read_freshness(ObjectReader& reader, KafkaSettings& settings, Problems& problems) {
    const auto* const given = reader.any("freshnessMs");
    if (given == nullptr || given->is_null()) return;
    if (!given->is_number_integer()) {
        problems.add(control::kInvalidFieldType,
                     fmt::format("{} must be a whole number of milliseconds",
                                 reader.path_of("freshnessMs")));
        return;
    }
    const auto number = given->is_number_unsigned() && given->get<std::uint64_t>() > 1'000'000
                            ? 1'000'000
                            : given->get<std::int64_t>();
    settings.freshness = Milliseconds(number);
}

// The schema is JSON, or a text of it.
void read_avro(ObjectReader& reader, KafkaSettings& settings, Problems& problems) {
    const auto* const schema = reader.any("avroSchema");
    if (schema != nullptr && schema->is_string()) {
        settings.avro_schema = schema->get<std::string>();
    } else if (schema != nullptr && schema->is_structured()) {
        settings.avro_schema = schema->dump();
    } else if (schema != nullptr && !schema->is_null()) {
        problems.add(
            control::kInvalidFieldType,
            fmt::format("{} must be a schema, or a text of one", reader.path_of("avroSchema")));
    }
    read_choice(reader, "avroTimes", {AvroTimes::text, AvroTimes::millis, AvroTimes::raw},
                settings.avro_times, problems);
    const auto* const skip = reader.any("skipBytes");
    if (skip == nullptr || skip->is_null()) return;
    if (!skip->is_number_unsigned() || skip->get<std::uint64_t>() > 1'000'000) {
        problems.add(control::kInvalidFieldType,
                     fmt::format("{} must be a number of bytes", reader.path_of("skipBytes")));
        return;
    }
    settings.skip_bytes = skip->get<std::uint32_t>();
}

// Higher than all before, also where the settings of an older version were restored.
std::uint32_t next_generation(std::uint32_t before) {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(since).count();
    return std::max(before + 1, static_cast<std::uint32_t>(now));
}

void read_addresses(ObjectReader& reader, KafkaSettings& settings, bool is_new) {
    const auto read = [&](std::string_view key, std::string& value) {
        auto given = is_new ? reader.required_text(key, {.min = 1, .max = 4'000})
                            : reader.text(key, {.min = 1, .max = 4'000});
        if (given) value = std::move(*given);
    };
    read("brokers", settings.brokers);
    read("topic", settings.topic);
}

}  // namespace

KafkaSettings read_request(const Json& part, const KafkaSettings& before, bool is_new,
                           const CheckProperty& check, Problems& problems) {
    auto settings = before;
    ObjectReader reader(part, "body.kafka", problems);
    read_addresses(reader, settings, is_new);
    read_choice(reader, "format",
                {Format::json, Format::csv, Format::text, Format::avro, Format::confluent_avro,
                 Format::confluent_json, Format::linkedin_avro},
                settings.format, problems);
    read_choice(reader, "keyFormat", {KeyFormat::text, KeyFormat::confluent_avro},
                settings.key_format, problems);
    read_choice(reader, "records", {Records::single, Records::lines, Records::array},
                settings.records, problems);
    read_start(reader, settings, problems);
    read_csv(reader, settings, problems);
    read_avro(reader, settings, problems);
    if (auto url = reader.text("registryUrl", kName)) settings.registry_url = *url;
    read_choice(reader, "onOutOfRange",
                {OnOutOfRange::earliest, OnOutOfRange::latest, OnOutOfRange::fail},
                settings.on_out_of_range, problems);
    read_choice(reader, "onRejectsFull", {OnRejectsFull::pause, OnRejectsFull::skip},
                settings.on_rejects_full, problems);
    read_choice(reader, "onNull", {OnNull::skip, OnNull::reject, OnNull::record, OnNull::erase},
                settings.on_null, problems);
    read_choice(reader, "onUnknownTopic", {OnUnknownTopic::wait, OnUnknownTopic::create},
                settings.on_unknown_topic, problems);
    if (auto group = reader.text("group", {.min = 0, .max = 200})) settings.group = *group;
    if (const auto commit = reader.boolean("commitOffsets")) settings.commit_offsets = *commit;
    if (const auto paused = reader.boolean("paused")) settings.paused = *paused;
    read_freshness(reader, settings, problems);
    read_properties(reader, settings, check, problems);
    // A place that is given again is where reading begins again.
    const auto restart = reader.boolean("restart");
    if (is_new && restart) {
        problems.add(control::kBadRequest,
                     fmt::format("{} is for a source that is there", reader.path_of("restart")));
    }
    if (restart.value_or(false)) settings.generation = next_generation(settings.generation);
    reader.finish();
    if (problems.none()) {
        for (const auto& problem : problems_of(settings)) {
            problems.add(control::kBadRequest, "body.kafka." + problem);
        }
    }
    return settings;
}

namespace {

// Whether a message without a value has what the column wants.
bool is_known_of_tombstone(ColumnType type) {
    switch (type) {
        case ColumnType::path:
        case ColumnType::header:
        case ColumnType::headers:
        case ColumnType::kafka_key:
        case ColumnType::kafka_topic:
        case ColumnType::kafka_partition:
        case ColumnType::kafka_offset:
        case ColumnType::kafka_timestamp:
        case ColumnType::kafka_header:
            return true;
        case ColumnType::uuid:
        case ColumnType::datetime:
        case ColumnType::ip:
        case ColumnType::body:
        case ColumnType::jsonnet:
        case ColumnType::event_id:
        case ColumnType::query:
        case ColumnType::client_certificate:
            break;
    }
    return false;
}

}  // namespace

OrderedJson render_status(const SourceStatus& status) {
    OrderedJson json = {{"state", to_string(status.state)}};
    if (!status.reason.empty()) json["reason"] = status.reason;
    json["since"] = format_utc(status.since);
    auto partitions = OrderedJson::array();
    for (const auto& partition : status.partitions) {
        const auto& progress = partition.progress;
        OrderedJson one = {{"partition", partition.partition},
                           {"firstOffset", progress.first},
                           {"nextOffset", progress.next},
                           {"messages", progress.messages},
                           {"withoutMessage", progress.without_message()},
                           {"nulls", progress.nulls},
                           {"filtered", progress.filtered},
                           {"lost", progress.lost}};
        if (partition.end) {
            one["endOffset"] = *partition.end;
            one["lag"] = partition.lag();
        }
        if (partition.last_message_at) {
            one["lastMessageAt"] = format_utc(*partition.last_message_at);
            one["lagMs"] = partition.lag_time.count();
        }
        partitions.push_back(std::move(one));
    }
    const auto lag = status.lag();
    json["lag"] = lag ? OrderedJson(*lag) : OrderedJson();
    if (status.heard_at) json["lagAt"] = format_utc(*status.heard_at);
    json["messagesPerSecond"] = static_cast<std::uint64_t>(status.messages_per_second + 0.5);
    json["partitions"] = std::move(partitions);
    auto sinks = OrderedJson::array();
    for (const auto& [number, sink] : status.sinks) {
        OrderedJson one = {{"number", number.value}};
        const auto id = status.sink_ids.find(number);
        if (id != status.sink_ids.end()) one["sinkId"] = id->second.value;
        one["records"] = sink.accepted + sink.rejected + sink.skipped;
        one["accepted"] = sink.accepted;
        one["rejected"] = sink.rejected;
        one["skipped"] = sink.skipped;
        sinks.push_back(std::move(one));
    }
    json["sinks"] = std::move(sinks);
    auto gaps = OrderedJson::array();
    for (const auto& gap : status.gaps) {
        gaps.push_back({{"partition", gap.partition},
                        {"reason", gap.reason},
                        {"from", gap.from},
                        {"to", gap.to},
                        {"lost", gap.lost},
                        {"at", format_utc(gap.at)}});
    }
    json["gaps"] = std::move(gaps);
    return json;
}

Result<void> check_key_columns(const KafkaSettings& settings, const std::vector<Column>& columns) {
    if (settings.on_null != OnNull::erase) return {};
    const auto refused = [](std::string text) {
        return Error(Code::invalid, std::move(text)).named(error_names::kApiBadRequest);
    };
    bool has_key = false;
    for (const auto& column : columns) {
        if (!column.primary_key) continue;
        has_key = true;
        if (is_known_of_tombstone(column.type)) continue;
        return refused(fmt::format(
            "The source deletes rows by messages without a value (onNull is \"delete\"), and the "
            "type {} of the column \"{}\" of the primary key does not say which: take path, "
            "kafkaKey or another type that such a message has.",
            to_string(column.type), column.name));
    }
    if (has_key) return {};
    return refused(
        "The source deletes rows by messages without a value (onNull is \"delete\"), which needs a "
        "primary key: set primaryKey of a column.");
}

control::SourceKind kafka_source_kind(std::shared_ptr<SourceWatches> watches, CheckProperty check,
                                      std::shared_ptr<const RejectDecoders> rejects) {
    return {.name = kKafkaSource.value,
            .parse = [check](const Json* part, Problems& problems) -> std::string {
                if (part == nullptr) {
                    problems.add(control::kMissingField, "\"kafka\" is missing from body");
                    return "{}";
                }
                return print_details(read_request(*part, {}, true, check, problems));
            },
            .patch = [check](const Json& part, const std::string& details,
                             Problems& problems) -> std::string {
                const auto before = parse_details(details);
                if (!before.ok()) {
                    problems.add(control::kBadRequest, before.error().operator_text());
                    return details;
                }
                return print_details(read_request(part, before.value(), false, check, problems));
            },
            .render = [watches](const Source& source, const control::Scope&) -> OrderedJson {
                const auto settings = parse_details(source.details);
                if (!settings.ok()) return OrderedJson::object();
                auto json = OrderedJson::parse(print_answer(settings.value()));
                if (json["group"] == "")
                    json["group"] = group_of(settings.value(), source.key.source.value);
                if (const auto status = watches->status_of(source.key)) {
                    json["status"] = render_status(*status);
                }
                return json;
            },
            .check_columns = [](const std::string& details,
                                const std::vector<Column>& columns) -> Result<void> {
                TRY_ASSIGN(const auto settings, parse_details(details));
                return check_key_columns(settings, columns);
            },
            .reject_reader = [rejects = std::move(rejects)](const Source& source)
                -> std::shared_ptr<definitions::RejectReader> {
                return rejects == nullptr ? nullptr : rejects->of(source);
            }};
}

}  // namespace millrace::kafka
