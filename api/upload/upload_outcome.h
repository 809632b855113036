#pragma once
// UploadOutcome: what became of an upload, as its client hears it: one JSON object on one line, the
// same as the answer over HTTP/1.1 and as the last line over HTTP/2.
//
// See  docs/upload.md ("Answers"), docs/adr/0019-answers-of-uploads.md

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/bulk/bulk_reader.h"
#include "core/model/load.h"

namespace millrace::upload {

// What is durable of an upload that still runs.
struct UploadProgress {
    std::uint64_t batches = 0;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;  // of the decoded body, up to the end of these

    bool operator==(const UploadProgress&) const = default;
};

struct UploadFailure {
    int status = 500;
    std::string name;     // "stream.upload.columnCount"
    std::string message;  // for the client
    std::optional<bulk::RowFault> row;
};

struct UploadOutcome {
    std::string request_id;
    std::string query_id;
    std::uint64_t batches = 0;
    std::uint64_t rows = 0;  // in the table, or on their way there
    std::optional<LoadNumber> operation;
    bool is_visible = false;               // the rows are in the table
    std::string set_aside;                 // why they, or some of them, were; empty: they were not
    std::optional<UploadFailure> failure;  // then it is cancelled, else done

    int status() const { return failure ? failure->status : 200; }
};

// What a client hears of an error. What is wrong with the service is not told.
UploadFailure failure_of(const Error& error);

// Without a line end.
std::string render(const UploadOutcome& outcome);

// A line, with its end, that stands for all that became durable since `last`.
std::string render_line(const UploadProgress& now, const UploadProgress& last,
                        std::string_view request_id, std::string_view query_id);

}  // namespace millrace::upload
