#include "core/mapping/origin.h"

#include <cstdint>
#include <nlohmann/json.hpp>

namespace millrace::mapping {
namespace {

using Json = nlohmann::json;

Json to_json(const TopicMessage& message) {
    Json json = {{"topic", message.topic},
                 {"partition", message.partition},
                 {"epoch", message.epoch},
                 {"offset", message.offset}};
    if (message.timestamp) json["timestamp"] = message.timestamp->unix_ms;
    if (message.key) json["key"] = *message.key;
    if (message.is_tombstone) json["tombstone"] = true;
    for (const auto& header : message.headers) {
        json["headers"].push_back(Json::array({header.name, header.value}));
    }
    return json;
}

}  // namespace

std::string print_origin(const Record& record) {
    auto json = record.message == nullptr ? Json::object() : to_json(*record.message);
    if (!record.query.empty()) json["query"] = record.query;
    if (!record.event_id.empty()) json["eventId"] = record.event_id;
    if (record.client_certificate != nullptr) {
        json["clientCertificate"] = *record.client_certificate;
    }
    if (json.empty()) return {};
    std::string text;
    Json::to_cbor(json, nlohmann::detail::output_adapter<char>(text));
    return text;
}

Result<Origin> Origin::parse(std::string_view text) {
    Origin origin;
    if (text.empty()) return origin;
    const auto json = Json::from_cbor(text.begin(), text.end(), true, false);
    if (!json.is_object()) return Error(Code::corrupt, "the origin of a reject");
    try {
        origin.query_ = json.value("query", "");
        origin.event_id_ = json.value("eventId", "");
        if (json.contains("clientCertificate")) {
            origin.client_certificate_ = json.at("clientCertificate").get<std::string>();
        }
        origin.is_message_ = json.contains("topic");
        if (!origin.is_message_) return origin;
        origin.topic_ = json.at("topic");
        origin.message_.partition = json.at("partition");
        origin.message_.epoch = json.at("epoch");
        origin.message_.offset = json.at("offset");
        if (json.contains("timestamp")) {
            origin.message_.timestamp = WallTime{json.at("timestamp").get<std::int64_t>()};
        }
        origin.message_.is_tombstone = json.value("tombstone", false);
        if (json.contains("key")) origin.key_ = json.at("key").get<std::string>();
        for (const auto& header : json.value("headers", Json::array())) {
            origin.headers_.emplace_back(header.at(0), header.at(1));
        }
        return origin;
    } catch (const Json::exception&) {
        return Error(Code::corrupt, "the origin of a reject");
    }
}

void Origin::show_to(Record& record) {
    record.query = query_;
    record.event_id = event_id_;
    if (client_certificate_) {
        certificate_view_ = *client_certificate_;
        record.client_certificate = &certificate_view_;
    }
    if (!is_message_) return;
    header_views_.clear();
    for (const auto& [name, value] : headers_) {
        header_views_.push_back({.name = name, .value = value});
    }
    message_.topic = topic_;
    message_.key = key_ ? std::optional<std::string_view>(*key_) : std::nullopt;
    message_.headers = header_views_;
    record.message = &message_;
}

}  // namespace millrace::mapping
