#include "core/model/detail_secrets.h"

#include <nlohmann/json.hpp>

namespace millrace {
namespace {

using Json = nlohmann::json;

constexpr const char* kMember = "secrets";

// Most details have none, and need not be read.
bool may_have(std::string_view details) {
    return details.find(kMember) != std::string_view::npos;
}

}  // namespace

std::optional<std::string> detail_secrets(std::string_view details) {
    if (!may_have(details)) return {};
    const auto json = Json::parse(details, nullptr, false);
    if (!json.is_object() || !json.contains(kMember)) return {};
    return json.at(kMember).dump();
}

std::string without_detail_secrets(std::string_view details) {
    return with_detail_secrets(details, std::nullopt);
}

std::string with_detail_secrets(std::string_view details,
                                const std::optional<std::string>& secrets) {
    if (!secrets && !may_have(details)) return std::string(details);
    auto json = Json::parse(details, nullptr, false);
    if (!json.is_object()) return std::string(details);
    json.erase(kMember);
    if (secrets) json[kMember] = Json::parse(*secrets, nullptr, false);
    return json.dump();
}

}  // namespace millrace
