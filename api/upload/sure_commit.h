#pragma once
// The commit of a load that is written, with an answer also where the commit itself has none.
//
// Thread  any; `done` is called by the caller, or on another thread.

#include <functional>

#include "api/upload/upload_ports.h"
#include "core/base/result.h"
#include "core/model/load.h"

namespace millrace::upload {

// Repeats a commit that waits for files of sinks; what fails otherwise is aborted, which tells
// whether it was committed after all.
// Errors  of LoadEnds::commit(): the load is not committed
void commit_surely(const UploadPorts& ports, LoadNumber load,
                   std::function<void(Result<Load>)> done);

}  // namespace millrace::upload
