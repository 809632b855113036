#pragma once
// IngestExchange: one request to the data plane, from its head to its answer.
//
// Lifetime  its door's, which uses it again when it was released.
// Thread    its loop's.

#include <optional>
#include <string>
#include <string_view>

#include "api/http/content_coding.h"
#include "api/http/door.h"
#include "api/ingest/answer.h"
#include "api/ingest/door.h"
#include "api/ingest/gate.h"
#include "api/ingest/requester.h"
#include "api/ingest/target.h"

namespace millrace::ingest {

class IngestExchange final : public http::Exchange, public Requester {
public:
    explicit IngestExchange(IngestDoor& door) : door_(door) {}

    // The head is there.
    void begin(const http::RequestView& request, http::ResponseWriter& writer);

    http::BodyMode body_mode() const override;
    void receive(const http::RequestView& request, std::string_view body) override;
    void release() noexcept override;

    void reply(const Answer& answer) override { writer_->reply(answer); }
    void reply_ok(int status, std::string_view headers) override {
        writer_->reply_ok(status, headers);
    }

private:
    std::optional<Answer> early_answer(const http::RequestView& request, const Target& target);
    std::optional<Answer> admit(const Target& target);
    void take(const http::RequestView& request, std::string_view body);
    void take_decoded(const http::RequestView& request, std::string_view coded,
                      http::ContentCoding coding);

    IngestDoor& door_;
    http::ResponseWriter* writer_ = nullptr;
    std::optional<Answer> refusal_;  // known when the head was there
    bool is_probe_ = false;
    Admission admission_;       // of a request with records
    std::string forwarded_ip_;  // the client of a proxied request
};

}  // namespace millrace::ingest
