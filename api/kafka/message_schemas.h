#pragma once
// MessageSchemas: the schemas of messages, by what the messages say of them: asked of the registry
// once each, and kept.
//
// What the registry does not have is asked again after a while, as a schema may be registered after
// a message. What it has stays as it is: registries never change a schema.
//
// Thread  one.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "api/kafka/kafka_settings.h"
#include "core/base/result.h"
#include "core/bulk/avro_tree.h"
#include "core/ports/clock.h"
#include "core/ports/schema_registry.h"

namespace millrace::kafka {

class MessageSchemas {
public:
    // How long it is believed that there is no such schema.
    static constexpr Milliseconds kMissingFor{10'000};
    static constexpr std::size_t kSchemasMax = 1'000;

    MessageSchemas(Clock& clock, std::unique_ptr<SchemaRegistry> registry)
        : clock_(clock), registry_(std::move(registry)) {}

    // The schema with the number that is in front of a message, as Confluent counts them. It is
    // valid until the next call.
    // Errors  invalid      there is none, or it is no Avro
    //         unavailable  it cannot be told now
    Result<const bulk::AvroTree*> of_id(std::uint32_t id);

    // The same of the digest that LinkedIn's old registry knows them by, in hex.
    Result<const bulk::AvroTree*> of_digest(const std::string& hex);

private:
    struct Missing {
        Error error;
        std::optional<SteadyTime> until;  // nothing: for good
    };
    using Entry = std::variant<bulk::AvroTree, Missing>;

    template <typename Ask>
    Result<const bulk::AvroTree*> find(const std::string& key, Ask ask);
    Result<bulk::AvroTree> ask_id(std::uint32_t id);

    Clock& clock_;
    const std::unique_ptr<SchemaRegistry> registry_;
    std::map<std::string, Entry> known_;
};

// Where the schemas of these settings come from; `is_stopped` ends a question.
SchemaRegistrySettings registry_of(const KafkaSettings& settings, std::function<bool()> is_stopped);

}  // namespace millrace::kafka
