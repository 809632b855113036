#include "api/kafka/reject_decoder.h"

#include <utility>

#include "core/base/error_names.h"
#include "core/mapping/message_key.h"

namespace millrace::kafka {
namespace {

using definitions::RetriedRecord;

constexpr std::string_view kJson = "application/json";

Error dropped() {
    return Error(Code::invalid, "a filter of the source drops the record")
        .named(error_names::kInInvalidMessage);
}

// Of a source whose rejects cannot be read.
class Unreadable final : public definitions::RejectReader {
public:
    explicit Unreadable(Error why) : why_(std::move(why)) {}

    Result<std::optional<std::vector<RetriedRecord>>> read(const Reject&) override { return why_; }

private:
    const Error why_;
};

}  // namespace

RejectDecoder::RejectDecoder(KafkaSettings settings, const Ports& ports)
    : settings_(std::move(settings)),
      schemas_(needs_registry(settings_)
                   ? std::make_optional<MessageSchemas>(
                         ports.clock, ports.registries.open(registry_of(settings_, nullptr)))
                   : std::nullopt),
      decoder_(settings_, schemas_ ? &*schemas_ : nullptr) {}

Result<std::shared_ptr<RejectDecoder>> RejectDecoder::make(const Source& source,
                                                           const Ports& ports) {
    TRY_ASSIGN(auto settings, parse_details(source.details));
    const std::shared_ptr<RejectDecoder> made(new RejectDecoder(std::move(settings), ports));
    const auto now = ports.clock.wall();
    const auto& in_force = made->settings_;
    if (!in_force.drop_where.expression.empty()) {
        TRY_ASSIGN(made->filter_, RecordFilter::make(in_force.drop_where, ports.expressions, now));
    }
    if (!in_force.delete_where.expression.empty()) {
        TRY_ASSIGN(made->deletes_,
                   RecordFilter::make(in_force.delete_where, ports.expressions, now));
    }
    return made;
}

Result<std::optional<RejectDecoder::Records>> RejectDecoder::read(const Reject& reject) {
    TRY_ASSIGN(auto origin, mapping::Origin::parse(reject.origin));
    Record record;
    origin.show_to(record);
    if (record.message == nullptr) return std::optional<Records>();
    if (record.message->is_tombstone) return read_tombstone(reject, *record.message);
    if (reject.content_type == kUndecoded) {
        TRY_ASSIGN(auto decoded, decode(reject, *record.message));
        return std::optional(std::move(decoded));
    }
    TRY(decoder_.check(reject.body));
    TRY_ASSIGN(const bool is_delete, deletes(reject.body));
    if (!is_delete) return std::optional<Records>();
    return std::optional(
        Records{{.body = reject.body, .content_type = reject.content_type, .deletes = true}});
}

// As columns see it: the reject has it so, unless it could not be decoded.
Result<std::optional<std::string>> RejectDecoder::key_of(const Reject& reject,
                                                         const TopicMessage& message) {
    if (!message.key) return std::optional<std::string>();
    if (reject.content_type != kUndecoded) return std::optional(std::string(*message.key));
    TRY_ASSIGN(const auto decoded, decoder_.decode_key(*message.key));
    return std::optional(std::string(decoded));
}

Result<std::optional<RejectDecoder::Records>> RejectDecoder::read_tombstone(
    const Reject& reject, const TopicMessage& message) {
    const bool deletes = settings_.on_null == OnNull::erase;
    if (!deletes && reject.content_type != kUndecoded) return std::optional<Records>();
    TRY_ASSIGN(auto key, key_of(reject, message));
    auto body = deletes && key ? mapping::key_as_json(*key, key_check_) : std::string("null");
    return std::optional(Records{{.body = std::move(body),
                                  .content_type = std::string(kJson),
                                  .deletes = deletes,
                                  .message_key = std::move(key)}});
}

Result<RejectDecoder::Records> RejectDecoder::decode(const Reject& reject,
                                                     const TopicMessage& message) {
    TRY_ASSIGN(const auto key, key_of(reject, message));
    TRY(decoder_.begin(reject.body));
    Records records;
    while (true) {
        TRY_ASSIGN(const bool has_record, decoder_.next());
        if (!has_record) break;
        const auto text = decoder_.record();
        const auto drops = filter_ ? filter_->is_true_of(text) : Result<bool>(false);
        TRY(drops);
        if (drops.value()) return dropped();
        TRY_ASSIGN(const bool is_delete, deletes(text));
        records.push_back({.body = std::string(text),
                           .content_type = std::string(decoder_.content_type()),
                           .deletes = is_delete,
                           .message_key = key});
    }
    if (records.empty()) {
        return Error(Code::invalid, "the message has no record")
            .named(error_names::kInInvalidMessage);
    }
    return records;
}

Result<bool> RejectDecoder::deletes(std::string_view record) {
    return deletes_ ? deletes_->is_true_of(record) : Result<bool>(false);
}

std::shared_ptr<definitions::RejectReader> RejectDecoders::of(const Source& source) const {
    const auto ports = [&] {
        const std::lock_guard lock(mutex_);
        return ports_;
    }();
    if (!ports) {
        return std::make_shared<Unreadable>(
            Error(Code::unavailable, "the sources of Kafka are not open yet"));
    }
    auto made = RejectDecoder::make(source, *ports);
    if (made.ok()) return made.value();
    return std::make_shared<Unreadable>(std::move(made).error());
}

}  // namespace millrace::kafka
