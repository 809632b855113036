#pragma once
// Properties of Java's consumer that documents of Pinot set, `stream.kafka.consumer.prop.NAME` or
// `NAME` alone, and what becomes of each: what docs/pinot.md says in a table. All others that a
// Kafka source may set are taken as they are: api/kafka/property_rules.h.

#include <span>
#include <string>
#include <string_view>

#include "api/pinot/stream_keys.h"

namespace millrace::pinot {

struct ConsumerProperty {
    std::string_view name;  // "fetch.max.wait.ms"; a `*` at its end stands for any rest
    KeyFate fate = KeyFate::mapped;
    std::string_view native;     // of mapped: the name that a Kafka source knows
    std::string_view says = {};  // of the others: why, a sentence without a point
};

// In the order of the document.
std::span<const ConsumerProperty> consumer_properties();

// Null: none of these.
const ConsumerProperty* find_consumer_property(std::string_view name);

// As what a Kafka source knows it.
std::string native_name(std::string_view name);

// The rows of the table in docs/pinot.md, in Markdown.
std::string consumer_properties_table();

}  // namespace millrace::pinot
