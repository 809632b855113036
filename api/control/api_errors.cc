#include "api/control/api_errors.h"

#include <fmt/format.h>

#include "core/base/byte_size.h"

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
        .named("stream.api.endpointNotFound");
}

Error method_not_allowed(std::string_view method, std::string_view path) {
    return Error(Code::invalid, fmt::format("Method {} is not allowed for path \"{}\".",
                                            shortened(method, kShownMethodMax),
                                            shortened(path, kShownCharactersMax)))
        .named("stream.api.methodNotAllowed");
}

Error body_too_large(std::uint64_t limit_bytes) {
    return Error(Code::too_large, fmt::format("Request body is larger than the limit of {}.",
                                              format_byte_size(limit_bytes)))
        .named("stream.api.bodyTooLarge");
}

Error source_not_found(const SourceId& source) {
    return Error(Code::not_found, fmt::format("Source \"{}\" not found in the branch.",
                                              shortened(source.value, kShownCharactersMax)))
        .named("stream.api.sourceNotFound");
}

Error source_already_exists(const SourceId& source) {
    return Error(Code::conflict, fmt::format("Source \"{}\" already exists in the branch.",
                                             shortened(source.value, kShownCharactersMax)))
        .named("stream.api.sourceAlreadyExists");
}

Error source_limit_reached(std::uint64_t limit) {
    return Error(Code::conflict,
                 fmt::format("Source count limit reached in the branch, the maximum is {}.", limit))
        .named("stream.api.sourceCountLimitReached");
}

Error sink_not_found(const SinkId& sink) {
    return Error(Code::not_found, fmt::format("Sink \"{}\" not found in the source.",
                                              shortened(sink.value, kShownCharactersMax)))
        .named("stream.api.sinkNotFound");
}

Error sink_broken(const SinkId& sink, std::string_view problem) {
    return Error(Code::conflict, fmt::format("Sink \"{}\" does not work any more, correct it: {}.",
                                             sink.value, problem))
        .named("stream.api.sinkBroken");
}

Error sink_already_exists(const SinkId& sink) {
    return Error(Code::conflict,
                 fmt::format("Sink \"{}\" already exists in the source.", sink.value))
        .named("stream.api.sinkAlreadyExists");
}

Error sink_limit_reached(std::uint64_t limit) {
    return Error(Code::conflict,
                 fmt::format("Sink count limit reached in the source, the maximum is {}.", limit))
        .named("stream.api.sinkCountLimitReached");
}

Error deleted_source_not_found(const SourceId& source) {
    return Error(Code::not_found, fmt::format("Deleted source \"{}\" not found in the branch.",
                                              shortened(source.value, kShownCharactersMax)))
        .named("stream.api.deletedSourceNotFound");
}

Error deleted_sink_not_found(const SinkId& sink) {
    return Error(Code::not_found, fmt::format("Deleted sink \"{}\" not found in the source.",
                                              shortened(sink.value, kShownCharactersMax)))
        .named("stream.api.deletedSinkNotFound");
}

Error source_version_not_found(const SourceId& source, std::uint32_t number) {
    return Error(Code::not_found,
                 fmt::format("Source version \"{}/{:010}\" not found in the branch.", source.value,
                             number))
        .named("stream.api.sourceVersionNotFound");
}

Error sink_version_not_found(const SinkId& sink, std::uint32_t number) {
    return Error(Code::not_found, fmt::format("Sink version \"{}/{:010}\" not found in the source.",
                                              sink.value, number))
        .named("stream.api.sinkVersionNotFound");
}

Error version_limit_reached(std::string_view of, std::uint64_t limit) {
    return Error(
               Code::conflict,
               fmt::format("Version count limit reached in the {}, the maximum is {}.", of, limit))
        .named("stream.api.versionCountLimitReached");
}

Error source_is_being_deleted(const SourceId& source) {
    return Error(Code::conflict,
                 fmt::format("Source \"{}\" is being deleted with its tables.", source.value))
        .named("stream.api.sourceIsBeingDeleted");
}

Error task_not_found(std::string_view task_id) {
    return Error(Code::not_found, fmt::format("Task \"{}\" not found in the project.",
                                              shortened(task_id, kShownCharactersMax)))
        .named("stream.api.taskNotFound");
}

Error token_not_found(std::string_view token_id) {
    return Error(Code::not_found, fmt::format("Token \"{}\" not found in the project.",
                                              shortened(token_id, kShownCharactersMax)))
        .named("stream.api.tokenNotFound");
}

Error token_limit_reached(std::uint64_t limit) {
    return Error(Code::conflict,
                 fmt::format("Token count limit reached in the project, the maximum is {}.", limit))
        .named("stream.api.tokenCountLimitReached");
}

Error forbidden(std::string text) {
    return Error(Code::invalid, std::move(text)).named("stream.api.forbidden");
}

Error too_many_waiting(std::string_view remedy) {
    return Error(Code::overloaded, fmt::format("Too many requests wait already, {}.", remedy))
        .named("stream.api.tooManyWaiting");
}

Error too_many_wrong_tokens() {
    return Error(Code::overloaded, "Too many wrong access tokens from this address.")
        .named("stream.api.tooManyWrongTokens");
}

bool is_for_client(const Error& error) {
    switch (error.code()) {
        case Code::invalid:
        case Code::not_found:
        case Code::conflict:
        case Code::unauthorized:
        case Code::too_large:
        case Code::overloaded:
            return true;
        case Code::unavailable:
        case Code::unknown_outcome:
        case Code::corrupt:
        case Code::internal:
            return false;
    }
    return false;
}

}  // namespace millrace::control
