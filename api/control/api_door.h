#pragma once
// ApiDoor: requests to the REST API: read whole by the loop, served by the pool, answered by the
// loop. A client that is slow costs a connection and no thread.
//
//     begin -> receive -> pool -> answer
//                 ^         |
//                 +- parked +        a call that waits for progress holds no thread: it is made
//                                    again when there is some, or when its time is over
//
// A call that takes long is told when its client has gone: Request::is_abandoned.
//
// Lifetime  pool and progress must outlive it; the pool is stopped before it goes.
// Thread    its loop's, but for `post`.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "api/control/rest_pool.h"
#include "api/control/rows_progress.h"
#include "api/http/door.h"
#include "core/base/time.h"
#include "core/definitions/random_text.h"

namespace millrace::control {

class ApiExchange;

class ApiDoor final : public http::Door {
public:
    using Step = std::function<void()>;
    struct Parts {
        RestPool& pool;
        Progress& progress;
        definitions::RandomText& random;  // for request ids
        std::uint64_t body_bytes_max;
        std::function<void(Step)> post;                      // on the loop, called from any thread
        std::function<void(Milliseconds, Step)> post_after;  // the same, called on the loop
    };

    explicit ApiDoor(Parts parts);
    ~ApiDoor() override;

    bool serves(const http::RequestView& /*request*/) const override { return true; }
    http::ExchangePtr begin(const http::RequestView& request,
                            http::ResponseWriter& writer) override;
    http::Answer refusal(const Error& error) override;
    void tick(SteadyTime /*now*/) override {}
    void abandon() override {}
    void failed(const std::exception& exception) noexcept override;

private:
    friend class ApiExchange;

    void look_later();
    void look_at_parked();
    void look_at_clients_later();
    void look_at_clients();

    const Parts parts_;
    std::vector<ApiExchange*> parked_;
    bool is_looking_ = false;             // look_at_parked() will be called
    std::vector<ApiExchange*> asked_;     // the pool has their calls
    bool is_looking_at_clients_ = false;  // look_at_clients() will be called
};

}  // namespace millrace::control
