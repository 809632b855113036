#pragma once
// IngestExchange: one request to the data plane, from its head to its answer.
//
// Lifetime  its door's, which uses it again when it was released.
// Thread    its loop's.

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "api/doors/door_answer.h"
#include "api/http/content_coding.h"
#include "api/http/door.h"
#include "api/ingest/ingest_door.h"
#include "api/ingest/stream_url.h"
#include "core/pipeline/intake.h"
#include "core/pipeline/request.h"
#include "core/pipeline/seen_request.h"

namespace millrace::ingest {

class IngestExchange final : public http::Exchange, public pipeline::Listener {
public:
    explicit IngestExchange(IngestDoor& door) : door_(door) {}

    // The head is there.
    void begin(const http::RequestView& request, http::ResponseWriter& writer);

    http::BodyMode body_mode() const override;
    void receive(const http::RequestView& request, std::string_view body) override;
    http::Answer refusal(const Error& error) override;
    void release() noexcept override;

    void ended(const pipeline::Request& request, const pipeline::Place& place) override;
    std::string to_remember(const pipeline::Request& request) override;
    std::uint64_t replayed(const std::string& remembered) override;

    // The refusal that waits in IngestDoor::held_.
    void answer_held();

private:
    std::optional<http::Answer> early_answer(const http::RequestView& request,
                                             const StreamUrl& url);
    std::optional<http::Answer> answer_other(const http::RequestView& request,
                                             const StreamUrl& url);
    std::optional<http::Answer> answer_options(const http::RequestView& request,
                                               const StreamUrl& url);
    std::optional<http::Answer> admit(const http::RequestView& request, const StreamUrl& url);
    std::optional<http::Answer> check_rules(const http::RequestView& request);
    std::optional<http::Answer> answer_challenge(const http::RequestView& request,
                                                 const StreamUrl& url);
    std::optional<http::Answer> check_current(const http::RequestView& request);
    std::string_view client_ip(const http::RequestView& request);
    void read_headers(const http::RequestView& request);
    void look_at_url(const http::RequestView& request);
    std::optional<webhooks::BadSignature> check_signature(const http::RequestView& request,
                                                          std::string_view body);
    void refuse_signature(const http::RequestView& request, std::string_view body,
                          webhooks::BadSignature reason);
    void leave_held() noexcept;
    http::Answer refused(const http::RequestView& request, const Error& error,
                         std::string_view body = {});
    void see_refusal(const Error& error);
    void receive_whole(const http::RequestView& request, std::string_view body);
    void take(const http::RequestView& request, std::string_view body);
    void take_event(const http::RequestView& request, std::string_view body);
    void submit(const http::RequestView& request, std::string_view body,
                std::string_view content_type);
    void take_decoded(const http::RequestView& request, std::string_view coded,
                      http::ContentCoding coding);

    IngestDoor& door_;
    http::ResponseWriter* writer_ = nullptr;
    std::optional<http::Answer> refusal_;  // known when the head was there
    bool is_probe_ = false;
    bool is_kept_ = false;  // by who answers: this, if what is done before throws
    bool is_admitted_ = false;
    // Of a request with records:
    bool verbose_ = false;
    pipeline::Wishes wishes_;
    pipeline::Admission admission_;
    webhooks::SourceRules* rules_ = nullptr;  // of the admission, while it is current
    std::uint64_t body_bytes_max_ = 0;
    std::string forwarded_ip_;  // the client of a proxied request
    std::optional<std::list<IngestExchange*>::iterator> held_at_;
};

}  // namespace millrace::ingest
