#include "api/control/api_errors.h"

#include <fmt/format.h>

#include "core/base/byte_size.h"
#include "core/base/error_names.h"

namespace millrace::control {
namespace {

constexpr std::size_t kShownMethodMax = 20;
constexpr std::size_t kShownCharactersMax = 200;  // of ids and paths that clients sent

}  // namespace

Error bad_request(std::string text) {
    return Error(Code::invalid, std::move(text)).named(kBadRequest);
}

Error endpoint_not_found(std::string_view path) {
    return Error(Code::not_found, fmt::format("No endpoint found for path \"{}\".",
                                              shortened(path, kShownCharactersMax)))
        .named(error_names::kApiEndpointNotFound);
}

Error method_not_allowed(std::string_view method, std::string_view path) {
    return Error(Code::invalid, fmt::format("Method {} is not allowed for path \"{}\".",
                                            shortened(method, kShownMethodMax),
                                            shortened(path, kShownCharactersMax)))
        .named(error_names::kApiMethodNotAllowed);
}

Error body_too_large(std::uint64_t limit_bytes) {
    return Error(Code::too_large, fmt::format("Request body is larger than the limit of {}.",
                                              format_byte_size(limit_bytes)))
        .named(error_names::kApiBodyTooLarge);
}

Error task_not_found(std::string_view task_id) {
    return Error(Code::not_found, fmt::format("Task \"{}\" not found in the project.",
                                              shortened(task_id, kShownCharactersMax)))
        .named(error_names::kApiTaskNotFound);
}

Error token_not_found(std::string_view token_id) {
    return Error(Code::not_found, fmt::format("Token \"{}\" not found in the project.",
                                              shortened(token_id, kShownCharactersMax)))
        .named(error_names::kApiTokenNotFound);
}

Error token_limit_reached(std::uint64_t limit) {
    return Error(Code::conflict,
                 fmt::format("Token count limit reached in the project, the maximum is {}.", limit))
        .named(error_names::kApiTokenCountLimitReached);
}

Error forbidden(std::string text) {
    return Error(Code::invalid, std::move(text)).named(error_names::kApiForbidden);
}

Error too_many_waiting(std::string_view remedy) {
    return Error(Code::overloaded, fmt::format("Too many requests wait already, {}.", remedy))
        .named(error_names::kApiTooManyWaiting);
}

}  // namespace millrace::control
