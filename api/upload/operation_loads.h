#pragma once
// What the two kinds of write operations have in common: how their loads are begun.

#include <cstdint>
#include <optional>

#include "api/upload/upload_ports.h"
#include "api/upload/write_operation.h"
#include "core/base/result.h"
#include "core/model/load.h"

namespace millrace::upload {

// Where a part of a standalone operation is in its stream: docs/upload.md ("Standalone tables").
struct PartPlace {
    std::uint64_t rows_before = 0;
    std::optional<std::uint32_t> crc =
        std::nullopt;  // of all rows up to its last: BulkReader::Rows
};

// A load of the operation, or of a part of it.
// Errors  those of begin_load()
Result<LoadCatalog::Begun> begin_load(const UploadPorts& ports, const OperationSpec& spec,
                                      std::string label, const PartPlace& place);

std::shared_ptr<WriteOperation> make_logical_operation(const UploadPorts& ports, OperationSpec spec,
                                                       Load load);
Result<std::shared_ptr<WriteOperation>> make_standalone_operation(const UploadPorts& ports,
                                                                  OperationSpec spec, Load load);

}  // namespace millrace::upload
