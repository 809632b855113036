#pragma once
// What has become of rows of an upload that were committed, and are not in their table.

#include <string>

#include "api/upload/upload_ports.h"
#include "core/base/result.h"
#include "core/model/load.h"

namespace millrace::upload {

// Why they were set aside, in the words of who did it; of several parts, why the first was. Empty:
// they are on their way, or nobody knows.
// Errors  invalid kUploadInvalidValue: the load was taken back, as its table refuses a row
Result<std::string> fate_of(const UploadPorts& ports, LoadNumber number);

}  // namespace millrace::upload
