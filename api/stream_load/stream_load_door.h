#pragma once
// StreamLoadDoor: Apache Doris' Stream Load on one loop: a client of it points its host and port
// here.
//
// Who loads has an API token as the password of Basic, with any user name.
//
// Lifetime  the ports must outlive it; loads that it has begun may outlive it.
// Thread    its loop's.
// See       docs/stream-load.md

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "api/access/token_gate.h"
#include "api/http/door.h"
#include "api/http/stop_moment.h"
#include "api/stream_load/load_calls.h"
#include "api/stream_load/load_ports.h"
#include "core/model/proxies.h"

namespace millrace::stream_load {

// Of all loops; must outlive the doors.
struct DoorSetup {
    LoadPorts loads;
    access::TokenGate& gate;
    Proxies proxies;
    bool may_root_load = false;   // without a password
    std::string scheme = "http";  // of addresses in answers
    std::uint64_t body_bytes_max = std::uint64_t{10240} << 20;
    std::function<std::uint16_t()> own_port;  // where a request has no Host
    const http::StopMoment* stop = nullptr;   // null: bodies have their time to the end
};

class CallExchange;
class LoadExchange;

class StreamLoadDoor final : public http::Door {
public:
    // Runs a step on the loop of the door; from any thread.
    using Post = std::function<void(std::function<void()> step)>;

    StreamLoadDoor(const DoorSetup& setup, Post post);
    ~StreamLoadDoor() override;

    bool serves(const http::RequestView& request) const override;
    http::ExchangePtr begin(const http::RequestView& request,
                            http::ResponseWriter& writer) override;
    http::Answer refusal(const Error& error) override;
    std::optional<http::Answer> refuse_head(std::string_view request_line,
                                            const Error& error) override;
    void tick(SteadyTime now) override;  // gives up loads whose time is over
    void abandon() override;
    void failed(const std::exception& exception) noexcept override;

private:
    friend class LoadExchange;
    friend class CallExchange;

    Result<access::Grant> grant_of(const http::RequestView& request) const;

    const DoorSetup& setup_;
    const Post post_;
    const std::shared_ptr<LoadCalls> calls_;   // shared with calls under way
    std::unordered_set<LoadExchange*> loads_;  // that are under way
};

}  // namespace millrace::stream_load
