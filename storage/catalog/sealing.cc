#include "storage/catalog/sealing.h"

#include <filesystem>
#include <utility>

#include "core/model/detail_secrets.h"
#include "storage/catalog/json.h"
#include "storage/catalog/key_check.h"
#include "storage/catalog/rows.h"
#include "storage/catalog/sealed_details.h"
#include "storage/catalog/sink_token_table.h"
#include "storage/sqlite/transaction.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

constexpr std::string_view kProbePurpose = "catalog/probe";
constexpr std::string_view kProbe = "millrace";

std::string purpose_of(const SourceKey& source, std::string_view which) {
    return fmt::format("source/{}/{}/{}/{}", source.project.value, source.branch.value,
                       source.source.value, which);
}

// The columns of a source that have to do with secrets, as they stand in the row.
struct SecretColumns {
    SourceKey key;
    std::string secret;
    std::optional<std::string> retired;
    std::string details;
};

Result<SecretColumns> read_columns(Row row) {
    const auto project = ProjectId(row.unsigned32());
    const auto branch = BranchId(row.unsigned32());
    SecretColumns columns{.key = {project, branch, SourceId(row.text())},
                          .secret = row.text(),
                          .retired = std::nullopt,
                          .details = {}};
    columns.retired = row.optional_text();
    columns.details = row.text();
    return columns;
}

using Reseal = std::function<Result<std::string>(std::string_view purpose, const std::string&)>;

// Rewrites both secrets of every source; returns how many sources there are.
Result<std::uint64_t> rewrite(Database& database, const Reseal& reseal) {
    std::vector<SecretColumns> sources;
    {
        TRY_ASSIGN(auto query, database.query("SELECT project, branch, id, secret, retired, details"
                                              " FROM sources"));
        TRY_ASSIGN(sources, read_all<SecretColumns>(std::move(query), read_columns));
    }
    for (const auto& source : sources) {
        TRY_ASSIGN(const auto secret, reseal(secret_purpose(source.key), source.secret));
        std::optional<std::string> retired;
        if (source.retired) {
            TRY_ASSIGN(auto old, decode_retired(*source.retired));
            TRY_ASSIGN(auto sealed,
                       reseal(retired_secret_purpose(source.key), old.secret.expose()));
            old.secret = Secret(std::move(sealed));
            retired = encode(old);
        }
        auto details = source.details;
        if (const auto sealed = sealed_text(details)) {
            TRY_ASSIGN(const auto again, reseal(details_purpose(source.key), *sealed));
            details = with_sealed_text(details, again);
        }
        TRY(
            database.run("UPDATE sources SET secret = ?4, retired = ?5, details = ?6"
                         " WHERE project = ?1 AND branch = ?2 AND id = ?3",
                         source.key.project.value, source.key.branch.value, source.key.source.value,
                         secret, retired, details));
    }
    return sources.size();
}

struct SealedPassword {
    TargetName target;
    SinkNumber sink;
    std::string sealed;
};

Result<SealedPassword> read_password(Row row) {
    SealedPassword password;
    password.target = TargetName(row.text());
    password.sink = SinkNumber(row.unsigned_integer());
    password.sealed = row.text();
    return password;
}

Result<void> rewrite_passwords(Database& database, const Reseal& reseal) {
    std::vector<SealedPassword> passwords;
    {
        TRY_ASSIGN(auto query, database.query("SELECT target, sink, password FROM sink_tokens"
                                              " WHERE password <> ''"));
        TRY_ASSIGN(passwords, read_all<SealedPassword>(std::move(query), read_password));
    }
    for (const auto& [target, sink, sealed] : passwords) {
        TRY_ASSIGN(const auto again, reseal(sink_token_purpose(target, sink), sealed));
        TRY(database.run("UPDATE sink_tokens SET password = ?3 WHERE target = ?1 AND sink = ?2",
                         target.value, sink.value, again));
    }
    return {};
}

// Takes the secrets out of the details of all sources.
Result<void> drop_details(Database& database) {
    TRY_ASSIGN(auto query, database.query("SELECT project, branch, id, secret, retired, details"
                                          " FROM sources"));
    TRY_ASSIGN(const auto sources, read_all<SecretColumns>(std::move(query), read_columns));
    for (const auto& source : sources) {
        const auto details = without_detail_secrets(source.details);
        if (details == source.details) continue;
        TRY(database.run(
            "UPDATE sources SET details = ?4"
            " WHERE project = ?1 AND branch = ?2 AND id = ?3",
            source.key.project.value, source.key.branch.value, source.key.source.value, details));
    }
    return {};
}

