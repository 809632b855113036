#pragma once
// The secrets in Source::details: the texts of its member "secrets", an object. They are sealed
// wherever the catalog keeps details, each under a purpose of its own.

#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/model/source.h"
#include "core/ports/secret_store.h"

namespace millrace::catalog {

using ChangeSecret =
    std::function<Result<std::string>(std::string_view purpose, const std::string& text)>;

// The details with each secret changed. Errors  those of `change`; corrupt: no JSON
Result<std::string> change_secrets(const std::string& details, const SourceKey& source,
                                   const ChangeSecret& change);

// Errors  corrupt: the details are no JSON
Result<std::string> seal_details(const std::string& details, const SourceKey& source,
                                 const SecretStore& secrets);

// Errors  those of SecretStore::open(); corrupt: no JSON
Result<std::string> open_details(const std::string& details, const SourceKey& source,
                                 const SecretStore& secrets);

}  // namespace millrace::catalog
