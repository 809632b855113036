#pragma once
// UploadPath: which table an upload is into, and its options, by the target of its request.
//
//   POST /api/v1/datamarts/{datamart}/entities/{entity}/upload[?options]
//   POST /upload?table={tableId}[&options]
//
// See  docs/upload.md

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::upload {

struct UploadPath {
    std::string table;  // "in.c-mart.people"; of /upload without `table` empty
    std::vector<std::pair<std::string, std::string>> options;  // but for `table`
};

// Whether the target is one that this door answers, whatever is wrong with it.
bool is_upload_target(std::string_view target);

// `target` in origin or absolute form (RFC 9112 3.2). Nothing: it is neither of the two paths.
std::optional<UploadPath> parse_upload_target(std::string_view target);

// "in.c-mart" of "in.c-mart.people"; empty if there is none.
std::string bucket_of(std::string_view table);

}  // namespace millrace::upload
