#pragma once
// What labels of loads of uploads begin with. An outcome that is remembered by one is of the table
// as it was: it is forgotten when the table is dropped (docs/upload.md, "The same queryId again").

#include <string_view>

namespace millrace {

inline constexpr std::string_view kUploadLabel = "upload:";           // and the queryId
inline constexpr std::string_view kUploadPartLabel = "upload-part:";  // and queryId/number

}  // namespace millrace
