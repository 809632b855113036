#pragma once
// LoadExchange: the request of one Stream Load, from its head to its answer.
//
// What its head shows to be wrong is answered before the body is read, and without 100 Continue; so
// is a label that is taken, because the body is held until the load has begun.
//
// Lifetime  until it is released; the session, which it shares, may go on then.
// Thread    its loop's.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "api/http/door.h"
#include "api/http/reply_link.h"
#include "api/stream_load/load_path.h"
#include "api/stream_load/load_request.h"
#include "api/stream_load/load_session.h"
#include "api/stream_load/stream_load_door.h"
#include "core/base/time.h"

namespace millrace::stream_load {

class LoadExchange final : public http::Exchange {
public:
    LoadExchange(StreamLoadDoor& door, http::ResponseWriter& writer);

    void begin(const http::RequestView& request, const LoadPath& path);

    // Gives the load up if it has had its time.
    void look_at(SteadyTime now);
    // The loop ends.
    void abandon();

    http::BodyMode body_mode() const override;
    http::Demand receive_piece(std::string_view piece) override;
    void receive(const http::RequestView& request, std::string_view body) override;
    http::Answer refusal(const Error& error) override;
    void release() noexcept override;

private:
    ~LoadExchange() = default;

    Result<void> check_framing(const http::RequestView& request,
                               const http::SentHeaders& headers) const;
    void refuse(const Error& error, std::string_view cls, int status = 200);
    void start(LoadOrder order);

    StreamLoadDoor& door_;
    const std::shared_ptr<http::ReplyLink> link_;
    std::shared_ptr<LoadSession> session_;
    std::optional<http::Answer> refusal_;  // known when the head was there
    LoadRequest request_;
    bool may_continue_ = true;
    bool sends_at_once_ = false;  // its client does not wait for 100 Continue
    bool is_whole_ = false;
    SteadyTime began_;
    SteadyTime last_piece_;
    std::uint64_t bytes_ = 0;
    std::uint64_t dropped_bytes_ = 0;  // since the answer is known
};

}  // namespace millrace::stream_load
