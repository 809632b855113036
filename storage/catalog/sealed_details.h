#pragma once
// How the catalog keeps the secrets among the details of a source (core/model/detail_secrets.h): in
// the column they are one sealed text.
//
// See  docs/formats/secrets.md

#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/model/source.h"
#include "core/ports/secret_store.h"

namespace millrace::catalog {

std::string details_purpose(const SourceKey& source);

// Details as they are in memory -> as they are in the column.
std::string seal_details(const SourceKey& source, const std::string& details,
                         const SecretStore& secrets);

// The inverse.
// Errors  those of SecretStore::open()
Result<std::string> open_details(const SourceKey& source, const std::string& details,
                                 const SecretStore& secrets);

// The sealed text in the column, if there is one.
std::optional<std::string> sealed_text(const std::string& details);

// The column with another one in its place.
std::string with_sealed_text(const std::string& details, const std::string& sealed);

}  // namespace millrace::catalog
