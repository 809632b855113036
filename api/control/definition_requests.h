#pragma once
// The bodies of requests that create and change sources and sinks, checked completely.
//
// Errors  invalid, with all problems at once; the names and texts are in docs/api.md

#include <string_view>

#include "api/control/source_kind.h"
#include "core/base/result.h"
#include "core/definitions/sink_edits.h"
#include "core/definitions/source_edits.h"
#include "core/mapping/source_mapper.h"
#include "core/model/definition_limits.h"

namespace millrace::control {

// `branch` gives the project and branch of the new key; its source is ignored.
Result<definitions::NewSource> parse_new_source(std::string_view body, const SourceKey& branch,
                                                const DefinitionLimits& definitions,
                                                std::span<const SourceKind> kinds);

// Also compiles the mapping, so that an unusable path is refused here and not later. A preset says
// which signals a sink of OpenTelemetry takes, unless the body does. `source` is where it is made,
// null if that cannot be loaded.
Result<definitions::NewSink> parse_new_sink(std::string_view body, const SourceKey& key,
                                            mapping::MappingLimits limits,
                                            const DefinitionLimits& definitions,
                                            const Source* source);

// Errors  invalid: only sinks of OTLP sources choose signals
Result<void> check_signals(const std::vector<Signal>& signals, const Source& source);

// `type` may be said, and must be that of a kind. `source` is what is to be updated, null if it
// cannot be loaded: its kind says what the body may have besides.
Result<definitions::SourceUpdate> parse_source_update(std::string_view body,
                                                      const DefinitionLimits& definitions,
                                                      std::span<const SourceKind> kinds,
                                                      const Source* source);

// Also compiles the mapping, when there is one.
Result<definitions::SinkUpdate> parse_sink_update(std::string_view body,
                                                  mapping::MappingLimits limits,
                                                  const DefinitionLimits& definitions);

// How long the old secret stays valid, 0 unless the body says `overlap`; the body may be empty.
Result<Milliseconds> parse_rotation(std::string_view body);

}  // namespace millrace::control
