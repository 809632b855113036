#include "api/kafka/kafka_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "api/kafka/property_rules.h"
#include "core/bulk/avro_tree.h"

namespace millrace::kafka {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTopicCharactersMax = 249;  // as Kafka has it
constexpr std::size_t kBrokersBytesMax = 4000;
constexpr std::size_t kValueBytesMax = 64 << 10;  // of a property
constexpr std::size_t kSchemaBytesMax = 256 << 10;
constexpr std::uint32_t kSkipBytesMax = 1024;
constexpr Milliseconds kFreshnessMin{10};
constexpr Milliseconds kFreshnessMax{60'000};

template <typename Value, std::size_t N>
using Names = std::array<std::pair<Value, std::string_view>, N>;

constexpr Names<Format, 7> kFormats{{{Format::json, "json"},
                                     {Format::csv, "csv"},
                                     {Format::text, "text"},
                                     {Format::avro, "avro"},
                                     {Format::confluent_avro, "confluentAvro"},
                                     {Format::confluent_json, "confluentJson"},
                                     {Format::linkedin_avro, "linkedinAvro"}}};
constexpr Names<KeyFormat, 2> kKeyFormats{
    {{KeyFormat::text, "text"}, {KeyFormat::confluent_avro, "confluentAvro"}}};
constexpr Names<AvroTimes, 3> kAvroTimes{
    {{AvroTimes::text, "text"}, {AvroTimes::millis, "millis"}, {AvroTimes::raw, "raw"}}};
constexpr Names<Records, 3> kRecords{
    {{Records::single, "single"}, {Records::lines, "lines"}, {Records::array, "array"}}};
constexpr Names<OnOutOfRange, 3> kOutOfRange{{{OnOutOfRange::earliest, "earliest"},
                                              {OnOutOfRange::latest, "latest"},
                                              {OnOutOfRange::fail, "fail"}}};
constexpr Names<OnRejectsFull, 2> kRejectsFull{
    {{OnRejectsFull::pause, "pause"}, {OnRejectsFull::skip, "skip"}}};
constexpr Names<OnNull, 4> kNull{{{OnNull::skip, "skip"},
                                  {OnNull::reject, "reject"},
                                  {OnNull::record, "record"},
                                  {OnNull::erase, "delete"}}};
constexpr Names<OnUnknownTopic, 2> kUnknownTopic{
    {{OnUnknownTopic::wait, "wait"}, {OnUnknownTopic::create, "create"}}};

template <typename Value, std::size_t N>
std::string_view name_in(const Names<Value, N>& names, Value value) {
    for (const auto& [known, name] : names) {
        if (known == value) return name;
    }
    return "";
}

// Sets `value` to the one of that name. Throws what json parsing throws for another text.
template <typename Value, std::size_t N>
void read_name(const Json& json, const char* key, const Names<Value, N>& names, Value& value) {
    if (!json.contains(key)) return;
    const auto text = json.at(key).get<std::string>();
    for (const auto& [known, name] : names) {
        if (name == text) {
            value = known;
            return;
        }
    }
    throw std::invalid_argument(fmt::format("{} \"{}\"", key, text));
}

bool is_topic_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

std::optional<std::string> topic_problem(const std::string& topic) {
    if (topic.empty()) return "topic must not be empty";
    if (topic.starts_with('^')) return "topic must be the name of one topic, not a pattern";
    if (topic.size() > kTopicCharactersMax || topic == "." || topic == ".." ||
        !std::ranges::all_of(topic, is_topic_character)) {
        return fmt::format("topic must be 1 to {} of the characters [a-zA-Z0-9._-]",
                           kTopicCharactersMax);
    }
    return std::nullopt;
}

bool is_broker(std::string_view broker) {
    const auto colon = broker.rfind(':');
    const auto host = broker.substr(0, colon);
    if (host.empty()) return false;
    if (std::ranges::any_of(host, [](char c) { return c <= ' ' || c == '/' || c > '~'; })) {
        return false;
    }
    if (colon == std::string_view::npos) return true;
    const auto port = broker.substr(colon + 1);
    if (port.empty() || port.size() > 5) return false;
    int number = 0;
    for (const char c : port) {
        if (c < '0' || c > '9') return false;
        number = number * 10 + (c - '0');
    }
    return number >= 1 && number <= 65535;
}

bool are_brokers(std::string_view brokers) {
    if (brokers.empty() || brokers.size() > kBrokersBytesMax) return false;
    for (std::size_t begin = 0; begin <= brokers.size();) {
        const auto end = std::min(brokers.find(',', begin), brokers.size());
        if (!is_broker(brokers.substr(begin, end - begin))) return false;
        begin = end + 1;
    }
    return true;
}

void check_schema(const KafkaSettings& settings, std::vector<std::string>& problems) {
    if (settings.avro_schema.empty()) {
        problems.emplace_back("avroSchema must be the schema of the format \"avro\"");
    } else if (settings.avro_schema.size() > kSchemaBytesMax) {
        problems.push_back(fmt::format("avroSchema must have {} bytes at most", kSchemaBytesMax));
    } else if (const auto tree = bulk::parse_avro_tree(settings.avro_schema); !tree.ok()) {
        problems.push_back("avroSchema: " + tree.error().client_text());
    }
    if (settings.skip_bytes > kSkipBytesMax) {
        problems.push_back(fmt::format("skipBytes must be {} at most", kSkipBytesMax));
    }
}

void check_format(const KafkaSettings& settings, std::vector<std::string>& problems) {
    switch (settings.format) {
        case Format::json:
        case Format::text:
        case Format::confluent_json:
            return;
        case Format::csv:
            if (settings.csv.columns.empty()) {
                problems.emplace_back(
                    "csv.columns must name the columns of the format \"csv\", in their order");
            }
            if (settings.csv.delimiter == '"' || settings.csv.delimiter == '\n' ||
                settings.csv.delimiter == '\r') {
                problems.emplace_back("csv.delimiter must not be a quote or the end of a line");
            }
            if (settings.records == Records::array) {
                problems.emplace_back("records \"array\" is for the format \"json\"");
            }
            return;
        case Format::avro:
            check_schema(settings, problems);
            break;
        case Format::confluent_avro:
        case Format::linkedin_avro:
            if (settings.registry_url.empty()) {
                problems.push_back(
                    fmt::format("registryUrl must be the URL of the schema registry of the format "
                                "\"{}\"",
                                to_string(settings.format)));
            }
            break;
    }
    if (settings.records == Records::lines) {
        problems.push_back(fmt::format("records \"lines\" is not for the format \"{}\"",
                                       to_string(settings.format)));
    }
}

void check_key_format(const KafkaSettings& settings, std::vector<std::string>& problems) {
    if (settings.key_format == KeyFormat::text) return;
    const auto name = to_string(settings.key_format);
    if (settings.format == Format::linkedin_avro) {
        problems.push_back(fmt::format("keyFormat \"{}\" is not for the format \"{}\"", name,
                                       to_string(settings.format)));
    } else if (settings.registry_url.empty()) {
        problems.push_back(fmt::format(
            "registryUrl must be the URL of the schema registry of the keyFormat \"{}\"", name));
    }
}

// "http://host:8081/path" without a user, whose password would be shown.
std::optional<std::string> registry_problem(std::string_view urls) {
    for (std::size_t begin = 0; begin <= urls.size();) {
        const auto end = std::min(urls.find(',', begin), urls.size());
        auto url = urls.substr(begin, end - begin);
        begin = end + 1;
        const bool is_plain = url.starts_with("http://");
        if (!is_plain && !url.starts_with("https://")) {
            return "registryUrl must begin with http:// or https://";
        }
        url.remove_prefix(is_plain ? 7 : 8);
        const auto place = url.substr(0, url.find('/'));
        if (place.find('@') != std::string_view::npos) {
            return "registryUrl must not have a user: set the property "
                   "\"schema.registry.basic.auth.user.info\" to \"user:password\"";
        }
        const auto bracket = place.rfind(']');
        const bool is_address = place.starts_with('[')
                                    ? bracket != std::string_view::npos && bracket > 1 &&
                                          is_broker(fmt::format("h{}", place.substr(bracket + 1)))
                                    : is_broker(place) && std::ranges::count(place, ':') <= 1;
        const bool is_path = std::ranges::all_of(
            url, [](char c) { return c > ' ' && c <= '~' && c != '?' && c != '#' && c != '\\'; });
        if (!is_address || !is_path) {
            return "registryUrl must be URLs \"http://host:port\", separated by commas without "
                   "blanks, and without \"?\" and \"#\"";
        }
    }
    return std::nullopt;
}

Json drop_json(const DropRule& rule) {
    auto fields = Json::array();
    for (const auto& field : rule.fields) {
        fields.push_back({{"name", field.name},
                          {"field", field.field},
                          {"dataType", to_string(field.data_type)}});
    }
    return {{"expression", rule.expression}, {"fields", std::move(fields)}};
}

DropRule drop_rule_from(const Json& json) {
    DropRule rule{.expression = json.at("expression").get<std::string>(), .fields = {}};
    for (const auto& field : json.at("fields")) {
        const auto type = data_type_from(field.at("dataType").get<std::string>());
        if (!type) throw std::invalid_argument("dataType");
        rule.fields.push_back({.name = field.at("name").get<std::string>(),
                               .field = field.at("field").get<std::string>(),
                               .data_type = *type});
    }
    return rule;
}

Json common_json(const KafkaSettings& settings) {
    Json json = {{"brokers", settings.brokers},
                 {"topic", settings.topic},
                 {"format", to_string(settings.format)},
                 {"keyFormat", to_string(settings.key_format)},
                 {"records", to_string(settings.records)},
                 {"startFrom", to_string(settings.start_from)}};
    if (settings.format == Format::csv) {
        json["csv"] = {{"columns", settings.csv.columns},
                       {"delimiter", std::string(1, settings.csv.delimiter)}};
    }
    if (!settings.avro_schema.empty()) json["avroSchema"] = settings.avro_schema;
    if (!settings.registry_url.empty()) json["registryUrl"] = settings.registry_url;
    if (is_avro(settings.format)) {
        json["avroTimes"] = to_string(settings.avro_times);
        json["skipBytes"] = settings.skip_bytes;
    }
    if (!settings.drop_where.expression.empty()) {
        json["dropWhere"] = drop_json(settings.drop_where);
    }
    if (!settings.delete_where.expression.empty()) {
        json["deleteWhere"] = drop_json(settings.delete_where);
    }
    json["onOutOfRange"] = to_string(settings.on_out_of_range);
    json["onRejectsFull"] = to_string(settings.on_rejects_full);
    json["onNull"] = to_string(settings.on_null);
    json["onUnknownTopic"] = to_string(settings.on_unknown_topic);
    json["group"] = settings.group;
    json["commitOffsets"] = settings.commit_offsets;
    json["paused"] = settings.paused;
    json["freshnessMs"] = settings.freshness.count();
    json["properties"] = Json(settings.properties);
    return json;
}

KafkaSettings settings_from(const Json& json) {
    KafkaSettings settings;
    settings.brokers = json.at("brokers").get<std::string>();
    settings.topic = json.at("topic").get<std::string>();
    read_name(json, "format", kFormats, settings.format);
    read_name(json, "keyFormat", kKeyFormats, settings.key_format);
    read_name(json, "records", kRecords, settings.records);
    const auto start = parse_start(json.value("startFrom", "earliest"));
    if (!start) throw std::invalid_argument("startFrom");
    settings.start_from = *start;
    if (json.contains("csv")) {
        const auto& csv = json.at("csv");
        settings.csv.columns = csv.at("columns").get<std::vector<std::string>>();
        settings.csv.delimiter = csv.at("delimiter").get<std::string>().at(0);
    }
    settings.avro_schema = json.value("avroSchema", "");
    settings.registry_url = json.value("registryUrl", "");
    read_name(json, "avroTimes", kAvroTimes, settings.avro_times);
    settings.skip_bytes = json.value("skipBytes", settings.skip_bytes);
    if (json.contains("dropWhere")) settings.drop_where = drop_rule_from(json.at("dropWhere"));
    if (json.contains("deleteWhere")) {
        settings.delete_where = drop_rule_from(json.at("deleteWhere"));
    }
    settings.only_objects = json.value("onlyObjects", false);
    read_name(json, "onOutOfRange", kOutOfRange, settings.on_out_of_range);
    read_name(json, "onRejectsFull", kRejectsFull, settings.on_rejects_full);
    read_name(json, "onNull", kNull, settings.on_null);
    read_name(json, "onUnknownTopic", kUnknownTopic, settings.on_unknown_topic);
    settings.group = json.value("group", "");
    settings.commit_offsets = json.value("commitOffsets", settings.commit_offsets);
    settings.paused = json.value("paused", false);
    settings.freshness = Milliseconds(json.value("freshnessMs", settings.freshness.count()));
    using Properties = std::map<std::string, std::string>;
    settings.properties = json.value("properties", Properties());
    settings.secrets = json.value("secrets", Properties());
    settings.generation = json.value("generation", settings.generation);
    return settings;
}

}  // namespace

std::string_view to_string(Format format) {
    return name_in(kFormats, format);
}

std::string_view to_string(KeyFormat format) {
    return name_in(kKeyFormats, format);
}

std::string_view to_string(Records records) {
    return name_in(kRecords, records);
}

std::string_view to_string(OnOutOfRange policy) {
    return name_in(kOutOfRange, policy);
}

std::string_view to_string(OnRejectsFull policy) {
    return name_in(kRejectsFull, policy);
}

std::string_view to_string(OnNull policy) {
    return name_in(kNull, policy);
}

std::string_view to_string(OnUnknownTopic policy) {
    return name_in(kUnknownTopic, policy);
}

std::string_view to_string(AvroTimes times) {
    return name_in(kAvroTimes, times);
}

bool is_avro(Format format) {
    return format == Format::avro || needs_registry(format);
}

bool needs_registry(Format format) {
    return format == Format::confluent_avro || format == Format::linkedin_avro;
}

bool needs_registry(const KafkaSettings& settings) {
    return needs_registry(settings.format) || settings.key_format == KeyFormat::confluent_avro;
}

std::string group_of(const KafkaSettings& settings, std::string_view source) {
    if (!settings.group.empty()) return settings.group;
    return fmt::format("millrace-{}", source);
}

std::optional<StartFrom> parse_start(std::string_view text) {
    if (text == "earliest") return StartFrom{};
    if (text == "latest") return StartFrom{.place = StartFrom::Place::latest};
    auto time = parse_utc(text);
    if (!time && text.size() == 20 && text.ends_with('Z')) {  // without milliseconds
        time = parse_utc(fmt::format("{}.000Z", text.substr(0, 19)));
    }
    if (!time) return std::nullopt;
    return StartFrom{.place = StartFrom::Place::time, .time = *time};
}

std::string to_string(const StartFrom& start) {
    switch (start.place) {
        case StartFrom::Place::earliest:
            return "earliest";
        case StartFrom::Place::latest:
            return "latest";
        case StartFrom::Place::time:
            return format_utc(start.time);
    }
    return "";
}

std::vector<std::string> problems_of(const KafkaSettings& settings) {
    std::vector<std::string> problems;
    if (!are_brokers(settings.brokers)) {
        problems.emplace_back(
            "brokers must be addresses \"host:port\", separated by commas without blanks");
    }
    if (auto problem = topic_problem(settings.topic)) problems.push_back(std::move(*problem));
    check_format(settings, problems);
    check_key_format(settings, problems);
    if (!settings.registry_url.empty()) {
        if (auto problem = registry_problem(settings.registry_url)) problems.push_back(*problem);
    }
    if (settings.freshness < kFreshnessMin || settings.freshness > kFreshnessMax) {
        problems.push_back(fmt::format("freshnessMs must be from {} to {}", kFreshnessMin.count(),
                                       kFreshnessMax.count()));
    }
    const auto check_property = [&](const std::string& name, const std::string& value) {
        if (find_property(name) == nullptr) {
            problems.push_back(fmt::format("properties: \"{}\" {}", name, why_refused(name)));
        } else if (value.size() > kValueBytesMax) {
            problems.push_back(
                fmt::format("properties: the value of \"{}\" must have {} bytes at "
                            "most",
                            name, kValueBytesMax));
        }
    };
    for (const auto& [name, value] : settings.properties) check_property(name, value);
    for (const auto& [name, value] : settings.secrets) check_property(name, value);
    return problems;
}

Result<KafkaSettings> parse_details(std::string_view details) {
    try {
        return settings_from(Json::parse(details));
    } catch (const std::exception& error) {  // of the library, and a name that is not known
        return Error(Code::corrupt, fmt::format("the details of a Kafka source: {}", error.what()));
    }
}

std::string print_details(const KafkaSettings& settings) {
    auto json = common_json(settings);
    if (settings.only_objects) json["onlyObjects"] = true;
    json["secrets"] = Json(settings.secrets);
    json["generation"] = settings.generation;
    return json.dump();
}

std::string print_answer(const KafkaSettings& settings) {
    auto json = common_json(settings);
    constexpr std::string_view kHidden = "***";
    for (const auto& [name, value] : settings.secrets) json["properties"][name] = kHidden;
    return json.dump();
}

}  // namespace millrace::kafka
