#pragma once
// PinotStream: the stream map of a table of Pinot as the settings of a Kafka source.
//
// Every key has a row in stream_keys.h. Keys without the prefix of the stream are properties of the
// consumer, as in Pinot. Secrets of a document come back as kHiddenSecret; a document that says
// that for one means the secret that is there.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/kafka/kafka_settings.h"
#include "api/pinot/pinot_findings.h"
#include "core/base/time.h"

namespace millrace::pinot {

inline constexpr std::string_view kHiddenSecret = "***";

struct PinotStream {
    kafka::KafkaSettings kafka;
    // When a file is to be closed at the latest; nothing: not for that reason.
    std::optional<Milliseconds> flush_time;
    std::optional<std::uint64_t> flush_rows;
    std::optional<std::uint64_t> flush_bytes;
};

// `before` is what the table has now, null for a new one; a time that is counted from now back is
// counted from `now`.
PinotStream read_pinot_stream(const Json& map, const std::string& pointer,
                              const kafka::KafkaSettings* before, WallTime now,
                              PinotFindings& findings);

// Whether the value of a key is a secret.
bool is_secret_key(std::string_view key);

}  // namespace millrace::pinot
