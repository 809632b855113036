#pragma once
// TargetsReadyDoor: `GET /ready?targets=1` on the ports for events: whether records are taken, and
// whether the targets and stagings can be used.
//
// Anybody may ask and hears yes or no: `200 OK` or `503 NO`. Who has a token (Bearer, or the
// password of Basic) hears of each backend what is wrong with it.
//
// Thread  its loop's.
// See     docs/ingest.md, "Is it ready?"

#include <functional>
#include <memory>

#include "api/access/token_gate.h"
#include "api/app/backend_probe.h"
#include "api/http/door.h"
#include "core/pipeline/intake.h"

namespace millrace {

class TargetsReadyDoor final : public http::Door {
public:
    // Runs a step on the loop of the door; from any thread.
    using Post = std::function<void(std::function<void()> step)>;

    TargetsReadyDoor(pipeline::Intake& intake, BackendProbe& probe, access::TokenGate& gate,
                     Post post)
        : intake_(intake), probe_(probe), gate_(gate), post_(std::move(post)) {}

    bool serves(const http::RequestView& request) const override;
    http::ExchangePtr begin(const http::RequestView& request,
                            http::ResponseWriter& writer) override;
    http::Answer refusal(const Error& error) override;
    void tick(SteadyTime) override {}
    void abandon() override { *is_abandoned_ = true; }
    void failed(const std::exception& exception) noexcept override;

private:
    class Question;

    pipeline::Intake& intake_;
    BackendProbe& probe_;
    access::TokenGate& gate_;
    const Post post_;
    const std::shared_ptr<bool> is_abandoned_ = std::make_shared<bool>(false);
};

}  // namespace millrace
