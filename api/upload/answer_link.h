#pragma once
// AnswerLink: what a session keeps of the exchange that waits for it, and how its answers go out.
//
// Where the protocol has answers in parts, a line follows each group of batches, and the last one
// is the outcome. Lines that the client does not read are not written but merged: one line stands
// for all of them then. A failure before the first line is an answer with its status.
//
// Thread  the loop's.

#include <string>

#include "api/http/door.h"
#include "api/http/reply_link.h"
#include "api/upload/upload_outcome.h"

namespace millrace::upload {

class AnswerLink {
public:
    AnswerLink(http::ResponseWriter& writer, std::string request_id, std::string query_id);

    // Whether the client hears of batches while it sends.
    bool has_parts() const { return stream_ != nullptr; }

    http::ReplyLink& reply() { return reply_; }
    http::ResponseWriter* writer() const { return reply_.writer; }
    // The exchange is gone, or its answer is given otherwise.
    void close() { reply_.writer = nullptr; }

    void show(const UploadProgress& progress);
    // Writes what waits, if the client reads again.
    void look();
    void end(const UploadOutcome& outcome);

private:
    void write_line();
    void begin(int status);

    http::ReplyLink reply_;
    http::AnswerStream* const stream_;
    const std::string request_id_;
    const std::string query_id_;
    bool has_begun_ = false;
    UploadProgress now_;
    UploadProgress written_;
};

// The answer over HTTP/1.1, and of what fails before its first line.
http::Answer answer_of(const UploadOutcome& outcome);

}  // namespace millrace::upload
