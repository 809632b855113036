#include "api/upload/upload_door.h"

#include <exception>
#include <utility>

#include "api/http/forwarded.h"
#include "api/log/log.h"
#include "api/upload/answer_link.h"
#include "api/upload/upload_exchange.h"
#include "api/upload/upload_path.h"

namespace millrace::upload {

UploadDoor::UploadDoor(const UploadSetup& setup, Post post)
    : setup_(setup), post_(std::move(post)) {}

UploadDoor::~UploadDoor() = default;

bool UploadDoor::serves(const http::RequestView& request) const {
    return is_upload_target(request.text(request.head.target));
}

http::ExchangePtr UploadDoor::begin(const http::RequestView& request,
                                    http::ResponseWriter& writer) {
    auto* const upload = new UploadExchange(*this, writer);
    http::ExchangePtr exchange(upload);
    upload->begin(request);
    return exchange;
}

Result<access::Grant> UploadDoor::grant_of(const http::RequestView& request) const {
    const auto& proxies = setup_.proxies;
    const bool is_proxied = !proxies.trusted.empty() && http::is_trusted(proxies, request.peer_ip);
    const auto ip =
        is_proxied ? http::forwarded_ip(proxies, request) : std::string(request.peer_ip);
    return setup_.gate.check(request.text(request.head.authorization), ip);
}

http::Answer UploadDoor::refusal(const Error& error) {
    UploadOutcome outcome;
    outcome.failure = failure_of(error);
    return answer_of(outcome);
}

void UploadDoor::tick(SteadyTime now) {
    for (auto* const upload : uploads_) upload->look_at(now);
}

void UploadDoor::abandon() {
    for (auto* const upload : uploads_) upload->abandon();
}

void UploadDoor::failed(const std::exception& exception) noexcept {
    try {
        log::error("upload_request_failed", {{"cause", exception.what()}});
    } catch (const std::exception&) {  // without memory for the line it is left out
    }
}

}  // namespace millrace::upload
