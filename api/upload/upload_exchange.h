#pragma once
// UploadExchange: the request of one upload, from its head to its answer.
//
// What its head shows to be wrong is answered before the body is read, and without 100 Continue; so
// is a queryId whose upload has ended, because the body is held until the operation has begun.
//
// Lifetime  until it is released; the session, which it shares, may go on then.
// Thread    its loop's.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "api/http/door.h"
#include "api/upload/answer_link.h"
#include "api/upload/upload_door.h"
#include "api/upload/upload_request.h"
#include "api/upload/upload_session.h"
#include "core/base/time.h"

namespace millrace::upload {

class UploadExchange final : public http::Exchange {
public:
    UploadExchange(UploadDoor& door, http::ResponseWriter& writer);

    void begin(const http::RequestView& request);

    // Cuts the upload if its client was silent for too long.
    void look_at(SteadyTime now);
    // The loop ends.
    void abandon();

    http::BodyMode body_mode() const override;
    http::Demand receive_piece(std::string_view piece) override;
    void receive(const http::RequestView& request, std::string_view body) override;
    http::Answer refusal(const Error& error) override;
    void release() noexcept override;

private:
    ~UploadExchange() = default;

    Result<UploadOrder> read_head(const http::RequestView& request);
    void start(UploadOrder order);
    http::Answer refuse(const Error& error) const;

    UploadDoor& door_;
    http::ResponseWriter& writer_;
    std::shared_ptr<AnswerLink> link_;  // once the head is read
    std::shared_ptr<UploadSession> session_;
    std::optional<http::Answer> refusal_;  // known when the head was there
    UploadRequest request_;
    // Its client sends the body before it reads: over HTTP/1.1, without waiting for 100 Continue.
    bool sends_at_once_ = false;
    bool is_whole_ = false;
    std::shared_ptr<bool> is_paused_ = std::make_shared<bool>(true);
    SteadyTime last_piece_;
    std::uint64_t bytes_ = 0;
    std::uint64_t dropped_bytes_ = 0;  // since the answer is known
};

}  // namespace millrace::upload
