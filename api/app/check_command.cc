#include "api/app/check_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "api/app/folder_check.h"
#include "api/app/inspect_commands.h"
#include "api/app/inspection.h"
#include "api/app/missing_parts.h"
#include "api/app/node_backends.h"
#include "api/app/secret_keys.h"
#include "api/app/start_conditions.h"
#include "api/app/volume_start.h"
#include "api/http/tls_context.h"
#include "core/lifecycle/marked_staging.h"
#include "core/ports/atomic_file.h"
#include "core/ports/staging_registry.h"
#include "storage/catalog/key_check.h"
#include "storage/catalog/known_backends.h"
#include "storage/catalog/schema.h"
#include "storage/catalog/sealing.h"
#include "storage/catalog/start_records.h"
#include "storage/os/posix_disk.h"
#include "storage/os/private_file.h"
#include "storage/os/system_clock.h"
#include "storage/os/system_rng.h"
#include "storage/secrets/sealed_secrets.h"
#include "storage/sqlite/database.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kKeyFileBytesMax = 64 << 10;
constexpr Milliseconds kSoon = std::chrono::hours(7 * 24);

struct Finding {
    std::string what;
    bool is_good = false;
    std::string sentence;
};

// The marks that a catalog has, for one who may not write.
class ReadMarks final : public StagingRegistry {
public:
    explicit ReadMarks(const std::vector<StagingMark>& marks) : marks_(marks) {}

    Result<std::vector<StagingMark>> staging_marks() override { return marks_; }
    Result<void> save_staging_mark(const StagingMark&) override {
        return Error(Code::internal, "a mark is not written here");
    }

private:
    const std::vector<StagingMark>& marks_;
};

class Check {
public:
    Check(const config::Config& config, const Kinds& kinds) : config_(config), kinds_(kinds) {}

    std::vector<Finding> run() {
        try_it("data folder", [&]() -> Result<std::string> {
            TRY(require_lock_file(config_.data_dir));
            return check_folder(config_.data_dir);
        });
        for (const auto& [name, directory] :
             config::all_volumes(config_.volumes, config_.data_dir)) {
            try_it("volume " + name, [&, &directory = directory] { return volume(directory); });
        }
        try_it("catalog", [&] { return catalog(); });
        known_ = known_backends();
        try_it("key file", [&] { return key_file(); });
        try_tls("api", config_.api_tls);
        try_tls("ingest", config_.ingest_tls);
        try_backends("target", config_.targets, kinds_.targets);
        try_backends("staging", config_.stagings, kinds_.stagings);
        tell(folder_conditions(config_, kinds_, disk_));
        tell_of_catalog();
        return std::move(findings_);
    }

private:
    void try_it(std::string what, const std::function<Result<std::string>()>& look) {
        auto found = look();
        findings_.push_back(
            {.what = std::move(what),
             .is_good = found.ok(),
             .sentence = found.ok() ? std::move(found).value() : found.error().operator_text()});
    }

    // What would refuse a start, beside what was found of it already.
    void tell(const StartConditions& conditions) {
        for (const auto& condition : conditions) {
            if (const auto holds = condition.holds(); !holds.ok()) {
                tell_wrong(condition.what, holds.error().operator_text());
            }
        }
    }

    void tell_wrong(const std::string& what, const std::string& sentence) {
        const auto found = std::ranges::find(findings_, what, &Finding::what);
        if (found == findings_.end()) {
            findings_.push_back({.what = what, .is_good = false, .sentence = sentence});
        } else if (found->is_good) {
            found->is_good = false;
            found->sentence = sentence;
        } else if (found->sentence.find(sentence) == std::string::npos) {
            found->sentence += "; " + sentence;
        }
    }

    // Of one of this version: an older one cannot be read, and of a newer one that is told.
    void tell_of_catalog() {
        const auto records = catalog_records();
        if (!records.ok()) return tell_wrong("catalog", records.error().operator_text());
        if (records.value()) {
            tell(catalog_conditions(config_, disk_, *records.value(), clock_.wall(),
                                    Volumes::looked_at));
            tell_missing_volumes(records.value()->volumes);
        }
    }

