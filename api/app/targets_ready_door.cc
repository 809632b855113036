#include "api/app/targets_ready_door.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "api/doors/door_answer.h"
#include "api/http/request_target.h"
#include "api/log/log.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;
using Findings = BackendProbe::Findings;

bool is_good(const Findings& findings) {
    return std::ranges::all_of(findings, [](const auto& found) { return found.outcome.ok(); });
}

http::Answer yes_or_no(bool yes) {
    return http::text_answer(yes ? 200 : 503, yes ? "OK\n" : "NO\n");
}

http::Answer details(const Findings& findings) {
    auto backends = Json::array();
    for (const auto& [what, outcome] : findings) {
        Json backend = {{"name", what}, {"ok", outcome.ok()}};
        if (!outcome.ok()) backend["reason"] = outcome.error().operator_text();
        backends.push_back(std::move(backend));
    }
    const bool good = is_good(findings);
    const Json json = {{"ready", good}, {"backends", std::move(backends)}};
    return {.status = good ? 200 : 503,
            .media = http::Media::json,
            .headers = {},
            .body = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"};
}

}  // namespace

// It keeps itself until it is released: who answers it later finds it gone then.
class TargetsReadyDoor::Question final : public http::Exchange,
                                         public std::enable_shared_from_this<Question> {
public:
    Question(TargetsReadyDoor& door, http::ResponseWriter& writer)
        : door_(door), writer_(&writer) {}

    void keep() { self_ = shared_from_this(); }

    http::BodyMode body_mode() const override { return {}; }

    void receive(const http::RequestView& request, std::string_view /*body*/) override {
        const auto authorization = request.text(request.head.authorization);
        if (!authorization.empty()) {
            const auto grant = door_.gate_.check(authorization, request.peer_ip);
            if (!grant.ok()) return writer_->reply(doors::error_answer(grant.error()));
            wants_details_ = true;
        }
        door_.intake_.ask_ready([weak = weak_from_this()](const Result<void>& ready) {
            if (const auto self = weak.lock()) self->taken(ready);
        });
    }

    http::Answer refusal(const Error& error) override { return doors::error_answer(error); }

    void release() noexcept override {
        writer_ = nullptr;
        const auto last = std::move(self_);
    }

private:
    void taken(const Result<void>& ready) {
        if (writer_ == nullptr) return;
        if (!ready.ok()) return writer_->reply(doors::error_answer(ready.error()));
        door_.probe_.ask([weak = weak_from_this(), post = door_.post_,
                          is_abandoned = door_.is_abandoned_](const auto& findings) {
            post([weak, is_abandoned, findings] {
                const auto self = weak.lock();
                if (self != nullptr && !*is_abandoned) self->found(*findings);
            });
        });
    }

    void found(const Findings& findings) {
        if (writer_ == nullptr) return;
        writer_->reply(wants_details_ ? details(findings) : yes_or_no(is_good(findings)));
    }

    TargetsReadyDoor& door_;
    http::ResponseWriter* writer_;
    bool wants_details_ = false;
    std::shared_ptr<Question> self_;
};

bool TargetsReadyDoor::serves(const http::RequestView& request) const {
    const auto method = request.head.method;
    if (method != http::Method::get && method != http::Method::head) return false;
    return http::origin_form(request.text(request.head.target)) == "/ready?targets=1";
}

http::ExchangePtr TargetsReadyDoor::begin(const http::RequestView& /*request*/,
                                          http::ResponseWriter& writer) {
    const auto question = std::make_shared<Question>(*this, writer);
    question->keep();
    return http::ExchangePtr(question.get());
}

http::Answer TargetsReadyDoor::refusal(const Error& error) {
    return doors::error_answer(error);
}

void TargetsReadyDoor::failed(const std::exception& exception) noexcept {
    log::error("request_failed", {{"cause", std::string(exception.what())}});
}

}  // namespace millrace
