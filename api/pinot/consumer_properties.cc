#include "api/pinot/consumer_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace millrace::pinot {
namespace {

using enum KeyFate;

constexpr std::string_view kAssigned = "all partitions are read by this service";
constexpr std::string_view kPositions = "positions are stored with the rows";
constexpr std::string_view kStore =
    "it names a file: give PEM texts in ssl.truststore.certificates, "
    "ssl.keystore.certificate.chain "
    "and ssl.keystore.key";
constexpr std::string_view kClass = "it loads code";

constexpr std::array kProperties = std::to_array<ConsumerProperty>({
    {"sasl.mechanism", mapped, "sasl.mechanisms"},
    {"fetch.max.wait.ms", mapped, "fetch.wait.max.ms"},
    {"receive.buffer.bytes", mapped, "socket.receive.buffer.bytes"},
    {"send.buffer.bytes", mapped, "socket.send.buffer.bytes"},
    {"request.timeout.ms", mapped, "socket.timeout.ms"},
    {"ssl.truststore.certificates", mapped, "ssl.ca.pem"},
    {"ssl.keystore.certificate.chain", mapped, "ssl.certificate.pem"},
    {"ssl.keystore.key", mapped, "ssl.key.pem"},
    {"group.id", no_effect, "", kAssigned},
    {"group.instance.id", no_effect, "", kAssigned},
    {"partition.assignment.strategy", no_effect, "", kAssigned},
    {"session.timeout.ms", no_effect, "", kAssigned},
    {"heartbeat.interval.ms", no_effect, "", kAssigned},
    {"max.poll.records", no_effect, "", "messages are taken as they come"},
    {"max.poll.interval.ms", no_effect, "", "messages are taken as they come"},
    {"enable.auto.commit", no_effect, "", kPositions},
    {"auto.commit.interval.ms", no_effect, "", kPositions},
    {"key.deserializer", no_effect, "", "the decoder reads messages"},
    {"value.deserializer", no_effect, "", "the decoder reads messages"},
    {"default.api.timeout.ms", no_effect, "", "what has no answer is asked again"},
    {"retry.backoff.ms", no_effect, "", "what has no answer is asked again"},
    {"allow.auto.create.topics", no_effect, "", "a topic that is not there is waited for"},
    {"exclude.internal.topics", no_effect, "", "there is one topic"},
    {"client.dns.lookup", no_effect, "", "all addresses of a name are tried"},
    {"metric.reporters", no_effect, "", "there are metrics of the service"},
    {"metrics.*", no_effect, "", "there are metrics of the service"},
    {"ssl.truststore.type", refused, "", kStore},
    {"ssl.truststore.location", refused, "", kStore},
    {"ssl.truststore.password", refused, "", kStore},
    {"ssl.keystore.type", refused, "", kStore},
    {"ssl.keystore.location", refused, "", kStore},
    {"ssl.keystore.password", refused, "", kStore},
    {"interceptor.classes", refused, "", kClass},
    {"ssl.engine.factory.class", refused, "", kClass},
    {"sasl.login.*", refused, "", kClass},
    {"sasl.client.callback.handler.class", refused, "", kClass},
    {"sasl.kerberos.*", refused, "", "Kerberos is not available"},
});

}  // namespace

std::span<const ConsumerProperty> consumer_properties() {
    return kProperties;
}

const ConsumerProperty* find_consumer_property(std::string_view name) {
    const auto* const found = std::ranges::find_if(kProperties, [&](const auto& property) {
        if (!property.name.ends_with('*')) return name == property.name;
        return name.starts_with(property.name.substr(0, property.name.size() - 1));
    });
    return found == kProperties.end() ? nullptr : found;
}

std::string native_name(std::string_view name) {
    const auto* const known = find_consumer_property(name);
    return std::string(known != nullptr && known->fate == mapped ? known->native : name);
}

std::string consumer_properties_table() {
    std::string text = "| property | here | |\n|---|---|---|\n";
    for (const auto& property : kProperties) {
        text += property.fate == mapped
                    ? fmt::format("| `{}` | mapped | `{}` |\n", property.name, property.native)
                    : fmt::format("| `{}` | {} | {} |\n", property.name, to_string(property.fate),
                                  property.says);
    }
    return text;
}

}  // namespace millrace::pinot
