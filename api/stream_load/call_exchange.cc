#include "api/stream_load/call_exchange.h"

#include <exception>
#include <utility>

#include "api/http/error_status.h"
#include "api/http/sent_headers.h"
#include "api/stream_load/answer_texts.h"
#include "api/stream_load/doris_answers.h"

namespace millrace::stream_load {
namespace {

bool is_open_to_all(CallKind kind) {
    return kind == CallKind::bootstrap || kind == CallKind::health || kind == CallKind::error_log ||
           kind == CallKind::unknown || kind == CallKind::wrong_method;
}

}  // namespace

CallExchange::CallExchange(StreamLoadDoor& door, http::ResponseWriter& writer)
    : door_(door), link_(std::make_shared<http::ReplyLink>(http::ReplyLink{.writer = &writer})) {}

void CallExchange::begin(const http::RequestView& request, LoadPath path) {
    path_ = std::move(path);
    if (!is_open_to_all(path_.kind)) answer_ = refuse_stranger(request);
    if (!answer_) answer_ = answer_at_once(request);
    if (answer_ || path_.kind != CallKind::two_phase) return;
    const auto headers = http::SentHeaders::of(request);
    two_phase_ = {.database = path_.database,
                  .txn_id = std::string(headers.text("txn_id")),
                  .label = std::string(headers.text("label")),
                  .operation = std::string(headers.text("txn_operation"))};
}

std::optional<http::Answer> CallExchange::refuse_stranger(const http::RequestView& request) const {
    const bool is_two_phase = path_.kind == CallKind::two_phase;
    const auto grant = door_.grant_of(request);
    if (!grant.ok()) {
        auto answer = is_two_phase ? two_phase_answer(kNotAuthorized, grant.error().client_text())
                                   : refused_envelope(401, grant.error().client_text());
        answer.status = http::status_of(grant.error());
        return answer;
    }
    if (path_.database.empty()) return std::nullopt;
    const auto bucket = bucket_of(path_.database);
    const bool writes = is_two_phase || path_.kind == CallKind::cancel;
    if (writes ? grant.value().may_load(bucket) : grant.value().may_read(bucket)) {
        return std::nullopt;
    }
    constexpr std::string_view kDenied = "Access denied for this database";
    return is_two_phase ? two_phase_answer(kNotAuthorized, kDenied)
                        : refused_envelope(401, kDenied);
}

std::optional<http::Answer> CallExchange::answer_at_once(const http::RequestView& request) const {
    switch (path_.kind) {
        case CallKind::backends: {
            const auto headers = http::SentHeaders::of(request);
            return envelope(backends_data(headers.text("host"), door_.setup_.own_port()));
        }
        case CallKind::bootstrap:
            return envelope(bootstrap_data());
        case CallKind::health:
            return envelope(R"({"online_backend_num":1,"total_backend_num":1,"status":"OK"})");
        case CallKind::probe:
            return http::text_answer(200, "OK\n");
        case CallKind::wrong_method:
            return refused_envelope(405, "the path is there, with another method");
        case CallKind::unknown:
            return refused_envelope(404, "there is no such path, see docs/stream-load.md");
        case CallKind::load:
        case CallKind::http_stream:
        case CallKind::two_phase:
        case CallKind::load_state:
        case CallKind::cancel:
        case CallKind::error_log:
        case CallKind::schema:
        case CallKind::count:
            break;
    }
    return std::nullopt;
}

void CallExchange::receive(const http::RequestView& /*request*/, std::string_view /*body*/) {
    if (answer_) return link_->reply(*answer_);
    answer_later();
}

void CallExchange::answer_later() {
    const auto answered = [link = link_, post = door_.post_](http::Answer answer) {
        post([link, answer = std::move(answer)] { link->reply(answer); });
    };
    door_.setup_.loads.pool.post(
        [calls = door_.calls_, path = path_, two_phase = two_phase_, answered] {
            try {
                switch (path.kind) {
                    case CallKind::two_phase:
                        return calls->end_two_phase(two_phase, answered);
                    case CallKind::load_state:
                        return answered(calls->load_state(path.database, path.parameter));
                    case CallKind::cancel:
                        return answered(calls->cancel(path.database, path.parameter));
                    case CallKind::error_log:
                        return answered(calls->error_log(path.parameter));
                    case CallKind::schema:
                        return answered(calls->schema(path.database, path.table));
                    case CallKind::count:
                        return answered(calls->count(path.database, path.table));
                    case CallKind::load:
                    case CallKind::http_stream:
                    case CallKind::backends:
                    case CallKind::bootstrap:
                    case CallKind::health:
                    case CallKind::probe:
                    case CallKind::wrong_method:
                    case CallKind::unknown:
                        break;
                }
            } catch (const std::exception& exception) {
                answered(refused_envelope(
                    500, message_of(Error(Code::internal, exception.what()), kInternalError)));
            }
        });
}

http::Answer CallExchange::refusal(const Error& error) {
    link_->writer = nullptr;
    return door_.refusal(error);
}

void CallExchange::release() noexcept {
    link_->writer = nullptr;
    delete this;
}

}  // namespace millrace::stream_load
