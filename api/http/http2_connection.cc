#include "api/http/http2_connection.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <exception>
#include <new>
#include <span>
#include <utility>

#include "core/base/check.h"

namespace millrace::http {
namespace {

using Deadline = ConnectionHost::Deadline;

constexpr std::uint32_t kStreamsMax = 128;
constexpr std::uint32_t kStreamWindow = 128 << 10;
constexpr std::int32_t kWideStreamWindow = 1
                                           << 20;  // of a streamed body, while memory is not scarce
constexpr std::int32_t kConnectionWindow = 8 << 20;
constexpr std::size_t kFreeBytes = 4 << 10;  // of each connection, beside the budget
constexpr std::size_t kRoomMin = 4 << 10;
constexpr std::size_t kRoomMax = 64 << 10;
constexpr std::size_t kOutBytes = 64 << 10;  // made before they are sent
constexpr std::size_t kDrainBytesMax = 32 << 20;
constexpr std::size_t kFrameBytes = 16 << 10;
constexpr std::size_t kFieldsMost = 64;
constexpr std::size_t kSkippedMost = 8;

// What is no request. A reset costs more: the request before it was work.
constexpr double kFloodMost = 2000;
constexpr double kFloodPerSecond = 100;
constexpr double kResetCost = 4;
constexpr double kFrameCost = 1;
constexpr double kRequestGives = 2;
constexpr double kDataGives = 2;  // who reads a long answer opens windows all the time

struct FreeOption {
    void operator()(nghttp2_option* option) const noexcept { nghttp2_option_del(option); }
};
struct FreeCallbacks {
    void operator()(nghttp2_session_callbacks* all) const noexcept {
        nghttp2_session_callbacks_del(all);
    }
};
using Option = std::unique_ptr<nghttp2_option, FreeOption>;

Option make_option(const Limits& limits) {
    nghttp2_option* made = nullptr;
    if (nghttp2_option_new(&made) != 0) throw std::bad_alloc();
    nghttp2_option_set_no_auto_window_update(made, 1);
    // So that we are told of frames of unknown types, too: they are counted, and dropped.
    for (unsigned type = NGHTTP2_CONTINUATION + 1; type <= 0xff; ++type) {
        nghttp2_option_set_user_recv_extension_type(made, static_cast<std::uint8_t>(type));
    }
    nghttp2_option_set_max_continuations(made, limits.header_bytes / kFrameBytes + 8);
    return Option(made);
}

// "AAMAAABk": base64 of URLs, without padding.
std::optional<std::string> decode_base64url(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    while (text.ends_with('=')) text.remove_suffix(1);
    for (const char c : text) {
        constexpr std::string_view kDigits =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        const auto digit = kDigits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count & 0xff);
    }
    return bytes;
}

const std::uint8_t* bytes_of(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}
std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

std::optional<std::string> settings_of_upgrade(const RequestView& request) {
    const auto& head = request.head;
    if (head.http2_settings.length == 0) return std::nullopt;
    const auto has = [](std::string_view list, std::string_view token) {
        return boost::beast::http::token_list{list}.exists(token);
    };
    if (!has(request.text(head.upgrade), "h2c")) return std::nullopt;
    bool is_of_connection = false;
    unsigned settings = 0;
    for (const auto& header : head.headers) {
        const auto name = request.text(header.name);
        if (boost::beast::iequals(name, "connection")) {
            is_of_connection |= has(request.text(header.value), "http2-settings");
        }
        if (boost::beast::iequals(name, "http2-settings")) ++settings;
    }
    if (!is_of_connection || settings != 1) return std::nullopt;
    auto payload = decode_base64url(request.text(head.http2_settings));
    return payload && payload->size() % 6 == 0 ? payload : std::nullopt;
}

// What nghttp2 tells of the frames that come, and asks for those that go. Exceptions must not pass
// through it.
struct Http2Connection::Callbacks {
    template <typename Step>
    static int guarded(void* user, Step step) noexcept {
        auto& self = *static_cast<Http2Connection*>(user);
        try {
            return step(self);
        } catch (const std::exception& exception) {
            self.host_.door().failed(exception);
            return NGHTTP2_ERR_CALLBACK_FAILURE;
        }
    }

