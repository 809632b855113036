#include "api/upload/upload_exchange.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

#include "api/http/later_answer.h"
#include "api/http/sent_headers.h"
#include "api/log/log.h"
#include "api/upload/upload_path.h"
#include "core/base/error_names.h"

namespace millrace::upload {
namespace {

// Of a body whose answer is known, so that its client reads that.
constexpr std::uint64_t kDroppedBytesMax = 1 << 30;
constexpr Milliseconds kDroppedPauseMax = std::chrono::seconds(2);
constexpr std::uint64_t kBodyBytesMax = std::numeric_limits<std::int64_t>::max();

Error stopped() {
    return Error(Code::overloaded,
                 "The service stops; send the upload again later, with the same queryId.")
        .named(error_names::kUploadUnavailable);
}

std::string_view method_of(const http::RequestView& request) {
    return request.head_bytes.substr(0, request.head_bytes.find(' '));
}

}  // namespace

UploadExchange::UploadExchange(UploadDoor& door, http::ResponseWriter& writer)
    : door_(door), writer_(writer) {}

void UploadExchange::begin(const http::RequestView& request) {
    sends_at_once_ = !request.head.expects_continue && writer_.stream() == nullptr;
    last_piece_ = door_.setup_.uploads.stores.clock.steady();
    auto order = read_head(request);
    link_ = std::make_shared<AnswerLink>(writer_, request_.request_id, request_.query_id);
    if (order.ok()) return start(std::move(order).value());
    refusal_ = refuse(order.error());
    ++door_.setup_.uploads.counters.refused;
    log::info("upload_refused", {{"cause", order.error().client_text()}});
}

// Who may not load learns nothing of what else is wrong.
Result<UploadOrder> UploadExchange::read_head(const http::RequestView& request) {
    const auto headers = http::SentHeaders::of(request);
    const auto path = parse_upload_target(request.text(request.head.target));
    const auto read = read_upload_head(path.value_or(UploadPath{}), headers, request_);
    const auto& stores = door_.setup_.uploads.stores;
    auto made_id = to_string(stores.random.uuid_v7(stores.clock.age()));
    if (request_.request_id.empty()) request_.request_id = made_id;
    if (request_.query_id.empty()) request_.query_id = std::move(made_id);
    if (!path) {
        return Error(Code::not_found,
                     "There is nothing here; uploads are POST "
                     "/api/v1/datamarts/{datamart}/entities/{entity}/upload and POST "
                     "/upload?table={tableId}.")
            .named(error_names::kUploadPathNotFound);
    }
    if (method_of(request) != "POST") {
        return Error(Code::invalid, "An upload is a POST.")
            .named(error_names::kUploadMethodNotAllowed);
    }
    TRY_ASSIGN(const auto grant, door_.grant_of(request));
    if (path->table.empty()) {
        return Error(Code::invalid, "Say the table: /upload?table={tableId}.")
            .named(error_names::kUploadInvalidOption);
    }
    if (!grant.may_load(bucket_of(path->table))) {
        return Error(Code::unauthorized, "The token may not load into this table.")
            .named(error_names::kUploadForbidden);
    }
    TRY(read);
    return UploadOrder{
        .request = request_, .table = path->table, .wants_progress = writer_.stream() != nullptr};
}

http::Answer UploadExchange::refuse(const Error& error) const {
    UploadOutcome outcome;
    outcome.request_id = request_.request_id;
    outcome.query_id = request_.query_id;
    outcome.failure = failure_of(error);
    return answer_of(outcome);
}

void UploadExchange::start(UploadOrder order) {
    session_ = std::make_shared<UploadSession>(
        door_.setup_.uploads, std::move(order),
        UploadSession::Events{
            .want_body =
                [link = link_, post = door_.post_, paused = is_paused_] {
                    post([link, paused] {
                        *paused = false;
                        if (link->writer() != nullptr) link->writer()->resume_body();
                    });
                },
            .progress = [link = link_, post = door_.post_](
                            const UploadProgress& now) { post([link, now] { link->show(now); }); },
            .answer =
                [link = link_, post = door_.post_](const UploadOutcome& outcome) {
                    post([link, outcome] { link->end(outcome); });
                }});
    link_->reply().is_body_coming = sends_at_once_;
    session_->start();
    door_.uploads_.insert(this);
}

http::BodyMode UploadExchange::body_mode() const {
    if (refusal_) {
        if (!sends_at_once_) return {};
        return {.kind = http::BodyMode::Kind::streamed, .bytes_max = kDroppedBytesMax};
    }
    return {.kind = http::BodyMode::Kind::streamed,
            .bytes_max = kBodyBytesMax,
            .is_held = true,
            .is_untimed = true,
            .keeps_torn = true};
}

http::Demand UploadExchange::receive_piece(std::string_view piece) {
    if (refusal_) return http::Demand::more;
    last_piece_ = door_.setup_.uploads.stores.clock.steady();
    bytes_ += piece.size();
    auto& reply = link_->reply();
    if (!link_->has_parts()) reply.is_body_coming = true;
    if (reply.waiting) {
        dropped_bytes_ += piece.size();
        const auto link = link_;  // the exchange may be released by the answer
        if (dropped_bytes_ > kDroppedBytesMax) link->reply().end_wait();
        return http::Demand::more;
    }
    if (session_->give(piece)) return http::Demand::more;
    *is_paused_ = true;
    return http::Demand::pause;
}

void UploadExchange::receive(const http::RequestView& /*request*/, std::string_view /*body*/) {
    const auto link = link_;  // the exchange may be released by the answer
    if (refusal_) return link->reply().reply(*refusal_);
    is_whole_ = true;
    if (link->reply().waiting) return link->reply().end_wait();
    link->reply().is_body_coming = false;
    session_->end_body();
}

void UploadExchange::look_at(SteadyTime now) {
    link_->look();
    const auto* const stop = door_.setup_.stop;
    const bool is_stopping = stop != nullptr && stop->has_come(now);
    if (link_->reply().waiting) {
        if (!is_stopping && now < last_piece_ + kDroppedPauseMax) return;
        return door_.post_([link = link_] { link->reply().end_wait(); });
    }
    if (is_stopping && !is_whole_) return session_->cut(stopped());
    if (*is_paused_) last_piece_ = now;
    const auto idle = door_.setup_.uploads.limits.idle;
    if (is_whole_ || now < last_piece_ + idle) return;
    session_->cut(
        Error(Code::invalid, fmt::format("Nothing came for {} s, after {} bytes of the body.",
                                         idle.count() / 1000, bytes_))
            .named(error_names::kUploadIdle));
}

void UploadExchange::abandon() {
    link_->close();
    session_->cut(stopped());
}

// What the connection says of a body, in the words of an upload. Its queryId is free before the
// answer.
http::Answer UploadExchange::refusal(const Error& error) {
    const auto why = Error(error.code(), error.client_text()).named(error_names::kUploadMalformed);
    const bool is_known = refusal_ || (link_ && link_->reply().waiting);
    if (session_ && link_->writer() != nullptr && !is_known) {
        link_->reply().is_body_coming = false;
        session_->refuse_body(why);
        return http::answer_later();
    }
    auto answer = refusal_   ? *refusal_
                  : is_known ? *std::exchange(link_->reply().waiting, std::nullopt)
                             : refuse(why);
    if (link_) link_->close();
    return answer;
}

void UploadExchange::release() noexcept {
    if (link_) link_->close();
    if (session_) {
        door_.uploads_.erase(this);
        if (!is_whole_) {
            session_->cut(
                Error(Code::conflict,
                      fmt::format("The connection has ended after {} bytes of the body.", bytes_))
                    .named(error_names::kUploadCancelled));
        }
    }
    delete this;
}

}  // namespace millrace::upload
