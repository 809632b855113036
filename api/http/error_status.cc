#include "api/http/error_status.h"

#include <algorithm>
#include <array>
#include <utility>

namespace millrace::http {
namespace {

// Names whose status is not the one of their code. Ordered by name.
constexpr auto kByName = std::to_array<std::pair<std::string_view, int>>({
    {"stream.api.forbidden", 403},
    {"stream.api.methodNotAllowed", 405},
    {"stream.api.requestTimeout", 408},
    {"stream.api.tooManyWrongTokens", 429},
    {"stream.api.unprocessableContent", 422},
    {"stream.api.unsupportedMediaType", 415},
    {"stream.api.uriTooLong", 414},
    {"stream.api.volumeFailed", 503},
    {"stream.in.diskFull", 507},
    {"stream.in.invalidValue", 422},
    {"stream.in.keyReused", 422},
    {"stream.in.methodNotAllowed", 405},
    {"stream.in.pathNotFound", 422},
    {"stream.in.rateLimited", 429},
    {"stream.in.requestTimeout", 408},
    {"stream.in.shutdown", 503},
    {"stream.in.templateFailed", 422},
    {"stream.in.unsupportedContentEncoding", 415},
    {"stream.in.unsupportedMediaType", 415},
    {"stream.in.volumeBusy", 503},
    {"stream.in.volumeFailed", 503},
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