    // A start goes on without them, and their rows wait.
    void tell_missing_volumes(const std::vector<VolumeRecord>& known) {
        for (const auto& record : absent_volumes(disk_, known, config_)) {
            tell_wrong("volume " + record.name,
                       fmt::format("it is not configured, and may have rows, which wait for their "
                                   "import; configure it again ({}), or end it with millrace "
                                   "volume retire or lost",
                                   record.directory));
        }
    }

    Result<std::optional<CatalogRecords>> catalog_records() {
        CatalogRecords records;
        TRY_ASSIGN(const bool is_there, has_catalog(disk_, catalog_path()));
        if (!is_there && is_catalog_gone()) return std::optional<CatalogRecords>();
        if (!is_there) return std::optional(std::move(records));
        TRY_ASSIGN(auto database, sqlite::Database::open(catalog_path(), {.read_only = true}));
        TRY_ASSIGN(const auto schema, database.number("PRAGMA user_version"));
        if (schema != catalog::newest_schema()) return std::optional<CatalogRecords>();
        TRY_ASSIGN(records.restored, catalog::read_restored(database));
        TRY_ASSIGN(records.volumes, catalog::read_volumes(database));
        return std::optional(std::move(records));
    }

    Result<std::string> volume(const std::string& directory) {
        const auto failed = read_whole(disk_, directory + "/FAILED");
        if (failed.ok()) {
            const auto line = failed.value().substr(0, failed.value().find('\n'));
            return Error(Code::unavailable,
                         fmt::format("{}/FAILED is there: {}; look at the disk, then remove that "
                                     "file",
                                     directory, line));
        }
        TRY(require_lock_file(directory));
        TRY_ASSIGN(auto sentence, check_folder(directory));
        for (const auto* part : {"journal", "slices"}) {
            TRY(require_folder(fmt::format("{}/{}", directory, part)));
        }
        const auto free = disk_.free_bytes(directory);
        if (free.ok() && free.value() < config_.limits.disk_reserve_bytes) {
            return Error(Code::unavailable,
                         fmt::format("{} has less free room than limits.disk-reserve: it takes no "
                                     "rows until there is more",
                                     directory));
        }
        return sentence;
    }

    std::string catalog_path() const { return config_.data_dir + "/catalog.sqlite"; }

    // It is there and can be used, or nothing is, and it can be made.
    Result<void> require_folder(const std::string& path) {
        const auto names = disk_.list(path);
        if (!names.ok() && names.error().code() == Code::not_found) return {};
        const bool is_usable = names.ok() && ::access(path.c_str(), R_OK | W_OK | X_OK) == 0;
        if (is_usable) return {};
        return Error(
            Code::unavailable,
            fmt::format("{} is no folder that can be used{}; give it to the user of the "
                        "service, or put it back as it was from a copy of the volume",
                        path, names.ok() ? "" : " (" + names.error().operator_text() + ")"));
    }

    static Result<void> require_lock_file(const std::string& directory) {
        const auto path = directory + "/lock";
        std::error_code failure;
        if (!std::filesystem::is_directory(path, failure)) return {};
        return Error(Code::unavailable,
                     fmt::format("{} is a folder, where the service has a file; remove it", path));
    }

    Result<std::string> catalog() {
        TRY_ASSIGN(const bool is_there, has_catalog(disk_, catalog_path()));
        if (!is_there) return std::string("there is none yet; the first start makes it");
        TRY(check_catalog_is_whole(catalog_path()));
        TRY_ASSIGN(auto database, sqlite::Database::open(catalog_path(), {.read_only = true}));
        TRY_ASSIGN(const auto schema, database.number("PRAGMA user_version"));
        if (schema > catalog::newest_schema()) {
            return Error(Code::conflict,
                         fmt::format("{} was written by a newer version of Millrace (schema {}, "
                                     "this one knows {}); run that version",
                                     catalog_path(), schema, catalog::newest_schema()));
        }
        if (schema == catalog::newest_schema()) return catalog_path() + " is of this version";
        return catalog_path() +
               " is of an older version; a start brings it up to date, and looks at its volumes "
               "then";
    }

