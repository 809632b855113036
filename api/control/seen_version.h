#pragma once
// The version that a client has seen of what it changes: ETag of answers, If-Match of requests.
//
// A change that says which version it was made from is refused where there is another one by now,
// so that of two people who edit one sink nobody overwrites the other unknowingly.
//
// See  docs/api.md; RFC 9110 13.1.1

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/control/http_message.h"
#include "core/base/error.h"
#include "core/base/result.h"
#include "core/definitions/edit_context.h"
#include "core/definitions/effect.h"
#include "core/model/version.h"

namespace millrace::control {

// Numbers of versions, any of which is good; nothing: the client did not say, or any is.
using SeenVersions = std::optional<std::vector<std::uint32_t>>;

// `If-Match: "3"`, also without quotes, several with commas, or `*`.
// Errors  invalid
Result<SeenVersions> seen_versions(const Request& request);

// `what` is "source" or "sink".
Error version_mismatch(std::string_view what, std::string_view id, const Version& now,
                       const SeenVersions& seen);

inline std::string_view id_of(const SourceKey& key) {
    return key.source.value;
}
inline std::string_view id_of(const SinkKey& key) {
    return key.sink.value;
}

// Whether the thing is as the client has seen it.
// Errors  not_found; conflict, stream.api.versionMismatch
template <typename Key>
Result<void> check_seen(DefinitionCatalog& catalog, const Key& key, const SeenVersions& seen) {
    if (!seen) return {};
    TRY_ASSIGN(const auto thing, definitions::load(catalog, key));
    for (const auto number : *seen) {
        if (number == thing.version.number) return {};
    }
    return version_mismatch(definitions::noun(key), id_of(key), thing.version, seen);
}

// The edit, if the thing is then as the client has seen it. Edits are made one after the other, so
// none comes between the look and the edit.
template <typename Key>
definitions::Edit unless_changed(const Key& key, SeenVersions seen, definitions::Edit edit) {
    if (!seen) return edit;
    return [key, seen = std::move(seen),
            edit = std::move(edit)](definitions::EditContext& context) -> definitions::Edited {
        TRY(check_seen(context.catalog, key, seen));
        return edit(context);
    };
}

// The answer with the version that it shows.
Response with_etag(Response response, const Version& version);

}  // namespace millrace::control
