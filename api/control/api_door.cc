#include "api/control/api_door.h"

#include <fmt/format.h>

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

#include "api/control/api_errors.h"
#include "api/control/control_events.h"
#include "api/control/render.h"

namespace millrace::control {
namespace {

constexpr Milliseconds kLookEvery{20};  // at the progress, while anyone is parked
// Rows also become durable without a step that is noted.
constexpr Milliseconds kAskAgain{250};
constexpr Milliseconds kLookAtClientsEvery{250};  // while the pool has calls

// The request as the REST server reads it: as it came, but in one chunk where there were several.
std::string text_of(const http::RequestView& request, std::string_view body) {
    std::string text;
    text.reserve(request.head_bytes.size() + body.size() + 48);
    text += request.head_bytes;
    if (request.head.is_http_2) {  // whose frames say how long a body is
        if (!request.head.has_length && !body.empty()) {
            text.resize(text.size() - 2);
            text += fmt::format("content-length: {}\r\n\r\n", body.size());
        }
        return text += body;
    }
    if (!request.head.is_chunked) return text += body;
    if (!body.empty()) text += fmt::format("{:x}\r\n{}\r\n", body.size(), body);
    return text += "0\r\n\r\n";
}

}  // namespace

// One request, from its head to its answer.
class ApiExchange final : public http::Exchange {
public:
    ApiExchange(ApiDoor& door, http::ResponseWriter& writer)
        : door_(door), writer_(writer), self_(std::make_shared<ApiExchange*>(this)) {}

    http::BodyMode body_mode() const override {
        return {.kind = http::BodyMode::Kind::whole, .bytes_max = door_.parts_.body_bytes_max};
    }
    void receive(const http::RequestView& request, std::string_view body) override {
        call_ = {.text = text_of(request, body),
                 .has_body = request.head.is_chunked || request.head.content_length > 0,
                 .client_ip = std::string(request.peer_ip),
                 .waiting = {},
                 .is_abandoned = is_abandoned_};
        ask();
    }
    http::Answer refusal(const Error& error) override { return door_.refusal(error); }
    void release() noexcept override {
        *self_ = nullptr;
        is_abandoned_->store(true);
        std::erase(door_.parked_, this);
        std::erase(door_.asked_, this);
        delete this;
    }

    // A parked one: whether it is to be asked again.
    bool is_due(std::uint64_t steps, SteadyTime now) const {
        return steps != call_.waiting->steps_seen || now >= ask_again_at_;
    }
    void ask() {
        auto done = [self = self_, post = door_.parts_.post](RestResult result) {
            post([self, result = std::move(result)]() mutable {
                if (*self != nullptr) (*self)->complete(std::move(result));
            });
        };
        door_.parts_.pool.submit(std::make_shared<const RestCall>(call_), std::move(done));
        door_.asked_.push_back(this);
        door_.look_at_clients_later();
    }
    // Over HTTP/1.1 nothing is read meanwhile, so the end of the client is looked for.
    void look_at_client() {
        if (writer_.is_client_gone()) is_abandoned_->store(true);
    }

private:
    ~ApiExchange() = default;

    void complete(RestResult result) {
        std::erase(door_.asked_, this);
        if (!result.waiting) return writer_.reply(result.answer);
        call_.waiting = std::move(result.waiting);
        ask_again_at_ = std::min(call_.waiting->until, Progress::now() + kAskAgain);
        door_.parked_.push_back(this);
        door_.look_later();
    }

    ApiDoor& door_;
    http::ResponseWriter& writer_;
    const std::shared_ptr<ApiExchange*> self_;  // null once it is released; the loop's thread's
    const std::shared_ptr<std::atomic<bool>> is_abandoned_ =
        std::make_shared<std::atomic<bool>>(false);
    RestCall call_;
    SteadyTime ask_again_at_;
};

ApiDoor::ApiDoor(Parts parts) : parts_(std::move(parts)) {}

ApiDoor::~ApiDoor() = default;

http::ExchangePtr ApiDoor::begin(const http::RequestView& /*request*/,
                                 http::ResponseWriter& writer) {
    return http::ExchangePtr(new ApiExchange(*this, writer));
}

http::Answer ApiDoor::refusal(const Error& error) {
    const auto id = parts_.random.make(kRequestIdLength);
    const auto named = Error(error).named(fmt::format("stream.api.{}", error.name()));
    auto answer = answer_of(error_response(named, id), id);
    const bool says_when = answer.headers.find("Retry-After:") != std::string::npos;
    if (answer.status == 503 && !says_when) answer.headers += "Retry-After: 1\r\n";
    return answer;
}

void ApiDoor::failed(const std::exception& exception) noexcept {
    try {
        const Error error(Code::internal, exception.what());
        emit(RequestFailed{.request_id = "", .method = "", .path = "", .error = error});
    } catch (const std::exception&) {  // without memory for the line it is left out
    }
}

void ApiDoor::look_later() {
    if (std::exchange(is_looking_, true)) return;
    parts_.post_after(kLookEvery, [this] {
        is_looking_ = false;
        look_at_parked();
    });
}

// A call that is answered by then is not looked at.
void ApiDoor::look_at_clients_later() {
    if (std::exchange(is_looking_at_clients_, true)) return;
    parts_.post_after(kLookAtClientsEvery, [this] {
        is_looking_at_clients_ = false;
        look_at_clients();
    });
}

void ApiDoor::look_at_clients() {
    for (auto* const exchange : asked_) exchange->look_at_client();
    if (!asked_.empty()) look_at_clients_later();
}

void ApiDoor::look_at_parked() {
    const auto steps = parts_.progress.steps();
    const auto now = Progress::now();
    std::vector<ApiExchange*> due;
    std::erase_if(parked_, [&](ApiExchange* exchange) {
        if (!exchange->is_due(steps, now)) return false;
        due.push_back(exchange);
        return true;
    });
    for (auto* const exchange : due) exchange->ask();
    if (!parked_.empty()) look_later();
}

}  // namespace millrace::control
