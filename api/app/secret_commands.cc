#include "api/app/secret_commands.h"

#include <fmt/format.h>

#include "api/app/app.h"
#include "api/app/secret_keys.h"
#include "core/definitions/random_text.h"
#include "core/definitions/source_edits.h"
#include "core/ports/secret_store.h"
#include "storage/catalog/schema.h"
#include "storage/catalog/sealing.h"
#include "storage/catalog/sqlite_catalog.h"
#include "storage/os/directory_lock.h"
#include "storage/os/private_file.h"
#include "storage/os/system_rng.h"
#include "storage/secrets/sealed_secrets.h"

namespace millrace {
namespace {

std::string catalog_file(const config::Config& config) {
    return config.data_dir + "/catalog.sqlite";
}

Result<os::DirectoryLock> lock(const config::Config& config) {
    auto locked = os::DirectoryLock::acquire(config.data_dir);
    if (locked.ok() || locked.error().code() != Code::conflict) return locked;
    return std::move(locked).error().named(kDataLocked);
}

Result<void> write_keys(const config::Config& config, const secrets::KeyRing& ring) {
    return os::replace_file(secret_key_file(config), ring.text(), os::FileAccess::owner);
}

// Opens the catalog with these keys and closes it again: an older one is migrated and sealed then.
Result<void> try_keys(const config::Config& config, const secrets::KeyRing& ring) {
    const secrets::SealedSecrets store(ring);
    auto opened = catalog::SqliteCatalog::open(catalog_file(config), store);
    if (!opened.ok()) return explain_secret_error(std::move(opened).error(), config);
    return {};
}

// Opening a catalog that is not there would make one, and its key in place of the right one.
Result<void> require_sealed(const config::Config& config) {
    TRY_ASSIGN(const bool is_sealed, catalog::is_sealed(catalog_file(config)));
    if (is_sealed) return {};
    return Error(
        Code::not_found,
        fmt::format("{} has no sealed secrets, and nothing was changed; name the folder of "
                    "an installation by --data-dir, or start the service once, which "
                    "seals those of an earlier version",
                    catalog_file(config)));
}

// Only keys that the catalog does not know make a reset right; a catalog that cannot be read, or is
// of a newer version, says nothing of them.
Result<void> require_lost(const config::Config& config, const secrets::KeyRing& ring) {
    auto tried = try_keys(config, ring);
    if (tried.ok()) {
        return Error(Code::conflict,
                     fmt::format("\"{}\" opens the secrets, none is lost; secrets rekey gives them "
                                 "another key, and rotate-secret a source another secret",
                                 secret_key_file(config)));
    }
    const bool is_lost =
        tried.error().name() == kUnknownSecretKey || tried.error().code() == Code::corrupt;
    if (!is_lost) return tried;
    return {};
}

}  // namespace

Result<std::string> rekey_secrets(const config::Command& command) {
    const auto& config = command.config;
    TRY_ASSIGN(const auto held, lock(config));
    TRY(require_sealed(config));
    TRY_ASSIGN(const auto before, load_secret_keys(config));
    TRY(try_keys(config, before));

    const auto both = before.with_new_key();
    TRY(write_keys(config, both).in("write the new key"));
    const secrets::SealedSecrets store(both);
    TRY_ASSIGN(auto database, sqlite::Database::open(catalog_file(config), {}));
    TRY_ASSIGN(const auto sources, catalog::seal_again(database, store));
    TRY(catalog::clean(database).in("all have the new key, and the old one may be needed"));
    TRY(write_keys(config, both.with_newest_only()).in("all have the new key; remove the old one"));
    return fmt::format(
        "The secrets of {} sources are sealed with the new key {} in \"{}\". Copies of the data "
        "from before need the key {}.",
        sources, both.newest().id(), secret_key_file(config), before.newest().id());
}

Result<std::string> reset_secrets(const config::Command& command) {
    const auto& config = command.config;
    TRY_ASSIGN(const auto held, lock(config));
    TRY(require_sealed(config));
    const auto old = load_secret_keys(config);
    if (!old.ok() && old.error().code() != Code::not_found) return old.error();
    if (old.ok()) TRY(require_lost(config, old.value()));
    {  // before anything is written: a catalog of a newer version is not for this program
        TRY_ASSIGN(auto looked_at, sqlite::Database::open(catalog_file(config), {}));
        TRY(catalog::migrate(looked_at));
    }
    const auto ring = old.ok() ? old.value().with_new_key() : secrets::KeyRing::generate();
    TRY(write_keys(config, ring).in("write the new key"));
    const secrets::SealedSecrets store(ring);
    TRY_ASSIGN(auto database, sqlite::Database::open(catalog_file(config), {}));
    os::SecureRng rng;
    definitions::RandomText random(rng);
    TRY_ASSIGN(const auto sources, catalog::replace_secrets(database, store, [&random] {
                   return Secret(random.make(definitions::kSecretLength));
               }));
    TRY(catalog::clean(database));
    return fmt::format(
        "{} sources have new secrets, sealed with the new key {} in \"{}\": give "
        "their new URLs to those who send.",
        sources, ring.newest().id(), secret_key_file(config));
}

}  // namespace millrace