    static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
        return guarded(user, [&](Http2Connection& self) {
            return self.take_frame(head->type, head->stream_id, head->length)
                       ? 0
                       : NGHTTP2_ERR_CALLBACK_FAILURE;
        });
    }
    static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        return guarded(user, [&](Http2Connection& self) {
            if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) self.add_stream(frame->hd.stream_id);
            return 0;
        });
    }
    static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* user) {
        return guarded(user, [&](Http2Connection& self) {
            auto* const stream = self.find(frame->hd.stream_id);
            if (stream == nullptr) return 0;
            const bool goes_on =
                stream->add_field(text_of(name, name_size), text_of(value, value_size));
            return goes_on ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
        });
    }
    static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        return guarded(user, [&](Http2Connection& self) {
            auto* const stream = self.find(frame->hd.stream_id);
            if (stream == nullptr) return 0;
            const bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
            const bool is_head = frame->hd.type == NGHTTP2_HEADERS;
            if (is_head && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
                stream->head_is_whole(is_last);
            } else if (is_last && (is_head || frame->hd.type == NGHTTP2_DATA)) {
                stream->request_is_whole();
            } else {
                return 0;
            }
            if (is_last) self.flood_.give(kRequestGives);
            return 0;
        });
    }
    static int data(nghttp2_session* session, std::uint8_t, std::int32_t id,
                    const std::uint8_t* bytes, std::size_t size, void* user) {
        return guarded(user, [&](Http2Connection& self) {
            nghttp2_session_consume_connection(session, size);
            auto* const stream = self.find(id);
            const auto taken = stream == nullptr ? size : stream->take_body(text_of(bytes, size));
            if (taken > 0) nghttp2_session_consume_stream(session, id, taken);
            return 0;
        });
    }
    static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        auto& self = *static_cast<Http2Connection*>(user);
        if (frame->hd.type == NGHTTP2_DATA) self.flood_.give(kDataGives);
        return 0;
    }
    static int unknown_frame(nghttp2_session*, void**, const nghttp2_frame_hd*, void*) {
        return NGHTTP2_ERR_CANCEL;
    }
    static int invalid_frame(nghttp2_session*, const nghttp2_frame*, int, void* user) {
        return guarded(user, [&](Http2Connection& self) {
            return self.flood_.take(kResetCost, self.host_.now()) ? 0
                                                                  : NGHTTP2_ERR_CALLBACK_FAILURE;
        });
    }
    static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
        return guarded(user, [&](Http2Connection& self) {
            const auto found = self.streams_.find(id);
            if (found == self.streams_.end()) return 0;
            auto stream = std::move(found->second);
            self.streams_.erase(found);
            self.let_go(std::move(stream));
            return 0;
        });
    }
    static ssize_t read_answer(nghttp2_session* session, std::int32_t id, std::uint8_t* room,
                               std::size_t size, std::uint32_t* flags, nghttp2_data_source*,
                               void* user) {
        return guarded(user, [&](Http2Connection& self) -> int {
            auto* const stream = self.find(id);
            if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
            const auto part = stream->next_part({room, size});
            if (part.waits) return NGHTTP2_ERR_DEFERRED;
            if (part.is_last) *flags |= NGHTTP2_DATA_FLAG_EOF;
            if (part.is_last && !stream->trailers().empty()) {
                *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
                Http2Fields trailers;
                trailers.add_lines(stream->trailers());
                const auto made = trailers.made();
                nghttp2_submit_trailer(session, id, made.data(), made.size());
            }
            return static_cast<int>(part.bytes);
        });
    }

    static const nghttp2_session_callbacks* all() {
        static const auto made = [] {
            nghttp2_session_callbacks* all = nullptr;
            check(nghttp2_session_callbacks_new(&all) == 0, "no memory for HTTP/2");
            nghttp2_session_callbacks_set_on_begin_frame_callback(all, begin_frame);
            nghttp2_session_callbacks_set_on_begin_headers_callback(all, begin_headers);
            nghttp2_session_callbacks_set_on_header_callback(all, header);
            nghttp2_session_callbacks_set_on_frame_recv_callback(all, frame_received);
            nghttp2_session_callbacks_set_on_data_chunk_recv_callback(all, data);
            nghttp2_session_callbacks_set_on_frame_send_callback(all, frame_sent);
            nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(all, invalid_frame);
            nghttp2_session_callbacks_set_unpack_extension_callback(all, unknown_frame);
            nghttp2_session_callbacks_set_on_stream_close_callback(all, stream_closed);
            return std::unique_ptr<nghttp2_session_callbacks, FreeCallbacks>(all);
        }();
        return made.get();
    }
};

