#pragma once
// What the two kinds of write operations have in common: how their loads are begun.

#include <cstdint>

#include "api/upload/upload_ports.h"
#include "api/upload/write_operation.h"
#include "core/base/result.h"
#include "core/model/load.h"

namespace millrace::upload {

// A load of the operation; `rows_before`: see docs/upload.md ("Standalone tables").
// Errors  those of begin_load()
Result<LoadCatalog::Begun> begin_load(const UploadPorts& ports, const OperationSpec& spec,
                                      std::string label, std::uint64_t rows_before);

std::shared_ptr<WriteOperation> make_logical_operation(const UploadPorts& ports, OperationSpec spec,
                                                       Load load);
Result<std::shared_ptr<WriteOperation>> make_standalone_operation(const UploadPorts& ports,
                                                                  OperationSpec spec, Load load);

}  // namespace millrace::upload
