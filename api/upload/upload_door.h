#pragma once
// UploadDoor: uploads of CSV and Avro into a table, on one loop.
//
// Who uploads has an API token that may load, as Bearer, or as the password of Basic.
//
// Lifetime  the ports must outlive it; uploads that it has begun may outlive it.
// Thread    its loop's.
// See       docs/upload.md

#include <functional>
#include <memory>
#include <string_view>
#include <unordered_set>

#include "api/access/token_gate.h"
#include "api/http/door.h"
#include "api/http/stop_moment.h"
#include "api/upload/upload_ports.h"
#include "core/model/proxies.h"

namespace millrace::upload {

// Of all loops; must outlive the doors.
struct UploadSetup {
    UploadPorts uploads;
    access::TokenGate& gate;
    Proxies proxies;
    const http::StopMoment* stop = nullptr;  // null: bodies have their time to the end
};

class UploadExchange;

class UploadDoor final : public http::Door {
public:
    // Runs a step on the loop of the door; from any thread.
    using Post = std::function<void(std::function<void()> step)>;

    UploadDoor(const UploadSetup& setup, Post post);
    ~UploadDoor() override;

    bool serves(const http::RequestView& request) const override;
    http::ExchangePtr begin(const http::RequestView& request,
                            http::ResponseWriter& writer) override;
    http::Answer refusal(const Error& error) override;
    void tick(SteadyTime now) override;  // cuts uploads whose clients are silent
    void abandon() override;
    void failed(const std::exception& exception) noexcept override;

private:
    friend class UploadExchange;

    Result<access::Grant> grant_of(const http::RequestView& request) const;

    const UploadSetup& setup_;
    const Post post_;
    std::unordered_set<UploadExchange*> uploads_;  // that are under way
};

}  // namespace millrace::upload
