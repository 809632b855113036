#pragma once
// DefinedTables: the tables that clients have made, in catalog.sqlite.
//
// They are rows of the table `tables`, beside those that only loads have named: those have no
// columns, and are none for anybody who asks here.

#include "core/ports/table_catalog.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class DefinedTables : public TableCatalog {
public:
    explicit DefinedTables(Connections& connections) : connections_(connections) {}

    Result<bool> add_table(const DefinedTable& table) override;
    Result<std::optional<DefinedTable>> find_table(const TableKey& key) override;
    Result<Page<DefinedTable>> tables(ProjectId project, BranchId branch,
                                      const PageRequest& page) override;
    Result<void> begin_drop(const TableKey& key) override;
    Result<void> end_drop(const TableKey& key) override;
    Result<void> forget_table(const TableKey& key) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
