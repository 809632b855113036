#pragma once
// The names of errors of uploads, as clients see them; what error_names.h says holds of them too.
//
// See  docs/upload.md ("Errors"); api/upload/upload_outcome.cc has their statuses

#include <string_view>

namespace millrace::error_names {

inline constexpr std::string_view kUploadCancelled = "stream.upload.cancelled";
inline constexpr std::string_view kUploadColumnCount = "stream.upload.columnCount";
inline constexpr std::string_view kUploadForbidden = "stream.upload.forbidden";
inline constexpr std::string_view kUploadIdle = "stream.upload.idle";
inline constexpr std::string_view kUploadInternalError = "stream.upload.internalError";
inline constexpr std::string_view kUploadInvalidOption = "stream.upload.invalidOption";
inline constexpr std::string_view kUploadInvalidValue = "stream.upload.invalidValue";
inline constexpr std::string_view kUploadMalformed = "stream.upload.malformed";
inline constexpr std::string_view kUploadMethodNotAllowed = "stream.upload.methodNotAllowed";
inline constexpr std::string_view kUploadPathNotFound = "stream.upload.pathNotFound";
inline constexpr std::string_view kUploadOtherStream = "stream.upload.otherStream";
inline constexpr std::string_view kUploadQueryIdRunning = "stream.upload.queryIdRunning";
inline constexpr std::string_view kUploadQueryIdTaken = "stream.upload.queryIdTaken";
inline constexpr std::string_view kUploadRecordTooLarge = "stream.upload.recordTooLarge";
inline constexpr std::string_view kUploadSchemaMismatch = "stream.upload.schemaMismatch";
inline constexpr std::string_view kUploadTableNotFound = "stream.upload.tableNotFound";
inline constexpr std::string_view kUploadUnavailable = "stream.upload.unavailable";
inline constexpr std::string_view kUploadUnsupportedContentEncoding =
    "stream.upload.unsupportedContentEncoding";
inline constexpr std::string_view kUploadUnsupportedMediaType =
    "stream.upload.unsupportedMediaType";

}  // namespace millrace::error_names
