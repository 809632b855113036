#pragma once
// The numbered versions of definitions and the hash of what they configure.

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/definitions/definition_errors.h"
#include "core/definitions/edit_context.h"
#include "core/model/definition_limits.h"
#include "core/model/sink.h"
#include "core/model/source.h"
#include "core/model/version.h"

namespace millrace::definitions {

// 16 hex digits; equal configuration has an equal hash. Names, settings, table and columns count;
// ids, secrets, versions and whether the thing is disabled or deleted do not.
std::string configuration_hash(const Source& source);
std::string configuration_hash(const Sink& sink);

// ok while the thing may have a version more.
// Errors  conflict  stream.api.versionCountLimitReached
template <typename Definition>
Result<void> check_version_left(const Definition& thing, const DefinitionLimits& limits) {
    if (thing.version.number < limits.versions) return {};
    return version_limit_reached(noun(thing.key), limits.versions);
}

// The version after `thing.version`, of its present configuration.
// Errors  conflict: see above
template <typename Definition>
Result<Version> next_version(const Definition& thing, std::string_view description,
                             const Stamp& stamp, const DefinitionLimits& limits) {
    TRY(check_version_left(thing, limits));
    return Version{.number = thing.version.number + 1,
                   .hash = configuration_hash(thing),
                   .description = std::string(description),
                   .stamp = stamp};
}

// The same for edits that change no configuration, such as disabling and undeleting: they are never
// refused, so where no version is left the thing keeps the one it has.
template <typename Definition>
Version next_version_if_left(const Definition& thing, std::string_view description,
                             const Stamp& stamp, const DefinitionLimits& limits) {
    auto next = next_version(thing, description, stamp, limits);
    return next.ok() ? std::move(next).value() : thing.version;
}

}  // namespace millrace::definitions
