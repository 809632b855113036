#pragma once
// AvroTree: an Avro schema with all its types, by which one datum is read: what messages have.
// Uploads take fewer types, each in a column: avro_schema.h.
//
// Named types may contain themselves, so nodes are known by their numbers.
//
// See  Apache Avro 1.11, Specification, "Schema Declaration", "Logical Types"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::bulk {

enum class AvroKind {
    null,
    boolean,
    int32,
    int64,
    float32,
    float64,
    string,
    bytes,
    fixed,
    enumeration,
    record,
    array,
    map,
    one_of,            // a union
    decimal,           // over bytes
    fixed_decimal,     // over fixed
    date,              // days since 1970, int
    time_millis,       // of the day, int
    time_micros,       // of the day, long
    timestamp_millis,  // since 1970, long; local ones too
    timestamp_micros,
};

struct AvroNode {
    struct Field {
        std::string name;
        std::size_t node = 0;
    };
    AvroKind kind = AvroKind::null;
    std::size_t size = 0;                   // bytes of a fixed
    std::size_t scale = 0;                  // of a decimal
    std::vector<std::string> symbols = {};  // of an enumeration
    std::vector<Field> fields = {};         // of a record
    std::vector<std::size_t> items = {};    // of an array or map: one; of a union: its branches
};

struct AvroTree {
    std::vector<AvroNode> nodes;  // one at least
    std::size_t root = 0;
};

// The schema `json`, which may use the named types of `references`: other schemas, each behind
// those that it uses itself. A logical type that is not known, or has attributes that it cannot
// have, is the type below it, as the specification says.
// Errors  invalid, for the client: it is no schema
Result<AvroTree> parse_avro_tree(std::string_view json,
                                 std::span<const std::string> references = {});

}  // namespace millrace::bulk