Http2Connection::Http2Connection(ConnectionHost& host, Http2Client client,
                                 std::string_view received,
                                 const std::optional<Http2Upgrade>& upgrade)
    : HostedConnection(std::move(client.share)),
      host_(host),
      stream_(std::move(client.stream)),
      peer_ip_(std::move(client.peer_ip)),
      memory_(host.memory()),
      first_bytes_(received),
      flood_(kFloodMost, kFloodPerSecond),
      error_(NGHTTP2_ENHANCE_YOUR_CALM) {
    if (share() != nullptr) memory_of_address_.emplace(share()->memory);
    const auto option = make_option(host.limits());
    if (nghttp2_session_server_new2(&session_, Callbacks::all(), this, option.get()) != 0) {
        throw std::bad_alloc();
    }
    greet();
    if (upgrade) begin_upgraded(*upgrade);
}

Http2Connection::~Http2Connection() {
    streams_.clear();
    let_go_.clear();
    nghttp2_session_del(session_);
}

void Http2Connection::greet() {
    const auto header_list = std::min<std::uint64_t>(host_.limits().header_bytes + kFieldsMost * 32,
                                                     std::uint64_t{1} << 30);
    const std::array<nghttp2_settings_entry, 3> settings = {{
        {.settings_id = NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, .value = kStreamsMax},
        {.settings_id = NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, .value = kStreamWindow},
        {.settings_id = NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
         .value = static_cast<std::uint32_t>(header_list)},
    }};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

void Http2Connection::begin_upgraded(const Http2Upgrade& upgrade) {
    const auto& request = upgrade.request;
    const bool is_head = request.head.method == Method::head;
    const auto done =
        nghttp2_session_upgrade2(session_, bytes_of(std::string_view(upgrade.settings)),
                                 upgrade.settings.size(), is_head ? 1 : 0, nullptr);
    if (done == 0) add_stream(1).take_head(request.head_bytes, request.head);
    if (done != 0) nghttp2_session_terminate_session(session_, NGHTTP2_PROTOCOL_ERROR);
}

template <typename Step>
void Http2Connection::guarded(Step step) {
    try {
        is_in_step_ = true;
        step();
        if (state_ == State::open) flush();
        is_in_step_ = false;
    } catch (const std::exception& exception) {
        is_in_step_ = false;
        host_.door().failed(exception);
        close();
    }
}

void Http2Connection::start() {
    host_.watch(*this, watched_);
    guarded([this] {
        if (host_.is_stopping()) leave();
        if (auto* const upgraded = find(1)) upgraded->head_is_whole(true);
        take(std::exchange(first_bytes_, {}));
        read();
    });
    settle();
}

Http2Stream& Http2Connection::add_stream(std::int32_t id) {
    was_used_ = true;
    if (id > newest_stream_ + 2) skipped_.push_back({.first = newest_stream_ + 2, .last = id - 2});
    if (skipped_.size() > kSkippedMost) skipped_.erase(skipped_.begin());
    newest_stream_ = id;
    auto& made = streams_[id];
    made = std::make_unique<Http2Stream>(*this, id);
    return *made;
}

Http2Stream* Http2Connection::find(std::int32_t id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : found->second.get();
}

// Before a frame is looked into. False: the connection ends.
bool Http2Connection::take_frame(int type, std::int32_t id, std::size_t length) {
    has_spoken_ = true;
    const bool is_head = type == NGHTTP2_HEADERS;
    const auto has_skipped = [id](const Skipped& ids) { return id >= ids.first && id <= ids.last; };
    if (is_head && std::ranges::any_of(skipped_, has_skipped)) {
        error_ = NGHTTP2_PROTOCOL_ERROR;
        return false;
    }
    const bool is_work = (is_head && id > newest_stream_) || (type == NGHTTP2_DATA && length > 0);
    if (is_work) return true;
    const auto cost = type == NGHTTP2_RST_STREAM ? kResetCost : kFrameCost;
    return flood_.take(cost, host_.now());
}

void Http2Connection::take(std::string_view bytes) {
    if (bytes.empty()) return;
    const auto taken = nghttp2_session_mem_recv(session_, bytes_of(bytes), bytes.size());
    if (taken >= 0) return;
    is_broken_ = true;
    const bool is_ours = taken == NGHTTP2_ERR_CALLBACK_FAILURE || taken == NGHTTP2_ERR_FLOODED;
    nghttp2_session_terminate_session(session_,
                                      is_ours ? error_ : std::uint32_t{NGHTTP2_PROTOCOL_ERROR});
}

// Small while little comes, as most connections are idle.
void Http2Connection::make_room() {
    auto wanted = std::max(room_bytes_, kRoomMin);
    if (is_filled_ && !host_.memory().is_scarce()) wanted = std::min(2 * wanted, kRoomMax);
    if (streams_.empty() && !is_filled_) wanted = kRoomMin;
    if (wanted == room_bytes_) return;
    if (!hold(room_bytes_, wanted) && wanted > kRoomMin) {
        hold(wanted, room_bytes_);
        return;
    }
    room_ = std::make_unique<char[]>(wanted);
    room_bytes_ = wanted;
}

void Http2Connection::read() {
    if (is_reading_ || is_writing_ || state_ == State::closed) return;
    make_room();
    is_reading_ = true;
    stream_->receive({room_.get(), room_bytes_}, *this);
}

void Http2Connection::on_received(std::size_t bytes) {
    is_reading_ = false;
    guarded([this, bytes] {
        if (bytes == 0) return close();
        if (state_ == State::draining) {
            drained_bytes_ += bytes;
            if (drained_bytes_ > kDrainBytesMax) return close();
        } else if (state_ == State::open) {
            is_filled_ = bytes == room_bytes_;
            if (!is_broken_) take({room_.get(), bytes});
            flush();
        }
        read();
    });
    settle();
}

// Sends what nghttp2 has to send, as far as the client takes it.
void Http2Connection::flush() {
    while (state_ == State::open && !is_writing_) {
        while (out_.size() < kOutBytes) {
            const std::uint8_t* made = nullptr;
            const auto size = nghttp2_session_mem_send(session_, &made);
            if (size < 0) return close();
            if (size == 0) break;
            out_ += text_of(made, static_cast<std::size_t>(size));
        }
        if (out_.empty()) return end_if_done();
        send_out();
    }
}

void Http2Connection::send_out() {
    const auto sent = stream_->send_now(out_);
    if (!sent) return close();
    out_.erase(0, *sent);
    if (out_.empty()) {
        if (out_.capacity() > kOutBytes / 4) out_ = {};
        return;
    }
    is_writing_ = true;
    writing_since_ = host_.now();
    stream_->send(out_, *this);
}

void Http2Connection::on_sent(bool whole) {
    is_writing_ = false;
    guarded([this, whole] {
        out_ = {};
        if (!whole) return close();
        flush();
        read();
    });
    settle();
}

void Http2Connection::end_if_done() {
    if (is_broken_ || (is_leaving_ && streams_.empty())) return drain();
    if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0) {
        drain();
    }
}

