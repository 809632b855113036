#pragma once
// PinotType: the data types of Pinot's schemas, what they are stored as here, and their defaults.

#include <optional>
#include <string>
#include <string_view>

#include "core/model/data_type.h"

namespace millrace::pinot {

enum class PinotType {
    integer,  // INT
    long_integer,
    float32,
    float64,
    big_decimal,
    boolean,
    timestamp,
    string,
    json,
    bytes,
    uuid,
    map,
    open_struct,
    list,
    struct_type
};

enum class FieldKind { dimension, metric, date_time, complex };

std::string_view to_string(PinotType type);  // "INT"
std::optional<PinotType> pinot_type_from(std::string_view text);

// "DIMENSION", as Pinot's answers and errors have it.
std::string_view to_string(FieldKind kind);

bool can_be(FieldKind kind, PinotType type);

// What its values are checked for and stored as. Of an array of them: JSON.
DataType stored_as(PinotType type);

// What a row gets that has no value; nothing where the stored type has no such value (-Infinity):
// then it gets NULL.
std::optional<std::string> default_of(PinotType type, FieldKind kind);

// Whether `text` is a value of the type, as `defaultNullValue` may be; what is stored for it.
std::optional<std::string> stored_default(PinotType type, std::string_view text);

}  // namespace millrace::pinot
