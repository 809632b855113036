#pragma once
// The edits of sources: each checks again what the request checked, saves, and says what follows.
//
// Thread  the strand of all changes.
// Errors  not_found, conflict; those of the catalog, and then nothing was changed

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "core/definitions/edit_context.h"
#include "core/definitions/effect.h"
#include "core/model/version.h"

namespace millrace::definitions {

inline constexpr std::size_t kSecretLength = 48;  // characters of the secret of a source

struct NewSource {
    SourceKey key;
    SourceKindName kind;
    std::string details;
    std::string name;
    std::string description;
};

// What a PATCH of a source changes; what is absent stays.
struct SourceUpdate {
    std::optional<std::string> type;                // must be what it is
    std::optional<std::string> change_description;  // of the new version
    std::optional<std::string> name;
    std::optional<std::string> description;
    // The details of its kind before -> after; empty: they stay.
    std::function<Result<std::string>(const std::string& before)> details = nullptr;
};

// The deleted source that had the key before, if any.
// Errors  conflict: it is there and not deleted, it was of another kind, or there may not be one
//         more
Result<std::optional<Source>> check_can_create(const EditContext& context, const NewSource& source);

// A deleted source of that id and kind lives again: same `created`, next version, new secret, no
// sinks.
Edited create(EditContext& context, const NewSource& source, const Stamp& stamp);

// Always makes a version, also where nothing changes.
Edited update(EditContext& context, const SourceKey& key, const SourceUpdate& update,
              const Stamp& stamp);

// Its sinks are deleted with it.
Edited remove(EditContext& context, const SourceKey& key, const Stamp& stamp);

// Its sinks are disabled and enabled with it.
Edited disable(EditContext& context, const SourceKey& key, const Stamp& stamp);
Edited enable(EditContext& context, const SourceKey& key, const Stamp& stamp);

// Every sink whose settings in force change gets a new mapping version.
Edited patch_settings(EditContext& context, const SourceKey& key, const SettingsPatch& patch,
                      const Stamp& stamp);

// The old secret opens the source for `overlap` more, counted from the stamp; without an overlap it
// is of no use once every loop serves the new one. Secrets before the old one are of no use in any
// case.
Edited rotate_secret(EditContext& context, const SourceKey& key, Milliseconds overlap,
                     const Stamp& stamp);

}  // namespace millrace::definitions
