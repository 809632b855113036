#pragma once
// Which properties of librdkafka and of the registry a source may set: what Pinot's
// `consumer.prop.*` may be as well.
//
// An allow-list. What names a file, loads code, calls back, or decides where reading goes on is not
// in it: certificates are given as PEM text, and positions are Millrace's.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millrace::kafka {

// Of the schema registry, not of librdkafka: "user:password", and PEM texts of authorities.
inline constexpr std::string_view kRegistryUserInfo = "schema.registry.basic.auth.user.info";
inline constexpr std::string_view kRegistryCaPem = "schema.registry.ssl.ca.pem";

struct PropertyRule {
    std::string_view name;
    bool is_secret = false;       // kept sealed, and never shown
    bool is_of_registry = false;  // the brokers' client does not know it
};

// All of them, by name.
std::span<const PropertyRule> property_rules();

// Null: it may not be set; see why_refused().
const PropertyRule* find_property(std::string_view name);

// Why a property that may not be set is refused, as the end of a sentence, with the remedy.
std::string why_refused(std::string_view name);

}  // namespace millrace::kafka
