#include "api/kafka/property_rules.h"

#include <algorithm>
#include <array>

namespace millrace::kafka {
namespace {

constexpr std::array kRules = std::to_array<PropertyRule>({
    {.name = "broker.address.family"},
    {.name = "broker.address.ttl"},
    {.name = "check.crcs"},
    {.name = "client.id"},
    {.name = "client.rack"},
    {.name = "connections.max.idle.ms"},
    {.name = "fetch.error.backoff.ms"},
    {.name = "fetch.max.bytes"},
    {.name = "fetch.message.max.bytes"},
    {.name = "fetch.min.bytes"},
    {.name = "fetch.wait.max.ms"},
    {.name = "isolation.level"},
    {.name = "max.in.flight.requests.per.connection"},
    {.name = "max.partition.fetch.bytes"},
    {.name = "message.max.bytes"},
    {.name = "metadata.max.age.ms"},
    {.name = "queued.max.messages.kbytes"},
    {.name = "queued.min.messages"},
    {.name = "receive.message.max.bytes"},
    {.name = "reconnect.backoff.max.ms"},
    {.name = "reconnect.backoff.ms"},
    {.name = "sasl.mechanism"},
    {.name = "sasl.mechanisms"},
    {.name = "sasl.oauthbearer.client.id"},
    {.name = "sasl.oauthbearer.client.secret", .is_secret = true},
    {.name = "sasl.oauthbearer.extensions"},
    {.name = "sasl.oauthbearer.method"},
    {.name = "sasl.oauthbearer.scope"},
    {.name = "sasl.oauthbearer.token.endpoint.url"},
    {.name = "sasl.password", .is_secret = true},
    {.name = "sasl.username"},
    {.name = kRegistryUserInfo, .is_secret = true, .is_of_registry = true},
    {.name = kRegistryCaPem, .is_of_registry = true},
    {.name = "security.protocol"},
    {.name = "socket.connection.setup.timeout.ms"},
    {.name = "socket.keepalive.enable"},
    {.name = "socket.max.fails"},
    {.name = "socket.nagle.disable"},
    {.name = "socket.receive.buffer.bytes"},
    {.name = "socket.send.buffer.bytes"},
    {.name = "socket.timeout.ms"},
    {.name = "ssl.ca.pem"},
    {.name = "ssl.certificate.pem"},
    {.name = "ssl.cipher.suites"},
    {.name = "ssl.curves.list"},
    {.name = "ssl.endpoint.identification.algorithm"},
    {.name = "ssl.key.password", .is_secret = true},
    {.name = "ssl.key.pem", .is_secret = true},
    {.name = "ssl.sigalgs.list"},
    {.name = "topic.metadata.refresh.fast.interval.ms"},
    {.name = "topic.metadata.refresh.interval.ms"},
});

struct Refusal {
    std::string_view name;
    std::string_view reason;
};

constexpr std::array kRefusals = std::to_array<Refusal>({
    {"bootstrap.servers", "is the field \"brokers\""},
    {"metadata.broker.list", "is the field \"brokers\""},
    {"group.id", "is the field \"group\""},
    {"auto.offset.reset", "is decided by the fields \"startFrom\" and \"onOutOfRange\""},
    {"enable.auto.commit",
     "is Millrace's own: positions are stored with the rows; see \"commitOffsets\""},
    {"enable.auto.offset.store", "is Millrace's own: positions are stored with the rows"},
    {"auto.commit.interval.ms", "is Millrace's own: positions are stored with the rows"},
    {"offset.store.method", "is Millrace's own: positions are stored with the rows"},
    {"enable.partition.eof", "is Millrace's own"},
    {"allow.auto.create.topics", "is decided by the field \"onUnknownTopic\""},
    {"partition.assignment.strategy", "has no meaning: all partitions are read by this source"},
    {"group.instance.id", "has no meaning: all partitions are read by this source"},
    {"ssl.ca.location", "names a file: give the certificates as PEM text in \"ssl.ca.pem\""},
    {"ssl.certificate.location",
     "names a file: give the certificate as PEM text in \"ssl.certificate.pem\""},
    {"ssl.key.location", "names a file: give the key as PEM text in \"ssl.key.pem\""},
    {"ssl.keystore.location",
     "names a file: give PEM texts in \"ssl.certificate.pem\" and \"ssl.key.pem\""},
    {"ssl.crl.location", "names a file"},
    {"ssl.engine.location", "loads code"},
    {"plugin.library.paths", "loads code"},
    {"enable.ssl.certificate.verification",
     "would let anybody read and write the messages: give the authority's certificate in "
     "\"ssl.ca.pem\""},
    {"sasl.kerberos.kinit.cmd", "runs a command"},
    {"sasl.kerberos.keytab", "names a file"},
    {"schema.registry.url", "is the field \"registryUrl\""},
    {"schema.registry.ssl.truststore.location",
     "names a file: give the certificates as PEM text in \"schema.registry.ssl.ca.pem\""},
    {"schema.registry.ssl.keystore.location",
     "names a file, and certificates of clients are not available for registries"},
});

}  // namespace

std::span<const PropertyRule> property_rules() {
    return kRules;
}

const PropertyRule* find_property(std::string_view name) {
    const auto* const found = std::ranges::find(kRules, name, &PropertyRule::name);
    return found == kRules.end() ? nullptr : found;
}

std::string why_refused(std::string_view name) {
    const auto* const found = std::ranges::find(kRefusals, name, &Refusal::name);
    if (found != kRefusals.end()) return std::string(found->reason);
    return "is not a property that a source may set; docs/kafka.md has the list";
}

}  // namespace millrace::kafka
