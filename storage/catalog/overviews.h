#pragma once
// Overviews: what is there and what does not get on, in catalog.sqlite.

#include "core/ports/overview_reports.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class Overviews : public OverviewReports {
public:
    explicit Overviews(Connections& connections) : connections_(connections) {}

    Result<CatalogOverview> overview(ProjectId project, BranchId branch,
                                     std::uint32_t stuck_max) override;
    Result<std::vector<WaitingRows>> waiting_rows() override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
