#include "api/upload/answer_link.h"

#include <fmt/format.h>

#include <utility>

namespace millrace::upload {
namespace {

constexpr std::size_t kUnsentBytesMax = 16 << 10;

std::string headers_of(const UploadOutcome& outcome) {
    auto headers = fmt::format("x-request-id: {}\r\n", outcome.request_id);
    const auto status = outcome.status();
    if (status == 429 || status == 503 || status == 507) headers += "Retry-After: 5\r\n";
    if (status == 401) headers += "WWW-Authenticate: Bearer\r\n";
    if (status == 405) headers += "Allow: POST\r\n";
    return headers;
}

}  // namespace

http::Answer answer_of(const UploadOutcome& outcome) {
    return {.status = outcome.status(),
            .media = http::Media::json,
            .headers = headers_of(outcome),
            .body = render(outcome) + '\n'};
}

AnswerLink::AnswerLink(http::ResponseWriter& writer, std::string request_id, std::string query_id)
    : reply_({.writer = &writer}),
      stream_(writer.stream()),
      request_id_(std::move(request_id)),
      query_id_(std::move(query_id)) {}

void AnswerLink::begin(int status) {
    if (std::exchange(has_begun_, true)) return;
    stream_->begin(status, fmt::format("content-type: application/x-ndjson\r\nx-request-id: {}\r\n",
                                       request_id_));
}

void AnswerLink::write_line() {
    if (now_ == written_) return;
    begin(200);
    stream_->write(render_line(now_, written_, request_id_, query_id_));
    written_ = now_;
}

void AnswerLink::show(const UploadProgress& progress) {
    if (reply_.writer == nullptr || stream_ == nullptr) return;
    now_ = progress;
    look();
}

void AnswerLink::look() {
    if (reply_.writer == nullptr || stream_ == nullptr) return;
    if (stream_->unsent() <= kUnsentBytesMax) write_line();
}

void AnswerLink::end(const UploadOutcome& outcome) {
    if (reply_.writer == nullptr) return;
    if (stream_ == nullptr || (!has_begun_ && outcome.failure)) {
        if (stream_ != nullptr) reply_.is_body_coming = false;
        return reply_.reply(answer_of(outcome));
    }
    write_line();
    begin(200);
    stream_->write(render(outcome) + '\n');
    reply_.writer = nullptr;  // the exchange may be released before end() returns
    stream_->end(outcome.failure ? fmt::format("x-upload-status: {}\r\n", outcome.status()) : "");
}

}  // namespace millrace::upload
