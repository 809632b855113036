#include "api/http/error_status.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/error_names.h"

namespace millrace::http {
namespace {

// Names whose status is not the one of their code. Ordered by name.
constexpr auto kByName = std::to_array<std::pair<std::string_view, int>>({
    {error_names::kApiDiskFull, 507},
    {error_names::kApiForbidden, 403},
    {error_names::kApiMethodNotAllowed, 405},
    {error_names::kApiRequestTimeout, 408},
    {error_names::kApiTooManyWrongTokens, 429},
    {error_names::kApiUnprocessableContent, 422},
    {error_names::kApiUnsupportedMediaType, 415},
    {error_names::kApiUriTooLong, 414},
    {error_names::kApiVersionMismatch, 412},
    {error_names::kApiVolumeFailed, 503},
    {error_names::kInAddressNotAllowed, 403},
    {error_names::kInClientCertificateRequired, 403},
    {error_names::kInDiskFull, 507},
    {error_names::kInInvalidValue, 422},
    {error_names::kInKeyReused, 422},
    {error_names::kInPathNotFound, 422},
    {error_names::kInRateLimited, 429},
    {error_names::kInShutdown, 503},
    {error_names::kInTemplateFailed, 422},
    {error_names::kInTooManyWrongSecrets, 429},
    {error_names::kInUnsupportedContentEncoding, 415},
    {error_names::kInUnsupportedMediaType, 415},
    {error_names::kInVolumeBusy, 503},
    {error_names::kInVolumeFailed, 503},
});

int status_of_code(Code code) {
    switch (code) {
        case Code::invalid:
            return 400;
        case Code::not_found:
            return 404;
        case Code::conflict:
            return 409;
        case Code::unauthorized:
            return 401;
        case Code::too_large:
            return 413;
        case Code::overloaded:
            return 503;
        case Code::unavailable:
            return 503;
        case Code::unknown_outcome:
            return 503;
        case Code::corrupt:
            return 500;
        case Code::internal:
            return 500;
    }
    return 500;
}

}  // namespace

int status_of(const Error& error) {
    const auto* const found = std::find_if(
        kByName.begin(), kByName.end(), [&](const auto& row) { return row.first == error.name(); });
    return found == kByName.end() ? status_of_code(error.code()) : found->second;
}

}  // namespace millrace::http
