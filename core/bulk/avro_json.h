#pragma once
// One datum in Avro's binary encoding -> JSON, by the schema that it was written with.
//
// Logical types are what uploads make of them (docs/upload.md): "2026-01-31", "09:30:00.000000",
// "2026-01-31T09:30:00.000000Z". A decimal is a text with all its digits; bytes are a text of hex
// digits; a union is the value of its branch; what JSON has no number for is "NaN", "Infinity" or
// "-Infinity".

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/bulk/avro_tree.h"

namespace millrace::bulk {

// What days and times become.
enum class AvroTimes {
    text,
    millis,  // days, milliseconds of the day, milliseconds since 1970: as Pinot reads them
    raw,     // the numbers that are there
};

struct AvroJsonOptions {
    AvroTimes times = AvroTimes::text;
    std::size_t bytes_max = 32 << 20;  // of the JSON
};

// Appends the datum, which is all of `bytes`. What was appended before an error is of no use.
// Errors  invalid, for the client: the bytes are no datum of the schema
//         too_large: its JSON has more than bytes_max
Result<void> append_avro_json(std::string& out, const AvroTree& tree, std::string_view bytes,
                              const AvroJsonOptions& options = {});

}  // namespace millrace::bulk
