#pragma once
// CallExchange: a request of Doris' HTTP API that is no load. Its body is not looked at: clients
// send a commit with an empty one, or with none at all.
//
// Lifetime  until it is released.
// Thread    its loop's.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/door.h"
#include "api/http/reply_link.h"
#include "api/stream_load/load_calls.h"
#include "api/stream_load/load_path.h"
#include "api/stream_load/stream_load_door.h"

namespace millrace::stream_load {

class CallExchange final : public http::Exchange {
public:
    CallExchange(StreamLoadDoor& door, http::ResponseWriter& writer);

    void begin(const http::RequestView& request, LoadPath path);

    http::BodyMode body_mode() const override { return {}; }
    void receive(const http::RequestView& request, std::string_view body) override;
    http::Answer refusal(const Error& error) override;
    void release() noexcept override;

private:
    ~CallExchange() = default;

    std::optional<http::Answer> answer_at_once(const http::RequestView& request) const;
    std::optional<http::Answer> refuse_stranger(const http::RequestView& request) const;
    void answer_later();

    StreamLoadDoor& door_;
    const std::shared_ptr<http::ReplyLink> link_;
    std::optional<http::Answer> answer_;  // known when the head was there
    LoadPath path_;
    TwoPhaseRequest two_phase_;
};

}  // namespace millrace::stream_load