Result<void> write_probe(Database& database, const SecretStore& secrets, bool is_clean) {
    TRY(database.run("INSERT OR REPLACE INTO sealing (one, probe, is_clean) VALUES (1, ?1, ?2)",
                     secrets.seal(kProbePurpose, Secret(std::string(kProbe))), is_clean ? 1U : 0U));
    return {};
}

Result<std::optional<std::string>> read_probe(Database& database) {
    TRY_ASSIGN(auto query, database.query("SELECT probe FROM sealing"));
    return read_one<std::string>(std::move(query),
                                 [](Row row) -> Result<std::string> { return row.text(); });
}

Result<std::uint64_t> seal_texts(Database& database, const SecretStore& secrets) {
    TRY_ASSIGN(auto transaction, sqlite::Transaction::begin(database));
    TRY_ASSIGN(const auto sources, rewrite(database,
                                           [&](std::string_view purpose,
                                               const std::string& text) -> Result<std::string> {
                                               return secrets.seal(purpose, Secret(text));
                                           }));
    TRY(write_probe(database, secrets, sources == 0));
    TRY(transaction.commit());
    return sources;
}

}  // namespace

std::string secret_purpose(const SourceKey& source) {
    return purpose_of(source, "secret");
}

std::string retired_secret_purpose(const SourceKey& source) {
    return purpose_of(source, "retired");
}

Result<void> check_key(Database& database, const SecretStore& secrets) {
    TRY_ASSIGN(const auto probe, read_probe(database));
    if (probe) TRY(secrets.open(kProbePurpose, *probe));
    return {};
}

Result<SealingReport> ensure_sealed(Database& database, const SecretStore& secrets) {
    SealingReport report;
    TRY_ASSIGN(const auto probe, read_probe(database));
    if (probe) {
        TRY(secrets.open(kProbePurpose, *probe));
    } else {
        TRY_ASSIGN(report.sealed, seal_texts(database, secrets));
    }
    // Without room on the disk it cannot be done now, and the service is needed all the same.
    if (auto cleaned = clean(database); !cleaned.ok()) report.unclean = std::move(cleaned).error();
    return report;
}

Result<std::uint64_t> seal_again(Database& database, const SecretStore& secrets) {
    TRY_ASSIGN(auto transaction, sqlite::Transaction::begin(database));
    const Reseal reseal = [&](std::string_view purpose,
                              const std::string& sealed) -> Result<std::string> {
        TRY_ASSIGN(const auto secret, secrets.open(purpose, sealed));
        return secrets.seal(purpose, secret);
    };
    TRY_ASSIGN(const auto sources, rewrite(database, reseal));
    TRY(rewrite_passwords(database, reseal));
    TRY(write_probe(database, secrets, false));
    TRY(transaction.commit());
    return sources;
}

Result<std::uint64_t> replace_secrets(Database& database, const SecretStore& secrets,
                                      const std::function<Secret()>& make) {
    TRY_ASSIGN(auto transaction, sqlite::Transaction::begin(database));
    TRY(database.run("UPDATE sources SET retired = NULL"));
    TRY(drop_details(database));
    TRY(database.run("UPDATE sink_tokens SET state = 'due', password = '' WHERE password <> ''"));
    TRY_ASSIGN(
        const auto sources,
        rewrite(database, [&](std::string_view purpose, const std::string&) -> Result<std::string> {
            return secrets.seal(purpose, make());
        }));
    TRY(write_probe(database, secrets, false));
    TRY(transaction.commit());
    return sources;
}

Result<void> clean(Database& database) {
    TRY_ASSIGN(const auto due, database.number("SELECT count(*) FROM sealing WHERE NOT is_clean"));
    if (due == 0) return {};
    TRY(database.execute("VACUUM").in("clean the catalog"));
    TRY_ASSIGN(const auto busy, database.number("PRAGMA wal_checkpoint(TRUNCATE)"));
    if (busy != 0) return Error(Code::unavailable, "another process reads the catalog");
    TRY(database.run("UPDATE sealing SET is_clean = 1"));
    return {};
}

Result<bool> is_sealed(const std::string& path) {
    if (!std::filesystem::exists(path)) return false;
    TRY_ASSIGN(auto database, Database::open(path, {.read_only = true}));
    TRY_ASSIGN(const auto tables,
               database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'sealing'"));
    if (tables == 0) return false;
    TRY_ASSIGN(const auto rows, database.number("SELECT count(*) FROM sealing"));
    return rows > 0;
}

}  // namespace millrace::catalog
