#pragma once
// KafkaSettings: what a source of kind "kafka" is told: where it reads, how messages become
// records, and what happens when something is wrong. It is Source::details, as JSON.
//
// Format  the JSON of details is the part "kafka" of requests, with every field, and besides:
//         "secrets": the properties that are secret, which the catalog seals and no answer shows;
//         "generation".
// See     docs/kafka.md

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/backend_names.h"
#include "core/model/data_type.h"

namespace millrace::kafka {

// How the value of a message becomes a record.
enum class Format {
    json,            // "json": the value is the body
    csv,             // "csv": an object with a text for each column
    text,            // "text": any text; columns see it as the body
    avro,            // "avro": one datum of avro.schema
    confluent_avro,  // "confluentAvro": a magic byte, the id of a schema in the registry, a datum
    confluent_json,  // "confluentJson": the same before JSON
    linkedin_avro,   // "linkedinAvro": a magic byte, the MD5 of a schema in the registry, a datum
};
std::string_view to_string(Format format);

// What columns and deletes see of the key of a message.
enum class KeyFormat {
    text,            // "text": the key as it is
    confluent_avro,  // "confluentAvro": its datum as JSON; of a string, the string
};
std::string_view to_string(KeyFormat format);

// How many records a message has.
enum class Records {
    single,  // "single"
    lines,   // "lines": one a line
    array,   // "array": the values of a JSON array
};
std::string_view to_string(Records records);

// Where a partition without a position begins, on the wire "earliest", "latest", or a time in
// RFC 3339. Partitions that are added later always begin at the earliest.
struct StartFrom {
    enum class Place { earliest, latest, time };
    Place place = Place::earliest;
    WallTime time = {};  // the first message that is not older

    bool operator==(const StartFrom&) const = default;
};

// The position is not in the log any more, or not yet.
enum class OnOutOfRange { earliest, latest, fail };
std::string_view to_string(OnOutOfRange policy);

// A sink cannot keep another reject.
enum class OnRejectsFull {
    pause,  // the source waits until there is room
    skip,   // the message is counted and gone for that sink
};
std::string_view to_string(OnRejectsFull policy);

// A message without a value.
enum class OnNull {
    skip,    // "skip": counted, no row
    reject,  // "reject": kept as a reject
    record,  // "record": an empty body, from which columns take their defaults
    erase,   // "delete": the row with the key of the message is deleted
};
std::string_view to_string(OnNull policy);

// The topic is not there.
enum class OnUnknownTopic { wait, create };
std::string_view to_string(OnUnknownTopic policy);

struct CsvSettings {
    std::vector<std::string> columns;  // names of the fields, in order; csv needs at least one
    char delimiter = ',';

    bool operator==(const CsvSettings&) const = default;
};

// What days and times of Avro become, as bulk::AvroTimes.
enum class AvroTimes {
    text,    // "text": as uploads have them
    millis,  // "millis": numbers, as Pinot reads them
    raw,     // "raw": the numbers that are there
};
std::string_view to_string(AvroTimes times);

// Which records become no row; see record_filter.h. Of sources that were made of documents.
struct DropRule {
    struct Field {
        std::string name;   // in the expression
        std::string field;  // in the record
        DataType data_type = DataType::string;

        bool operator==(const Field&) const = default;
    };
    std::string expression;  // as core/ports/row_expressions.h; empty: none
    std::vector<Field> fields;

    bool operator==(const DropRule&) const = default;
};

struct KafkaSettings {
    std::string brokers;  // "host:port,host:port"
    std::string topic;
    Format format = Format::json;
    KeyFormat key_format = KeyFormat::text;
    Records records = Records::single;
    StartFrom start_from;
    CsvSettings csv;
    std::string avro_schema;   // JSON; of format avro
    std::string registry_url;  // http or https, several separated by commas
    AvroTimes avro_times = AvroTimes::text;
    std::uint32_t skip_bytes = 0;  // in front of each datum of format avro
    DropRule drop_where = {};
    // Which records delete the row with their key, and are no row. Of sources that were made of
    // documents; the expression as that of drop_where.
    DropRule delete_where = {};
    // A record that is no JSON object is a reject, not a row of defaults. Of sources that were made
    // of documents.
    bool only_objects = false;
    OnOutOfRange on_out_of_range = OnOutOfRange::earliest;
    OnRejectsFull on_rejects_full = OnRejectsFull::pause;
    OnNull on_null = OnNull::skip;
    OnUnknownTopic on_unknown_topic = OnUnknownTopic::wait;
    std::string group;           // empty: group_of()
    bool commit_offsets = true;  // also tell the group how far rows are durable, for lag tools
    bool paused = false;         // nothing is read; the position stays
    // How soon rows are to be visible; the source gathers messages for a part of it at most, and
    // who creates the sinks takes their import interval from it.
    Milliseconds freshness{1000};
    std::map<std::string, std::string> properties;  // of librdkafka; see property_rules.h
    std::map<std::string, std::string> secrets;     // the same, those that are secret
    // A higher one than before begins again at start_from; a lower one changes nothing.
    std::uint32_t generation = 0;

    bool operator==(const KafkaSettings&) const = default;
};

// What the source is called among the consumers of the brokers, unless it is told.
std::string group_of(const KafkaSettings& settings, std::string_view source);

// Whether values are Avro.
bool is_avro(Format format);
// Whether the schemas of messages are asked of a registry.
bool needs_registry(Format format);
bool needs_registry(const KafkaSettings& settings);

// "earliest" and so on -> a value. Nothing for another text.
std::optional<StartFrom> parse_start(std::string_view text);
std::string to_string(const StartFrom& start);

// Everything that is wrong, as sentences with the field in front; nothing where all is right.
std::vector<std::string> problems_of(const KafkaSettings& settings);

// Source::details <-> settings. print_details() prints every field.
// Errors  corrupt: not what print_details() prints
Result<KafkaSettings> parse_details(std::string_view details);
std::string print_details(const KafkaSettings& settings);

// The part "kafka" of answers: the same, without values of secrets and what is only for the reader.
std::string print_answer(const KafkaSettings& settings);

}  // namespace millrace::kafka
