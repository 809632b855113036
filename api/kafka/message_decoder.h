#pragma once
// MessageDecoder: the value of a message -> the text that columns see, and its records.
//
// Thread  one.

#include <cstdint>
#include <string>
#include <string_view>

#include "api/kafka/kafka_settings.h"
#include "core/base/result.h"
#include "core/mapping/record_reader.h"
#include "core/ports/topic_reader.h"

namespace millrace::kafka {

class MessageDecoder {
public:
    explicit MessageDecoder(const KafkaSettings& settings)
        : format_(settings.format), records_(settings.records), csv_(settings.csv) {}

    // Begins with a value. What it sees must stay valid until the last next().
    // Errors  invalid stream.in.invalidMessage: it is not what the settings say
    Result<void> begin(std::string_view value);

    // The next record: record() is valid until then.
    // Errors  invalid stream.in.invalidMessage: that one is not what the settings say; the others
    //         go on
    Result<bool> next();
    std::string_view record() const { return record_; }

    // Of all records: columns go by it.
    std::string_view content_type() const;

private:
    Result<void> decode_csv(std::string_view line);

    const Format format_;
    const Records records_;
    const CsvSettings csv_;
    mapping::RecordReader reader_;
    std::string_view record_;
    std::string json_;  // of a line of CSV
};

// Why a message without a value is no record. invalid stream.in.invalidMessage
Error null_value();

}  // namespace millrace::kafka