// A reset would take from the client what it has not read, so what it sends is read for a while.
void Http2Connection::drain() {
    let_go_all();
    stream_->finish_sending();
    state_ = State::draining;
    host_.watch(*this, Deadline::drain);
    read();
}

void Http2Connection::let_go(std::unique_ptr<Http2Stream> stream) {
    if (!stream->is_waiting()) return;
    stream->let_go();
    let_go_.push_back(std::move(stream));
}

void Http2Connection::let_go_all() {
    for (auto& [id, stream] : std::exchange(streams_, {})) let_go(std::move(stream));
}

void Http2Connection::let_go_has_ended() {
    if (!std::exchange(is_resume_asked_, true)) host_.resume_later(*this);
}

void Http2Connection::resume() {
    is_resume_asked_ = false;
    guarded([this] {
        std::erase_if(let_go_, [](const auto& stream) { return !stream->is_waiting(); });
        for (const auto id : std::exchange(to_pump_, {})) {
            auto* const stream = find(id);
            if (stream != nullptr && state_ == State::open) stream->pump();
        }
    });
    settle();
}

// The answers of one turn go together.
void Http2Connection::flush_later() {
    if (is_in_step_ || state_ != State::open || std::exchange(is_resume_asked_, true)) return;
    host_.resume_later(*this);
}

