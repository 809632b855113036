#pragma once
// UploadRequest: what the head of an upload asks for.
//
// See  docs/upload.md ("Options")

#include <optional>
#include <string>
#include <string_view>

#include "api/http/sent_headers.h"
#include "api/http/stream_coding.h"
#include "api/upload/upload_path.h"
#include "core/base/result.h"

namespace millrace::upload {

enum class DataFormat { csv, avro };

struct UploadRequest {
    std::string request_id;       // x-request-id; empty: none
    std::string query_id;         // empty: none
    std::optional<bool> deletes;  // sysOp: 0, 1
    bool commit_on_disconnect = false;
    DataFormat format = DataFormat::csv;
    http::StreamCoding coding = http::StreamCoding::identity;
};

// Fills what can be read, also where something is wrong.
// Errors  invalid, named: an option has no such value, or there is no such option; the type of the
//         body, or its coding, is not there
Result<void> read_upload_head(const UploadPath& path, const http::SentHeaders& headers,
                              UploadRequest& request);

}  // namespace millrace::upload
