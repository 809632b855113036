#include "core/definitions/definition_errors.h"

#include <fmt/format.h>

#include "core/base/error_names.h"
#include "core/base/shown_text.h"
#include "core/ports/disk.h"

namespace millrace::definitions {
namespace {

constexpr std::size_t kShownCharactersMax = 200;  // of ids that clients sent

}  // namespace

Error source_not_found(const SourceId& source) {
    return Error(Code::not_found, fmt::format("Source \"{}\" not found in the branch.",
                                              shortened(source.value, kShownCharactersMax)))
        .named(error_names::kApiSourceNotFound);
}

Error already_exists(const SourceKey& key) {
    return Error(Code::conflict, fmt::format("Source \"{}\" already exists in the branch.",
                                             shortened(key.source.value, kShownCharactersMax)))
        .named(error_names::kApiSourceAlreadyExists);
}

Error was_of_another_kind(const Source& deleted, const SourceKindName& wanted) {
    return Error(
               Code::conflict,
               fmt::format("Source \"{}\" was deleted as one of type \"{}\" and cannot be created "
                           "again with type \"{}\". Use another id, or undelete it.",
                           deleted.key.source.value, deleted.kind.value, wanted.value))
        .named(error_names::kApiSourceAlreadyExists);
}

Error source_limit_reached(std::uint64_t limit) {
    return Error(Code::conflict,
                 fmt::format("Source count limit reached in the branch, the maximum is {}.", limit))
        .named(error_names::kApiSourceCountLimitReached);
}

Error sink_not_found(const SinkId& sink) {
    return Error(Code::not_found, fmt::format("Sink \"{}\" not found in the source.",
                                              shortened(sink.value, kShownCharactersMax)))
        .named(error_names::kApiSinkNotFound);
}

Error sink_broken(const SinkId& sink, std::string_view problem) {
    return Error(Code::conflict, fmt::format("Sink \"{}\" does not work any more, correct it: {}.",
                                             sink.value, problem))
        .named(error_names::kApiSinkBroken);
}

Error already_exists(const SinkKey& key) {
    return Error(Code::conflict, fmt::format("Sink \"{}/{}\" already exists in the source.",
                                             key.source.source.value, key.sink.value))
        .named(error_names::kApiSinkAlreadyExists);
}

Error sink_limit_reached(std::uint64_t limit) {
    return Error(Code::conflict,
                 fmt::format("Sink count limit reached in the source, the maximum is {}.", limit))
        .named(error_names::kApiSinkCountLimitReached);
}

Error deleted_source_not_found(const SourceId& source) {
    return Error(Code::not_found, fmt::format("Deleted source \"{}\" not found in the branch.",
                                              shortened(source.value, kShownCharactersMax)))
        .named(error_names::kApiDeletedSourceNotFound);
}

Error deleted_sink_not_found(const SinkId& sink) {
    return Error(Code::not_found, fmt::format("Deleted sink \"{}\" not found in the source.",
                                              shortened(sink.value, kShownCharactersMax)))
        .named(error_names::kApiDeletedSinkNotFound);
}

Error source_version_not_found(const SourceId& source, std::uint32_t number) {
    return Error(Code::not_found,
                 fmt::format("Source version \"{}/{:010}\" not found in the branch.", source.value,
                             number))
        .named(error_names::kApiSourceVersionNotFound);
}

Error sink_version_not_found(const SinkId& sink, std::uint32_t number) {
    return Error(Code::not_found, fmt::format("Sink version \"{}/{:010}\" not found in the source.",
                                              sink.value, number))
        .named(error_names::kApiSinkVersionNotFound);
}

Error version_limit_reached(std::string_view of, std::uint64_t limit) {
    return Error(Code::conflict,
                 fmt::format("Version count limit reached in the {}, the maximum is {}. The option "
                             "limits.versions raises it.",
                             of, limit))
        .named(error_names::kApiVersionCountLimitReached);
}

Error source_is_being_deleted(const SourceId& source) {
    return Error(Code::conflict,
                 fmt::format("Source \"{}\" is being deleted with its tables.", source.value))
        .named(error_names::kApiSourceIsBeingDeleted);
}

Error sink_disabled(const SinkId& sink) {
    return Error(Code::conflict, fmt::format("Sink \"{}\" is disabled.", sink.value));
}

Error templates_stay_busy() {
    return Error(
        Code::overloaded,
        "The templates are busy; the rejects that were not tried yet are kept, try again.");
}

Error explained(const Error& error) {
    if (error.name() != kNoSpace && error.name() != error_names::kInDiskFull) return error;
    const bool may_be_made = error.code() == Code::unknown_outcome;
    return Error(
               Code::overloaded,
               fmt::format("A disk of the service is full. Make room on it, {}send the request "
                           "again; what takes the room is in docs/operations.md (Full disks).",
                           may_be_made ? "see whether the change was made, and if not, " : "then "))
        .named(error_names::kApiDiskFull)
        .in(error.operator_text());
}

}  // namespace millrace::definitions
