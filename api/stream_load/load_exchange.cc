#include "api/stream_load/load_exchange.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "api/http/error_status.h"
#include "api/http/later_answer.h"
#include "api/http/refusals.h"
#include "api/log/log.h"
#include "api/stream_load/answer_texts.h"
#include "api/stream_load/doris_answers.h"
#include "api/stream_load/statement_request.h"

namespace millrace::stream_load {
namespace {

constexpr std::uint64_t kMega = 1 << 20;
// Of a body whose answer is known, so that its client reads that.
constexpr std::uint64_t kDroppedBytesMax = 1 << 30;
constexpr Milliseconds kDroppedPauseMax = std::chrono::seconds(2);

Error too_large(std::uint64_t bytes, std::uint64_t bytes_max) {
    return refused("E-217",
                   fmt::format("body size {} exceed BE's conf `streaming_load_max_mb` {}. increase "
                               "it if you are sure this load is reasonable",
                               bytes, bytes_max / kMega));
}

Error torn(std::uint64_t bytes) {
    return refused("NETWORK_ERROR",
                   fmt::format("receive body don't equal with body bytes: the client has ended its "
                               "side after {} bytes of the body",
                               bytes));
}

std::string error_log_url(const DoorSetup& setup, std::string_view host) {
    const auto own = host.empty() ? fmt::format("127.0.0.1:{}", setup.own_port()) : "";
    return fmt::format("{}://{}/api/_load_error_log?file=", setup.scheme,
                       host.empty() ? std::string_view(own) : host);
}

}  // namespace

LoadExchange::LoadExchange(StreamLoadDoor& door, http::ResponseWriter& writer)
    : door_(door), link_(std::make_shared<http::ReplyLink>(http::ReplyLink{.writer = &writer})) {}

void LoadExchange::begin(const http::RequestView& request, const LoadPath& path) {
    const auto headers = http::SentHeaders::of(request);
    const bool is_by_sql = path.kind == CallKind::http_stream;
    const auto read = is_by_sql ? read_statement_headers(headers, request_)
                                : read_load_headers(headers, request_);
    const auto& statement = request_.statement;
    const auto database = statement ? statement->database : path.database;
    // Its client takes the first status line for the answer.
    may_continue_ = !headers.text("user-agent").starts_with("Fluent-Bit");
    const auto grant = door_.grant_of(request);
    if (!grant.ok()) {
        return refuse(grant.error(), kNotAuthorized, http::status_of(grant.error()));
    }
    if (is_by_sql && !statement) return refuse(read.error(), kInvalidArgument);
    if (!grant.value().may_load(bucket_of(database))) {
        return refuse(analysis_error("Access denied; you need (at least one of) the (LOAD) "
                                     "privilege(s) for this operation"),
                      kAnalysisError);
    }
    if (const auto framed = check_framing(request, headers); !framed.ok()) {
        return refuse(framed.error(), kInvalidArgument);
    }
    sends_at_once_ = !request.head.expects_continue;
    if (!read.ok()) return refuse(read.error(), kInvalidArgument);
    start({.request = request_,
           .database = database,
           .table = statement ? statement->table : path.table,
           .error_log_url = error_log_url(door_.setup_, headers.text("host")),
           .announced_bytes = request.head.is_chunked ? 0 : request.head.content_length});
}

// Without a length nothing says whether the rows have all come: it is never an empty load.
Result<void> LoadExchange::check_framing(const http::RequestView& request,
                                         const http::SentHeaders& headers) const {
    const auto& head = request.head;
    if (!head.is_chunked && !headers.find("content-length")) {
        return invalid_argument(
            "content_length is empty and transfer-encoding!=chunked, please set content_length or "
            "transfer-encoding=chunked");
    }
    const auto bytes_max = door_.setup_.body_bytes_max;
    if (head.content_length > bytes_max) return too_large(head.content_length, bytes_max);
    return {};
}

void LoadExchange::refuse(const Error& error, std::string_view cls, int status) {
    auto& random = door_.setup_.loads.stores.random;
    auto result = result_of(request_);
    if (result.label.empty()) {
        result.label = to_string(random.uuid_v7(door_.setup_.loads.stores.clock.age()));
    }
    result.message = message_of(error, cls);
    refusal_ = load_answer(result, status);
    door_.setup_.loads.counters.add(result);
    log::info("stream_load_refused", {{"label", result.label}, {"cause", error.client_text()}});
}

void LoadExchange::start(LoadOrder order) {
    began_ = door_.setup_.loads.stores.clock.steady();
    last_piece_ = began_;
    session_ = std::make_shared<LoadSession>(
        door_.setup_.loads, std::move(order),
        LoadSession::Events{.want_body =
                                [link = link_, post = door_.post_] {
                                    post([link] {
                                        if (link->writer != nullptr) link->writer->resume_body();
                                    });
                                },
                            .answer =
                                [link = link_, post = door_.post_](const LoadResult& result) {
                                    post([link, answer = load_answer(result)] {
                                        link->reply(answer);
                                    });
                                }});
    link_->is_body_coming = sends_at_once_;
    session_->start();
    door_.loads_.insert(this);
}

http::BodyMode LoadExchange::body_mode() const {
    if (refusal_) {
        if (!sends_at_once_) return {};
        return {.kind = http::BodyMode::Kind::streamed, .bytes_max = kDroppedBytesMax};
    }
    return {.kind = http::BodyMode::Kind::streamed,
            .bytes_max = door_.setup_.body_bytes_max,
            .is_held = true,
            .is_untimed = true,
            .may_continue = may_continue_};
}

http::Demand LoadExchange::receive_piece(std::string_view piece) {
    if (refusal_) return http::Demand::more;
    last_piece_ = door_.setup_.loads.stores.clock.steady();
    bytes_ += piece.size();
    link_->is_body_coming = true;
    if (link_->waiting) {
        dropped_bytes_ += piece.size();
        const auto link = link_;  // the exchange may be released by the answer
        if (dropped_bytes_ > kDroppedBytesMax) link->end_wait();
        return http::Demand::more;
    }
    return session_->give(piece) ? http::Demand::more : http::Demand::pause;
}

void LoadExchange::receive(const http::RequestView& /*request*/, std::string_view /*body*/) {
    if (refusal_) return link_->reply(*refusal_);
    is_whole_ = true;
    const auto link = link_;  // as above
    if (link->waiting) return link->end_wait();
    link->is_body_coming = false;
    session_->end_body();
}

void LoadExchange::look_at(SteadyTime now) {
    const auto* const stop = door_.setup_.stop;
    const bool is_stopping = stop != nullptr && stop->has_come(now);
    if (link_->waiting) {
        if (!is_stopping && now < last_piece_ + kDroppedPauseMax) return;
        return door_.post_([link = link_] { link->end_wait(); });
    }
    if (is_stopping && !is_whole_) return session_->give_up("the service stops, send it again");
    if (is_whole_ && !request_.time) return;
    const auto end = request_.time ? began_ + *request_.time : last_piece_ + kUsualTime;
    if (now < end) return;
    session_->give_up(
        detail(fmt::format("timeout by txn manager: {} bytes of the body had come", bytes_)));
}

void LoadExchange::abandon() {
    link_->writer = nullptr;
    session_->give_up("the service was stopped");
}

// What the connection says of a body, in the words of a load. Its label is free before the answer.
http::Answer LoadExchange::refusal(const Error& error) {
    if (refusal_ || link_->waiting) {
        auto answer = refusal_ ? *refusal_ : *std::exchange(link_->waiting, std::nullopt);
        link_->writer = nullptr;
        return answer;
    }
    const auto bytes_max = door_.setup_.body_bytes_max;
    const auto cause = error.name() == http::kBodyTooLarge ? too_large(bytes_max + 1, bytes_max)
                       : error.name() == http::kBodyTorn   ? torn(bytes_)
                                                           : error;
    if (session_ != nullptr && link_->writer != nullptr) {
        link_->is_body_coming = false;
        session_->refuse_body(cause);
        return http::answer_later();
    }
    auto result = result_of(request_);
    result.message = message_of(cause, kInvalidArgument);
    result.bytes = bytes_;
    link_->writer = nullptr;
    return load_answer(result);
}

void LoadExchange::release() noexcept {
    const bool is_answered = link_->writer == nullptr;
    link_->writer = nullptr;
    if (session_ != nullptr) {
        door_.loads_.erase(this);
        if (!is_answered || !is_whole_) {
            session_->give_up(
                fmt::format("the connection has ended after {} bytes of the body", bytes_));
        }
    }
    delete this;
}

}  // namespace millrace::stream_load
