#pragma once
// The messages of OTLP that this version reads, as JSON spells them: names and numbers of their
// fields, and how the values are written.
//
// See  https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding

#include <cstdint>
#include <span>
#include <string_view>

#include "core/model/signal.h"

namespace millrace::otlp {

enum class JsonKind {
    message,
    text,
    bytes,     // base64
    trace_id,  // hexadecimal digits, as OTLP wants them; base64 as protobuf's JSON has it
    span_id,   // the same
    boolean,
    fixed32,  // unsigned
    fixed64,  // unsigned
    sfixed64,
    real,   // a fixed64
    int64,  // a varint
    uint32,
    uint64,
    sint32,      // a zigzag varint
    enumerated,  // its number or its name
};

struct JsonEnum {
    std::string_view name;
    std::int32_t number;
};

struct JsonMessage;

struct JsonField {
    std::string_view name;  // "timeUnixNano"; "time_unix_nano" is understood too
    std::uint32_t number;
    JsonKind kind;
    bool repeated = false;
    const JsonMessage* message = nullptr;
    std::span<const JsonEnum> names = {};
};

struct JsonMessage {
    std::span<const JsonField> fields;
};

// The request that exports the signal.
const JsonMessage& json_request_of(Signal signal);

}  // namespace millrace::otlp
