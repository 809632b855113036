#pragma once
// The kind of source "kafka", as far as the REST API is concerned: its part of requests and
// answers.
//
// Format  docs/kafka.md

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/control/source_kind.h"
#include "api/kafka/kafka_settings.h"
#include "api/kafka/reject_decoder.h"
#include "api/kafka/source_watch.h"
#include "core/base/result.h"
#include "core/model/column.h"

namespace millrace::kafka {

// ok if the library can use the value of a property.
// Errors  invalid, with the reason
using CheckProperty =
    std::function<Result<void>(const std::string& name, const std::string& value)>;

// The part "kafka" of a request: fields that are there change `settings`, null takes the default.
// A changed place ("startFrom", a topic) begins a new generation where `before` was one already.
KafkaSettings read_request(const control::Json& part, const KafkaSettings& settings, bool is_new,
                           const CheckProperty& check, control::Problems& problems);

// What answers say of a source: its settings and its state.
nlohmann::ordered_json render_status(const SourceStatus& status);

// Whether rows of a sink can be deleted by the keys of messages, if the settings want that.
// Errors  invalid  stream.api.badRequest: the columns do not say which row a message without
//                  a value deletes
Result<void> check_key_columns(const KafkaSettings& settings, const std::vector<Column>& columns);

// Without `rejects` they are mapped again as they were kept.
control::SourceKind kafka_source_kind(std::shared_ptr<SourceWatches> watches, CheckProperty check,
                                      std::shared_ptr<const RejectDecoders> rejects = nullptr);

}  // namespace millrace::kafka
