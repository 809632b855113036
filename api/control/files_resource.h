#pragma once
// POST .../sinks/{sinkId}/files/{fileId}/retry, /set-aside, /restore and /discard: the ways out for
// a file that cannot be imported; and the same of the file of a load, below /loads/{loadId}/file,
// where GET shows it. GET .../slices has the slices of a file one by one, GET .../rows the rows of
// one that is not in its table, as CSV.

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/base/time.h"
#include "core/lifecycle/file_change.h"
#include "core/lifecycle/file_rows.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/load_catalog.h"
#include "core/ports/sink_reports.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct FilesApi {
    const Scope& scope;
    DefinitionCatalog& catalog;
    FileCatalog& lifecycle;
    LoadCatalog& loads;
    SinkReports& reports;
    const Journal& journal;
    lifecycle::ChangeFile change_file;
    lifecycle::ReadFileRows read_rows;
    Milliseconds wait_max = std::chrono::seconds(10);  // for the change
};
void add_files(Router& router, const FilesApi& api);

}  // namespace millrace::control