    // Of a new installation there is none yet. That it is gone is told of the catalog, and enough.
    bool is_catalog_gone() {
        std::vector<std::string> directories;
        for (const auto& [name, directory] :
             config::all_volumes(config_.volumes, config_.data_dir)) {
            directories.push_back(directory);
        }
        return !check_catalog_is_there(disk_, catalog_path(), directories).ok();
    }

    // Nothing where there is no catalog of this version: what is wrong with it is told already.
    catalog::KnownBackends known_backends() {
        const auto is_there = has_catalog(disk_, catalog_path());
        if (!is_there.ok()) return {};
        if (!is_there.value()) {
            knows_marks_ = !is_catalog_gone();
            return {};
        }
        auto database = sqlite::Database::open(catalog_path(), {.read_only = true});
        if (!database.ok()) return {};
        const auto schema = database.value().number("PRAGMA user_version");
        if (!schema.ok() || schema.value() != catalog::newest_schema()) return {};
        auto known = catalog::read_known_backends(database.value());
        knows_marks_ = known.ok();
        if (known.ok()) return std::move(known).value();
        findings_.push_back({.what = "sinks and stagings of the catalog",
                             .is_good = false,
                             .sentence = known.error().operator_text()});
        return {};
    }

    // Whether the staging is the one that the catalog knows, where it can be reached.
    Result<std::string> look_at(const TargetKind& kind, const BackendPlace& place) {
        TRY_ASSIGN(auto sentence, kind.check(place));
        const auto tables = known_.enabled.find(TargetName(place.name));
        if (!kind.folder || tables == known_.enabled.end()) return sentence;
        const auto folder = kind.folder(place);
        TRY_ASSIGN(const auto missing, find_missing_buckets(disk_, folder, tables->second));
        if (missing.empty()) return sentence;
        std::vector<std::string> files;
        for (const auto& one : missing) {
            files.push_back(fmt::format("{}/{}.sqlite", folder, one.bucket));
        }
        return Error(Code::not_found,
                     fmt::format("{} {} not there: its tables are gone, and imports into them "
                                 "fail; put the file back, or enable each of its sinks (PUT "
                                 ".../enable) to make their tables anew",
                                 fmt::join(files, ", "), files.size() == 1 ? "is" : "are"));
    }
    Result<std::string> look_at(const StagingKind& kind, const BackendPlace& place) {
        if (kind.folder) TRY(require_lock_file(kind.folder(place)));
        TRY_ASSIGN(auto sentence, kind.check(place));
        if (!kind.open_to_read || !knows_marks_) return sentence;
        TRY_ASSIGN(auto opened, kind.open_to_read(place));
        ReadMarks marks(known_.marks);
        os::SecureRng random;
        lifecycle::MarkedStaging staging(StagingName(place.name), std::move(opened),
                                         {.registry = marks, .clock = clock_, .random = random});
        TRY(staging.look());
        return sentence;
    }

    // As a start does, but for making one.
    Result<std::string> key_file() {
        const auto path = secret_key_file(config_);
        const auto text = os::read_small_file(path, kKeyFileBytesMax);
        if (!text.ok() && text.error().code() != Code::not_found) return text.error();
        const auto of_catalog = std::ranges::find(findings_, "catalog", &Finding::what);
        if (of_catalog != findings_.end() && !of_catalog->is_good) {
            return std::string("cannot be tried without the catalog");
        }
        TRY_ASSIGN(const bool is_needed, catalog::is_sealed(catalog_path()));
        if (!text.ok()) {
            if (!is_needed) return fmt::format("{} is made by the first start", path);
            return Error(Code::not_found,
                         fmt::format("{} is not there, and the catalog is sealed with it; put your "
                                     "copy of it there, or name its place by --secrets.key-file",
                                     path));
        }
        TRY_ASSIGN(const auto ring, secrets::KeyRing::parse(text.value(), path));
        if (!is_needed) return fmt::format("{} has the key {}", path, ring.newest().id());
        const secrets::SealedSecrets store(ring);
        TRY_ASSIGN(auto database, sqlite::Database::open(catalog_path(), {.read_only = true}));
        auto opened = catalog::check_key(database, store);
        if (!opened.ok()) return explain_secret_error(std::move(opened).error(), config_);
        return fmt::format("{} opens the secrets of the catalog", path);
    }

