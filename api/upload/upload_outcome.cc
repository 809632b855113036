#include "api/upload/upload_outcome.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/http/error_status.h"
#include "core/base/error_names.h"
#include "core/ports/disk.h"

namespace millrace::upload {
namespace {

using Json = nlohmann::ordered_json;
namespace names = error_names;

// Names whose status is not the one of their code.
constexpr auto kByName = std::to_array<std::pair<std::string_view, int>>({
    {names::kUploadForbidden, 403},
    {names::kUploadIdle, 408},
    {names::kUploadInvalidValue, 422},
    {names::kUploadMethodNotAllowed, 405},
    {names::kUploadUnsupportedContentEncoding, 415},
    {names::kUploadUnsupportedMediaType, 415},
});

bool is_of_service(Code code) {
    return code == Code::unavailable || code == Code::unknown_outcome || code == Code::corrupt ||
           code == Code::internal;
}

// The table may have refused it, which says no more of its place than the message does.
bool is_of_record(const UploadFailure& failure) {
    return failure.row.has_value() || failure.name == names::kUploadInvalidValue;
}

std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

UploadFailure failure_of(const Error& error) {
    if (error.name() == kNoSpace) {
        return {.status = 507,
                .name = std::string(names::kInDiskFull),
                .message =
                    "The disk is full; make room on it, then send the upload again, with "
                    "the same queryId.",
                .row = std::nullopt};
    }
    if (is_of_service(error.code())) {
        const bool is_fault = error.code() == Code::corrupt || error.code() == Code::internal;
        return {
            .status = is_fault ? 500 : 503,
            .name = std::string(is_fault ? names::kUploadInternalError : names::kUploadUnavailable),
            .message = is_fault ? "The service has failed; its log says why."
                                : "The service is unavailable for the moment; send the upload "
                                  "again later, with the same queryId.",
            .row = std::nullopt};
    }
    const auto* const found = std::find_if(
        kByName.begin(), kByName.end(), [&](const auto& row) { return row.first == error.name(); });
    return {.status = found == kByName.end() ? http::status_of(error) : found->second,
            .name = error.name().empty() ? std::string(names::kUploadMalformed) : error.name(),
            .message = error.client_text(),
            .row = std::nullopt};
}

std::string render(const UploadOutcome& outcome) {
    Json json = {{"requestId", outcome.request_id},
                 {"queryId", outcome.query_id},
                 {"final", true},
                 {"status", outcome.failure ? "error" : "ok"},
                 {"state", outcome.failure ? "cancelled" : "done"},
                 {"batch", outcome.batches},
                 {"rows", outcome.rows},
                 {"rowsTotal", outcome.rows},
                 {"rejected", outcome.failure && is_of_record(*outcome.failure) ? 1 : 0}};
    if (outcome.operation) json["writeOperation"] = outcome.operation->value;
    if (!outcome.failure) {
        json["visible"] = outcome.is_visible;
        if (!outcome.set_aside.empty()) {
            json["setAside"] = true;
            json["message"] = outcome.set_aside;
        }
        return text_of(json);
    }
    json["statusCode"] = outcome.failure->status;
    json["error"] = outcome.failure->name;
    json["message"] = outcome.failure->message;
    if (const auto& row = outcome.failure->row) {
        json["row"] = row->row;
        if (row->line > 0) json["line"] = row->line;
        if (!row->column.empty()) json["column"] = row->column;
        json["text"] = row->text;
    }
    return text_of(json);
}

std::string render_line(const UploadProgress& now, const UploadProgress& last,
                        std::string_view request_id, std::string_view query_id) {
    const Json json = {{"requestId", request_id}, {"queryId", query_id},
                       {"batch", now.batches},    {"rows", now.rows - last.rows},
                       {"rowsTotal", now.rows},   {"bytes", now.bytes - last.bytes},
                       {"offset", now.bytes}};
    return text_of(json) + '\n';
}

}  // namespace millrace::upload
