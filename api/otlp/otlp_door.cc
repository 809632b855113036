#include "api/otlp/otlp_door.h"

#include <fmt/format.h>

#include <utility>

#include "api/log/log.h"
#include "api/otlp/grpc_call.h"
#include "api/otlp/otlp_answers.h"
#include "api/otlp/otlp_exchange.h"
#include "api/otlp/otlp_url.h"

namespace millrace::otlp {

OtlpDoor::OtlpDoor(pipeline::Intake& intake, OtlpDoorOptions options)
    : intake_(intake), options_(std::move(options)), flattener_(options_.records_bytes_max) {}

OtlpDoor::~OtlpDoor() = default;

bool OtlpDoor::serves(const http::RequestView& request) const {
    const auto target = request.text(request.head.target);
    return is_otlp_target(target) || is_grpc_target(target);
}

http::ExchangePtr OtlpDoor::begin(const http::RequestView& request, http::ResponseWriter& writer) {
    if (free_.empty()) {
        exchanges_.push_back(std::make_unique<OtlpExchange>(*this));
        free_.reserve(exchanges_.size());  // release() must not fail
        free_.push_back(exchanges_.back().get());
    }
    auto& exchange = *free_.back();
    free_.pop_back();
    exchange.begin(request, writer);
    return http::ExchangePtr(&exchange);
}

http::Answer OtlpDoor::refusal(const Error& error) {
    return error_answer(Error(error).named(fmt::format("stream.in.{}", error.name())),
                        Encoding::json);
}

void OtlpDoor::failed(const std::exception& exception) noexcept {
    try {
        log::error("request_failed", {{"cause", exception.what()}});
    } catch (const std::exception&) {  // without memory for the line it is left out
    }
}

}  // namespace millrace::otlp
