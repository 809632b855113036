#include "storage/catalog/sealed_details.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "core/model/detail_secrets.h"

namespace millrace::catalog {

std::string details_purpose(const SourceKey& source) {
    return fmt::format("source/{}/{}/{}/details", source.project.value, source.branch.value,
                       source.source.value);
}

std::string seal_details(const SourceKey& source, const std::string& details,
                         const SecretStore& secrets) {
    auto text = detail_secrets(details);
    if (!text) return details;
    return with_sealed_text(details,
                            secrets.seal(details_purpose(source), Secret(std::move(*text))));
}

Result<std::string> open_details(const SourceKey& source, const std::string& details,
                                 const SecretStore& secrets) {
    const auto sealed = sealed_text(details);
    if (!sealed) return details;
    TRY_ASSIGN(const auto text, secrets.open(details_purpose(source), *sealed));
    return with_detail_secrets(details, text.expose());
}

std::optional<std::string> sealed_text(const std::string& details) {
    const auto member = detail_secrets(details);
    if (!member) return {};
    const auto json = nlohmann::json::parse(*member, nullptr, false);
    if (!json.is_string()) return {};
    return json.get<std::string>();
}

std::string with_sealed_text(const std::string& details, const std::string& sealed) {
    return with_detail_secrets(details, nlohmann::json(sealed).dump());
}

}  // namespace millrace::catalog
