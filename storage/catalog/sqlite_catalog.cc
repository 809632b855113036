#include "storage/catalog/sqlite_catalog.h"

namespace millrace::catalog {

Result<std::unique_ptr<SqliteCatalog>> SqliteCatalog::open(const std::string& path,
                                                           const SecretStore& secrets) {
    TRY_ASSIGN(auto connections, Connections::open(path, secrets));
    return std::unique_ptr<SqliteCatalog>(new SqliteCatalog(std::move(connections), secrets));
}

}  // namespace millrace::catalog