void Http2Connection::pump_later(std::int32_t id) {
    to_pump_.push_back(id);
    if (!std::exchange(is_resume_asked_, true)) host_.resume_later(*this);
}

bool Http2Connection::hold(std::size_t before, std::size_t now) {
    used_bytes_ = used_bytes_ + now - before;
    const auto needed = used_bytes_ - std::min(used_bytes_, kFreeBytes + kRoomMin);
    if (memory_of_address_ && !memory_of_address_->resize(needed)) return false;
    return memory_.resize(needed);
}

void Http2Connection::send_head(std::int32_t id, int status, std::string_view lines,
                                bool has_body) {
    fields_.clear();
    fields_.add_status(status);
    fields_.add_lines(lines);
    const auto made = fields_.made();
    nghttp2_data_provider body{.source = {}, .read_callback = Callbacks::read_answer};
    nghttp2_submit_response(session_, id, made.data(), made.size(), has_body ? &body : nullptr);
    flush_later();
}

void Http2Connection::send_continue(std::int32_t id) {
    Http2Fields fields;
    fields.add_status(100);
    const auto made = fields.made();
    nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, made.data(), made.size(),
                           nullptr);
    flush_later();
}

void Http2Connection::resume_answer(std::int32_t id) {
    nghttp2_session_resume_data(session_, id);
    flush_later();
}

void Http2Connection::reset(std::int32_t id) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    flush_later();
}

void Http2Connection::want_no_more(std::int32_t id) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
    flush_later();
}

void Http2Connection::give_window(std::int32_t id, std::size_t bytes) {
    nghttp2_session_consume_stream(session_, id, bytes);
    flush_later();
}

// A streamed body may be far ahead of its answers, while no other connection misses the memory.
void Http2Connection::widen(std::int32_t id) {
    if (host_.memory().is_scarce()) return;
    if (nghttp2_session_get_stream_local_window_size(session_, id) >= kWideStreamWindow / 2) return;
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, id, kWideStreamWindow);
    flush_later();
}

void Http2Connection::expire(Deadline kind) {
    guarded([this, kind] {
        if (state_ != State::open || kind == Deadline::head) return close();
        if (kind == Deadline::paused) return check_streams();
        nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);  // idle
    });
    settle();
}

void Http2Connection::check_streams() {
    const auto now = host_.now();
    if (is_writing_ && now - writing_since_ >= host_.limits().answer_time) return close();
    for (auto& [id, stream] : streams_) {
        switch (stream->check_time(now)) {
            case Http2Stream::Overdue::nothing:
                break;
            case Http2Stream::Overdue::stream:
                reset(id);
                break;
            case Http2Stream::Overdue::rest:
                want_no_more(id);
                break;
            case Http2Stream::Overdue::connection:
                nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
                return;
        }
    }
    host_.watch(*this, Deadline::paused);
}

void Http2Connection::stop_when_idle() {
    guarded([this] {
        if (state_ == State::open) leave();
    });
    settle();
}

// What has begun is answered; of all else the client knows that it did not happen.
void Http2Connection::leave() {
    if (std::exchange(is_leaving_, true)) return;
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                          nullptr, 0);
}

// No door answers any more.
void Http2Connection::abort() {
    close();
    streams_.clear();
    let_go_.clear();
    settle();
}

void Http2Connection::close() {
    if (state_ == State::closed) return;
    state_ = State::closed;
    host_.unwatch(*this);
    stream_->close();
}

// With streams or bytes under way it looks at their times now and then; else it is idle, from the
// moment on that the last stream ended.
void Http2Connection::watch_again() {
    if (state_ != State::open || !has_spoken_) return;
    const auto wanted = streams_.empty() && !is_writing_ ? Deadline::idle : Deadline::paused;
    const bool was_used = std::exchange(was_used_, false) && wanted == Deadline::idle;
    if (wanted == watched_ && deadline_hook.is_linked() && !was_used) return;
    watched_ = wanted;
    host_.watch(*this, wanted);
}

// Last in every entry from outside: the connection may be deleted here.
void Http2Connection::settle() {
    if (state_ != State::closed) return watch_again();
    let_go_all();
    if (!is_reading_ && !is_writing_ && let_go_.empty()) host_.forget(*this);
}

}  // namespace millrace::http
