#pragma once
// RejectDecoder: what the rejects of a Kafka source are when they are mapped again: a key or value
// that could not be decoded is decoded now, and a message without a value deletes its row if its
// source says so.
//
// Each of the records of a value becomes a row, or the reject stays. One that a filter drops stays
// too: it is no row, and to forget it is up to people.
//
// Thread  one; it waits for the registry of schemas.

#include <memory>
#include <mutex>
#include <optional>

#include "api/kafka/kafka_settings.h"
#include "api/kafka/message_decoder.h"
#include "api/kafka/message_schemas.h"
#include "api/kafka/record_filter.h"
#include "core/definitions/reject_reader.h"
#include "core/mapping/json_check.h"
#include "core/mapping/origin.h"
#include "core/model/source.h"
#include "core/ports/clock.h"
#include "core/ports/row_expressions.h"
#include "core/ports/schema_registry.h"

namespace millrace::kafka {

class RejectDecoder final : public definitions::RejectReader {
public:
    struct Ports {
        Clock& clock;
        SchemaRegistries& registries;
        ExpressionCompiler& expressions;
    };

    // Errors  corrupt: the details of the source; invalid: an expression of it
    static Result<std::shared_ptr<RejectDecoder>> make(const Source& source, const Ports& ports);

    Result<std::optional<std::vector<definitions::RetriedRecord>>> read(
        const Reject& reject) override;

private:
    using Records = std::vector<definitions::RetriedRecord>;

    RejectDecoder(KafkaSettings settings, const Ports& ports);
    Result<std::optional<std::string>> key_of(const Reject& reject, const TopicMessage& message);
    Result<std::optional<Records>> read_tombstone(const Reject& reject,
                                                  const TopicMessage& message);
    Result<Records> decode(const Reject& reject, const TopicMessage& message);
    Result<bool> deletes(std::string_view record);

    const KafkaSettings settings_;
    std::optional<MessageSchemas> schemas_;
    MessageDecoder decoder_;
    std::unique_ptr<RecordFilter> filter_;   // null: no record is dropped
    std::unique_ptr<RecordFilter> deletes_;  // null: no record deletes
    mapping::JsonCheck key_check_;
};

// Makes readers for rejects; what they need comes with the door, when the service has been opened.
//
// Thread  any.
class RejectDecoders {
public:
    void open(const RejectDecoder::Ports& ports) {
        const std::lock_guard lock(mutex_);
        ports_.emplace(ports);
    }

    // Its read() says why where there can be none.
    std::shared_ptr<definitions::RejectReader> of(const Source& source) const;

private:
    mutable std::mutex mutex_;
    std::optional<RejectDecoder::Ports> ports_;
};

}  // namespace millrace::kafka
