#pragma once
// POST .../sinks/{sinkId}/files/{fileId}/retry, /set-aside, /restore and /discard: the ways out for
// a file that cannot be imported.

#include "api/control/router.h"
#include "core/base/time.h"
#include "core/lifecycle/file_change.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/sink_reports.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct FilesApi {
    DefinitionCatalog& catalog;
    FileCatalog& lifecycle;
    SinkReports& reports;
    const Journal& journal;
    lifecycle::ChangeFile change_file;
    Milliseconds wait_max = std::chrono::seconds(10);  // for the change
};
void add_files(Router& router, const FilesApi& api);

}  // namespace millrace::control