    void try_tls(std::string_view port, const config::Tls& options) {
        if (options.certificate.empty()) return;
        try_it(fmt::format("TLS of {}.listen", port), [&]() -> Result<std::string> {
            const auto now = clock_.wall();
            TRY_ASSIGN(const auto loaded,
                       http::TlsContext::load({.certificate = options.certificate,
                                               .key = options.key,
                                               .client_ca = options.client_ca},
                                              now));
            std::string valid;
            for (const auto& certificate : loaded->certificates()) {
                if (certificate.expires - now <= kSoon) {
                    return Error(Code::invalid,
                                 fmt::format("{} expires on {}; renew it", certificate.file,
                                             format_utc(certificate.expires)));
                }
                if (!valid.empty()) valid += ", ";
                valid += fmt::format("{} of {} is valid until {}", certificate.file,
                                     certificate.subject, format_utc(certificate.expires));
            }
            return valid;
        });
    }

    template <typename Kind>
    void try_backends(std::string_view noun, config::Backends configured,
                      const std::vector<Kind>& kinds) {
        configured.try_emplace(
            std::string(config::kDefaultBackend),
            config::Backend{.kind = std::string(kinds.front().config.name), .options = {}});
        for (const auto& [name, backend] : configured) {
            const auto kind = std::ranges::find_if(
                kinds, [&](const Kind& known) { return known.config.name == backend.kind; });
            const auto tables = known_.tables.find(TargetName(name));
            const BackendPlace place{
                .disk = disk_,
                .data_dir = config_.data_dir,
                .name = name,
                .options = backend.options,
                .epoch = known_.token.empty() ? std::string() : epoch_name(known_.token),
                .its_tables =
                    tables == known_.tables.end() ? std::vector<TableId>() : tables->second};
            try_it(fmt::format("{} {} ({})", noun, name, backend.kind),
                   [&]() -> Result<std::string> {
                       if (kind == kinds.end()) return Error(Code::invalid, "no such kind");
                       if (!kind->check) return std::string("cannot be tried; a start will");
                       return look_at(*kind, place);
                   });
        }
    }

    const config::Config& config_;
    const Kinds& kinds_;
    os::PosixDisk disk_;
    os::SystemClock clock_;
    catalog::KnownBackends known_;
    bool knows_marks_ = false;  // else none of a staging is a stranger's
    std::vector<Finding> findings_;
};

std::string as_json(const std::vector<Finding>& findings) {
    auto list = Json::array();
    for (const auto& finding : findings) {
        list.push_back(
            {{"what", finding.what}, {"ok", finding.is_good}, {"sentence", finding.sentence}});
    }
    return list.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string as_text(const std::vector<Finding>& findings) {
    std::size_t width = 0;
    for (const auto& finding : findings) width = std::max(width, finding.what.size());
    std::string text;
    for (const auto& finding : findings) {
        text += fmt::format("{:<7} {:<{}}  {}\n", finding.is_good ? "ok" : "WRONG", finding.what,
                            width, finding.sentence);
    }
    text.pop_back();
    return text;
}

}  // namespace

Result<CommandOutput> check_installation(const config::Command& command, const Kinds& kinds) {
    const auto findings = Check(command.config, kinds).run();
    const bool is_good = std::ranges::all_of(findings, &Finding::is_good);
    return CommandOutput{
        .text = command.switches.contains(kJsonSwitch) ? as_json(findings) : as_text(findings),
        .exit = is_good ? ExitCode::ended : ExitCode::failure};
}

}  // namespace millrace
