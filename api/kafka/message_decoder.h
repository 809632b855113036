#pragma once
// MessageDecoder: the value of a message -> the text that columns see, and its records; its key
// likewise. Avro becomes JSON by the schema that the message was written with.
//
// Thread  one.

#include <cstdint>
#include <string>
#include <string_view>

#include "api/kafka/kafka_settings.h"
#include "api/kafka/message_schemas.h"
#include "core/base/result.h"
#include "core/bulk/avro_tree.h"
#include "core/mapping/record_reader.h"
#include "core/ports/topic_reader.h"

namespace millrace::kafka {

// The content type of what is kept of a message whose key, or whose value of Avro, could not be
// decoded: its key and its value as they were sent.
inline constexpr std::string_view kUndecoded = "avro/binary";

class MessageDecoder {
public:
    // `schemas` may be null for formats without a registry; it must outlive the decoder.
    MessageDecoder(const KafkaSettings& settings, MessageSchemas* schemas);

    // Begins with a value. What it sees must stay valid until the last next().
    // Errors  invalid stream.in.invalidMessage: it is not what the settings say
    //         unavailable: its schema cannot be had now
    Result<void> begin(std::string_view value);
    // Begins with the record `null`: a message without a value.
    void begin_null();

    // What columns see of a key. Valid until the next one, or as long as `key`.
    // Errors  those of begin()
    Result<std::string_view> decode_key(std::string_view key);

    // The next record: record() is valid until then.
    // Errors  invalid stream.in.invalidMessage: that one is not what the settings say; the others
    //         go on
    Result<bool> next();
    std::string_view record() const { return record_; }
    // Whether a record may be what it is, as next() asks.
    // Errors  invalid stream.in.invalidMessage: only objects are taken, and it is none
    Result<void> check(std::string_view record) const;

    // Of all records: columns go by it.
    std::string_view content_type() const;
    // Of a value that could not be decoded.
    std::string_view value_content_type() const;

private:
    Result<std::string_view> decode_value(std::string_view value);
    Result<std::string_view> decode_avro(const bulk::AvroTree& tree, std::string_view datum,
                                         std::string& json) const;
    Result<void> decode_csv(std::string_view line);

    const Format format_;
    const KeyFormat key_format_;
    const Records records_;
    const CsvSettings csv_;
    const AvroTimes avro_times_;
    const std::uint32_t skip_bytes_;
    const bool only_objects_;
    MessageSchemas* const schemas_;
    Result<bulk::AvroTree> schema_;  // of format avro
    mapping::RecordReader reader_;
    bool is_null_ = false;
    std::string_view record_;
    std::string json_;  // of a line of CSV, or of a value of Avro
    std::string key_json_;
    std::string key_text_;
};

// Why a message without a value is no record. invalid stream.in.invalidMessage
Error null_value();

}  // namespace millrace::kafka
