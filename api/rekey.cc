#include "api/rekey.h"

#include <fmt/format.h>

#include "api/app.h"
#include "api/secret_keys.h"
#include "storage/catalog/sealing.h"
#include "storage/catalog/sqlite_catalog.h"
#include "storage/os/directory_lock.h"
#include "storage/os/private_file.h"
#include "storage/secrets/sealed_secrets.h"

namespace millrace {

Result<std::string> rekey_secrets(const config::Command& command) {
    const auto& config = command.config;
    auto locked = os::DirectoryLock::acquire(config.data_dir);
    if (!locked.ok()) {
        const bool taken = locked.error().code() == Code::conflict;
        return std::move(locked).error().named(taken ? kDataLocked : std::string_view());
    }
    TRY_ASSIGN(const auto before, load_secret_keys(config));
    const auto path = secret_key_file(config);
    const auto catalog_path = config.data_dir + "/catalog.sqlite";
    {
        // A catalog that these keys do not open is none to seal again; an old one is sealed first.
        const secrets::SealedSecrets store(before);
        auto opened = catalog::SqliteCatalog::open(catalog_path, store);
        if (!opened.ok()) return explain_secret_error(std::move(opened).error(), config);
    }
    const auto both = before.with_new_key();
    TRY(os::replace_file(path, both.text(), os::FileAccess::owner).in("write the new key"));
    const secrets::SealedSecrets store(both);
    TRY_ASSIGN(auto database, sqlite::Database::open(catalog_path, {}));
    TRY_ASSIGN(const auto sources, catalog::seal_again(database, store));
    TRY(catalog::clean(database).in(
        "the secrets have the new key, and the old one is still needed"));
    TRY(os::replace_file(path, both.with_newest_only().text(), os::FileAccess::owner)
            .in("the secrets have the new key, and the old one is still in the key file"));
    return fmt::format(
        "The secrets of {} sources are sealed with the new key {} in \"{}\". Copies of the data "
        "from "
        "before need the key {}.",
        sources, both.newest().id(), path, before.newest().id());
}

}  // namespace millrace
