#include "storage/catalog/connections.h"

#include "storage/catalog/schema.h"

namespace millrace::catalog {
namespace {

constexpr std::size_t kIdleReadersMax = 8;

}  // namespace

Result<std::unique_ptr<Connections>> Connections::open(const std::string& path,
                                                       const SecretStore& secrets) {
    TRY_ASSIGN(auto writer, sqlite::Database::open(path, {}));
    TRY(migrate(writer).in(fmt::format("open {}", path)));
    TRY_ASSIGN(auto sealing, ensure_sealed(writer, secrets));
    return std::unique_ptr<Connections>(
        new Connections(std::move(writer), path, std::move(sealing)));
}

Connections::Connections(sqlite::Database writer, const std::string& path, SealingReport sealing)
    : sealing_(std::move(sealing)),
      writer_(std::move(writer)),
      readers_(path, {}, kIdleReadersMax) {}

}  // namespace millrace::catalog
