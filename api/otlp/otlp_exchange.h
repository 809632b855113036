#pragma once
// OtlpExchange: one OTLP request, from its head to its answer.
//
// Lifetime  its door's, which uses it again when it was released.
// Thread    its loop's.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/content_coding.h"
#include "api/http/door.h"
#include "api/otlp/divided_request.h"
#include "api/otlp/grpc_call.h"
#include "api/otlp/otlp_door.h"
#include "core/model/signal.h"
#include "core/otlp/flattener.h"
#include "core/pipeline/intake.h"
#include "core/pipeline/request.h"

namespace millrace::otlp {

class OtlpExchange final : public http::Exchange, public pipeline::Listener {
public:
    explicit OtlpExchange(OtlpDoor& door) : door_(door) {}

    // The head is there.
    void begin(const http::RequestView& request, http::ResponseWriter& writer);

    http::BodyMode body_mode() const override;
    void receive(const http::RequestView& request, std::string_view body) override;
    http::Answer refusal(const Error& error) override;
    void release() noexcept override;

    void ended(const pipeline::Request& request, const pipeline::Place& place) override;
    std::string to_remember(const pipeline::Request& request) override;
    std::uint64_t replayed(const std::string& remembered) override;

private:
    std::optional<OtlpUrl> url_of(const http::RequestView& request) const;
    Result<std::string_view> decoded(std::string_view body);
    std::optional<http::Answer> early_answer(const http::RequestView& request);
    std::optional<http::Answer> admit(const http::RequestView& request);
    http::Answer refused(const http::RequestView& request, const Error& error,
                         std::string_view body = {});
    void see_refusal(const http::RequestView& request, const Error& error, std::string_view body);
    void read_headers(const http::RequestView& request);
    std::string_view client_ip(const http::RequestView& request);
    std::optional<http::Answer> check_current(const http::RequestView& request);
    void receive_whole(const http::RequestView& request, std::string_view body);
    void take(const http::RequestView& request, std::string_view body);
    void submit(const http::RequestView& request);
    std::uint64_t part_bytes() const;
    bool is_to_divide(const Record& record) const;
    void end_divided(const Outcome& outcome);

    OtlpDoor& door_;
    http::ResponseWriter* writer_ = nullptr;
    std::optional<GrpcWriter> grpc_;       // of a call of gRPC: the writer
    std::optional<http::Answer> refusal_;  // known when the head was there
    Encoding encoding_ = Encoding::json;   // of the body, and of answers
    Signal signal_ = Signal::logs;
    http::ContentCoding coding_ = http::ContentCoding::identity;
    pipeline::Admission admission_;
    bool is_kept_ = false;      // by who answers: this, if what is done before throws
    bool is_admitted_ = false;  // admission_ is of this request
    std::optional<DividedRequest> divided_;
    std::shared_ptr<const pipeline::SourceRoute> route_;  // of that
    std::string forwarded_ip_;                            // the client of a proxied request
};

}  // namespace millrace::otlp
