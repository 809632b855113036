#pragma once
// AvroSchema: the fields of the records of an Avro file, as far as uploads take them.
//
// See  docs/upload.md ("Avro"); Apache Avro 1.11, Specification

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/data_type.h"

namespace millrace::bulk {

enum class AvroType {
    boolean,
    int32,
    int64,
    float32,
    float64,
    string,
    enumeration,
    date,              // days since 1970, int
    time_millis,       // of the day, int
    time_micros,       // of the day, long
    timestamp_millis,  // since 1970, long; local ones too
    timestamp_micros,
};

std::string_view to_string(AvroType type);  // "long/time-micros"

struct AvroField {
    std::string name;
    AvroType type = AvroType::string;
    bool is_union = false;              // the value begins with the number of its branch
    std::optional<bool> null_is_first;  // of a union with null; none: it has the one branch
    std::vector<std::string> symbols;   // of an enumeration

    bool operator==(const AvroField&) const = default;
    bool is_nullable() const { return null_is_first.has_value(); }
};

// The fields of a schema, which is a record.
// Errors  invalid, for the client: it is no schema, no record, or has a type that is not taken
Result<std::vector<AvroField>> parse_avro_schema(std::string_view json);

// Whether values of the field become values of the data type.
bool fits(AvroType type, DataType data_type);

}  // namespace millrace::bulk
