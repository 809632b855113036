#pragma once
// Column: how one value of a row is made from a record.

#include <optional>
#include <string>
#include <string_view>

#include "core/model/data_type.h"
#include "core/model/time_form.h"

namespace millrace {

// `jsonnet` is "template" in JSON: that word is taken in C++.
enum class ColumnType {
    uuid,
    datetime,
    ip,
    body,
    headers,
    path,
    jsonnet,
    event_id,            // one id per record, equal in all sinks
    header,              // of the request: one header
    query,               // of its URL: one parameter
    client_certificate,  // the subject of the one that the client has shown
    kafka_key,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    kafka_timestamp,
    kafka_header,
};

std::string_view to_string(ColumnType type);

// Knows the aliases too: "id" is uuid, "json" is path.
std::optional<ColumnType> column_type_from(std::string_view text);

// The field of a column that says which header or parameter it has: "header"; empty where the type
// has none.
std::string_view argument_field(ColumnType type);
// Whether a record may be without what the column has: then its default counts.
bool may_be_missing(ColumnType type);

struct Column {
    ColumnType type = ColumnType::uuid;
    std::string name;                       // unique in its mapping without regard to case
    bool primary_key = false;               // the target keeps the last row of a key
    DataType data_type = DataType::string;  // what its values are checked for and stored as
    TimeForm time_form = TimeForm::text;    // of the values of a timestamp
    // For type path only (reference: docs/mapping.md):
    std::string path;  // "user.items[0].name"
    // For types with an argument_field():
    std::string argument;  // "X-GitHub-Event"
    // For those that may_be_missing():
    std::optional<std::string> default_value;  // used when the path is missing
    // For type template only:
    std::string template_text;  // Jsonnet
    // For types path and template:
    bool raw_string = false;  // print a JSON string without its quotes

    bool operator==(const Column&) const = default;
};

}  // namespace millrace
