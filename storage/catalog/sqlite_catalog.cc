#include "storage/catalog/sqlite_catalog.h"

namespace millrace::catalog {

Result<std::unique_ptr<SqliteCatalog>> SqliteCatalog::open(const std::string& path) {
    TRY_ASSIGN(auto connections, Connections::open(path));
    return std::unique_ptr<SqliteCatalog>(new SqliteCatalog(std::move(connections)));
}

}  // namespace millrace::catalog
