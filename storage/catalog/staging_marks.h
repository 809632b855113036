#pragma once
// StagingMarks: the marks of stagings in catalog.sqlite.

#include "core/ports/staging_registry.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

Result<std::vector<StagingMark>> read_staging_marks(sqlite::Database& database);

class StagingMarks : public StagingRegistry {
public:
    explicit StagingMarks(Connections& connections) : connections_(connections) {}

    Result<std::vector<StagingMark>> staging_marks() override;
    Result<void> save_staging_mark(const StagingMark& mark) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
