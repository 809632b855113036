#include "api/app/secret_keys.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "api/log/log.h"
#include "core/ports/secret_store.h"
#include "storage/catalog/sealing.h"
#include "storage/os/private_file.h"

namespace millrace {
namespace {

constexpr std::size_t kKeyFileBytesMax = 64 << 10;
constexpr mode_t kForOthers = 0077;

// A secret mounted by an orchestrator belongs to someone else and may be for our group; then the
// log is all that can be done.
void restrict_key_file(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || (status.st_mode & kForOthers) == 0) return;
    if (::chmod(path.c_str(), status.st_mode & 0600) == 0) {
        log::warn("key_file_restricted",
                  {{"file", path}, {"message", "it was open to others and is 0600 now"}});
    } else if ((status.st_mode & 0007) != 0) {
        log::warn("key_file_open",
                  {{"file", path}, {"message", "other users of the machine can read it"}});
    }
}

}  // namespace

std::string secret_key_file(const config::Config& config) {
    return config.secrets_key_file.empty() ? config.data_dir + "/secrets.key"
                                           : config.secrets_key_file;
}

Result<secrets::KeyRing> load_secret_keys(const config::Config& config) {
    const auto path = secret_key_file(config);
    const auto text = os::read_small_file(path, kKeyFileBytesMax);
    if (text.ok()) {
        restrict_key_file(path);
        return secrets::KeyRing::parse(text.value(), path);
    }
    if (text.error().code() != Code::not_found) return text.error();
    const auto catalog = config.data_dir + "/catalog.sqlite";
    TRY_ASSIGN(const bool is_needed, catalog::is_sealed(catalog));
    if (is_needed) {
        return Error(
            Code::not_found,
            fmt::format("the secrets in {} are sealed, and the key file \"{}\" is not "
                        "there: put it back from your copy, or name the place it was "
                        "moved to with --secrets.key-file; if it is lost, millrace secrets "
                        "reset gives every source a new secret",
                        catalog, path));
    }
    auto ring = secrets::KeyRing::generate();
    TRY(os::replace_file(path, ring.text(), os::FileAccess::owner).in("make the key file"));
    log::info("key_file_made",
              {{"file", path}, {"message", "keep a copy of it apart from the data"}});
    return ring;
}

Error explain_secret_error(Error error, const config::Config& config) {
    if (error.name() != kUnknownSecretKey) return error;
    return Error(Code::conflict,
                 fmt::format("\"{}\" has another key than the catalog was sealed with ({}): put "
                             "the right key file there, or name it with --secrets.key-file",
                             secret_key_file(config), error.operator_text()))
        .named(kUnknownSecretKey);
}

}  // namespace millrace
