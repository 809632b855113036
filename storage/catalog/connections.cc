#include "storage/catalog/connections.h"

#include "storage/catalog/schema.h"

namespace millrace::catalog {
namespace {

constexpr std::size_t kIdleReadersMax = 8;

}  // namespace

Result<std::unique_ptr<Connections>> Connections::open(const std::string& path) {
    TRY_ASSIGN(auto writer, sqlite::Database::open(path, {}));
    TRY(migrate(writer).in(fmt::format("open {}", path)));
    return std::unique_ptr<Connections>(new Connections(std::move(writer), path));
}

Connections::Connections(sqlite::Database writer, const std::string& path)
    : writer_(std::move(writer)), readers_(path, {}, kIdleReadersMax) {}

}  // namespace millrace::catalog
