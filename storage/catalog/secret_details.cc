#include "storage/catalog/secret_details.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "storage/catalog/sealing.h"

namespace millrace::catalog {

Result<std::string> change_secrets(const std::string& details, const SourceKey& source,
                                   const ChangeSecret& change) {
    constexpr const char* kSecrets = "secrets";
    if (details.find(kSecrets) == std::string::npos) return details;
    auto json = nlohmann::ordered_json::parse(details, nullptr, false);
    if (!json.is_object()) {
        return Error(Code::corrupt,
                     fmt::format("the details of the source {}", source.source.value));
    }
    const auto secrets = json.find(kSecrets);
    if (secrets == json.end() || !secrets->is_object()) return details;
    for (auto& [name, value] : secrets->items()) {
        if (!value.is_string()) continue;
        TRY_ASSIGN(value,
                   change(detail_purpose(source, name), value.get_ref<const std::string&>()));
    }
    return json.dump();
}

Result<std::string> seal_details(const std::string& details, const SourceKey& source,
                                 const SecretStore& secrets) {
    return change_secrets(
        details, source,
        [&](std::string_view purpose, const std::string& text) -> Result<std::string> {
            return secrets.seal(purpose, Secret(text));
        });
}

Result<std::string> open_details(const std::string& details, const SourceKey& source,
                                 const SecretStore& secrets) {
    return change_secrets(
        details, source,
        [&](std::string_view purpose, const std::string& sealed) -> Result<std::string> {
            TRY_ASSIGN(const auto secret, secrets.open(purpose, sealed));
            return secret.expose();
        });
}

}  // namespace millrace::catalog
