#pragma once
// What can be wrong with a change of definitions, with the names and texts that clients see.
//
// See  docs/api.md; core/base/error_names.h

#include <cstdint>
#include <string_view>

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/model/sink.h"
#include "core/model/source.h"

namespace millrace::definitions {

Error source_not_found(const SourceId& source);
Error already_exists(const SourceKey& source);
// A source was deleted, and one of another kind shall have its id.
Error was_of_another_kind(const Source& deleted, const SourceKindName& wanted);
Error source_limit_reached(std::uint64_t limit);
Error sink_not_found(const SinkId& sink);
Error sink_broken(const SinkId& sink, std::string_view problem);
Error already_exists(const SinkKey& sink);
Error sink_limit_reached(std::uint64_t limit);
Error deleted_source_not_found(const SourceId& source);
Error deleted_sink_not_found(const SinkId& sink);
Error source_version_not_found(const SourceId& source, std::uint32_t number);
Error sink_version_not_found(const SinkId& sink, std::uint32_t number);
// `of` is "source" or "sink".
Error version_limit_reached(std::string_view of, std::uint64_t limit);
Error source_is_being_deleted(const SourceId& source);
Error sink_disabled(const SinkId& sink);
Error templates_stay_busy();

// An error as clients of the API hear it: where a disk has no room, or no more than its reserve, it
// is stream.api.diskFull, with the remedy. Any other one stays as it is.
Error explained(const Error& error);

}  // namespace millrace::definitions
