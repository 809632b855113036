#pragma once
// The secrets among the details of a source: the member "secrets" of Source::details, whatever its
// kind keeps there: keys of signatures, passwords of brokers.
//
// The catalog seals it; versions and their hashes have none of it; a source that goes back to a
// version keeps those it has. Answers of the REST API never show it.

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// The member as JSON text; nothing if there is none.
std::optional<std::string> detail_secrets(std::string_view details);

std::string without_detail_secrets(std::string_view details);

// `secrets` is JSON text, as detail_secrets() returns it; nothing: the member is taken out.
std::string with_detail_secrets(std::string_view details,
                                const std::optional<std::string>& secrets);

}  // namespace millrace
