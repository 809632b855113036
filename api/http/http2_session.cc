#include "api/http/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <array>
#include <memory>
#include <new>

#include "core/base/check.h"

namespace millrace::http {
namespace {

// nghttp2 counts a CONTINUATION as often as it is given bytes of its head, which has nine.
constexpr std::size_t kCountsPerContinuation = 16;

struct FreeOption {
    void operator()(nghttp2_option* option) const noexcept { nghttp2_option_del(option); }
};
struct FreeCallbacks {
    void operator()(nghttp2_session_callbacks* all) const noexcept {
        nghttp2_session_callbacks_del(all);
    }
};
using Option = std::unique_ptr<nghttp2_option, FreeOption>;

Option make_option(const Http2SessionLimits& limits) {
    nghttp2_option* made = nullptr;
    if (nghttp2_option_new(&made) != 0) throw std::bad_alloc();
    nghttp2_option_set_no_auto_window_update(made, 1);
    // So that we are told of frames of unknown types, too: they are counted, and dropped.
    for (unsigned type = NGHTTP2_CONTINUATION + 1; type <= 0xff; ++type) {
        nghttp2_option_set_user_recv_extension_type(made, static_cast<std::uint8_t>(type));
    }
    nghttp2_option_set_max_continuations(made, kCountsPerContinuation * limits.continuations);
    return Option(made);
}

const std::uint8_t* bytes_of(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}
std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

Http2Frame frame_of(std::uint8_t type) {
    switch (type) {
        case NGHTTP2_DATA:
            return Http2Frame::data;
        case NGHTTP2_HEADERS:
            return Http2Frame::headers;
        case NGHTTP2_RST_STREAM:
            return Http2Frame::reset;
        case NGHTTP2_CONTINUATION:
            return Http2Frame::continuation;
        default:
            return Http2Frame::other;
    }
}

std::uint32_t code_of(Http2Error error) {
    return static_cast<std::uint32_t>(error);
}

}  // namespace

struct Http2Session::Callbacks {
    template <typename Step>
    static int guarded(void* user, Step step) noexcept {
        auto& own = *static_cast<Http2SessionUser*>(user);
        try {
            return step(own);
        } catch (const std::exception& exception) {
            own.failed(exception);
            return NGHTTP2_ERR_CALLBACK_FAILURE;
        }
    }
    static int unless(bool goes_on) { return goes_on ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE; }

    static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
        return guarded(user, [&](Http2SessionUser& own) {
            return unless(own.on_frame(frame_of(head->type), head->stream_id, head->length));
        });
    }
    static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        return guarded(user, [&](Http2SessionUser& own) {
            if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) own.on_request(frame->hd.stream_id);
            return 0;
        });
    }
    static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* user) {
        return guarded(user, [&](Http2SessionUser& own) {
            return unless(own.on_field(frame->hd.stream_id, text_of(name, name_size),
                                       text_of(value, value_size)));
        });
    }
    static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        return guarded(user, [&](Http2SessionUser& own) {
            const bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
            const bool is_head = frame->hd.type == NGHTTP2_HEADERS;
            if (is_head && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
                own.on_head(frame->hd.stream_id, is_last);
            } else if (is_last && (is_head || frame->hd.type == NGHTTP2_DATA)) {
                own.on_end(frame->hd.stream_id);
            }
            return 0;
        });
    }
    static int data(nghttp2_session* session, std::uint8_t, std::int32_t id,
                    const std::uint8_t* bytes, std::size_t size, void* user) {
        return guarded(user, [&](Http2SessionUser& own) {
            nghttp2_session_consume_connection(session, size);
            const auto taken = own.on_data(id, text_of(bytes, size));
            if (taken > 0) nghttp2_session_consume_stream(session, id, taken);
            return 0;
        });
    }
    static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
        return guarded(user, [&](Http2SessionUser& own) {
            if (frame->hd.type == NGHTTP2_DATA) own.on_data_sent();
            return 0;
        });
    }
    static int unknown_frame(nghttp2_session*, void**, const nghttp2_frame_hd*, void*) {
        return NGHTTP2_ERR_CANCEL;
    }
    static int invalid_frame(nghttp2_session*, const nghttp2_frame*, int, void* user) {
        return guarded(user, [&](Http2SessionUser& own) { return unless(own.on_invalid_frame()); });
    }
    static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
        return guarded(user, [&](Http2SessionUser& own) {
            own.on_stream_closed(id);
            return 0;
        });
    }
    static ssize_t read_answer(nghttp2_session* session, std::int32_t id, std::uint8_t* room,
                               std::size_t size, std::uint32_t* flags, nghttp2_data_source*,
                               void* user) {
        return guarded(user, [&](Http2SessionUser& own) -> int {
            std::string_view trailers;
            const auto part = own.next_part(id, {room, size}, trailers);
            if (!part) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
            if (part->waits) return NGHTTP2_ERR_DEFERRED;
            if (part->is_last) *flags |= NGHTTP2_DATA_FLAG_EOF;
            if (part->is_last && !trailers.empty()) {
                *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
                Http2Fields fields;
                fields.add_lines(trailers);
                const auto made = fields.made();
                nghttp2_submit_trailer(session, id, made.data(), made.size());
            }
            return static_cast<int>(part->bytes);
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

Http2Session::Http2Session(Http2SessionUser& user, const Http2SessionLimits& limits) : user_(user) {
    const auto option = make_option(limits);
    if (nghttp2_session_server_new2(&session_, Callbacks::all(), &user, option.get()) != 0) {
        throw std::bad_alloc();
    }
    const std::array<nghttp2_settings_entry, 3> settings = {{
        {.settings_id = NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, .value = limits.streams},
        {.settings_id = NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, .value = limits.stream_window},
        {.settings_id = NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, .value = limits.header_list_bytes},
    }};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, limits.connection_window);
}

Http2Session::~Http2Session() {
    nghttp2_session_del(session_);
}

bool Http2Session::begin_upgraded(std::string_view settings, bool is_head) {
    const auto done = nghttp2_session_upgrade2(session_, bytes_of(settings), settings.size(),
                                               is_head ? 1 : 0, nullptr);
    if (done != 0) terminate(Http2Error::protocol);
    return done == 0;
}

bool Http2Session::receive(std::string_view bytes) {
    if (bytes.empty()) return true;
    const auto taken = nghttp2_session_mem_recv(session_, bytes_of(bytes), bytes.size());
    if (taken >= 0) return true;
    const bool is_ours = taken == NGHTTP2_ERR_CALLBACK_FAILURE || taken == NGHTTP2_ERR_FLOODED;
    terminate(is_ours ? user_.failure() : Http2Error::protocol);
    return false;
}

std::optional<std::string_view> Http2Session::next_bytes() {
    const std::uint8_t* made = nullptr;
    const auto size = nghttp2_session_mem_send(session_, &made);
    if (size < 0) return {};
    return text_of(made, static_cast<std::size_t>(size));
}

bool Http2Session::is_open() const {
    return nghttp2_session_want_read(session_) != 0 || nghttp2_session_want_write(session_) != 0;
}

void Http2Session::send_head(std::int32_t id, int status, std::string_view lines, bool has_body) {
    fields_.clear();
    fields_.add_status(status);
    fields_.add_lines(lines);
    const auto made = fields_.made();
    nghttp2_data_provider body{.source = {}, .read_callback = Callbacks::read_answer};
    nghttp2_submit_response(session_, id, made.data(), made.size(), has_body ? &body : nullptr);
}

void Http2Session::send_continue(std::int32_t id) {
    Http2Fields fields;
    fields.add_status(100);
    const auto made = fields.made();
    nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, made.data(), made.size(),
                           nullptr);
}

void Http2Session::resume_answer(std::int32_t id) {
    nghttp2_session_resume_data(session_, id);
}

void Http2Session::reset(std::int32_t id, Http2Error error) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, code_of(error));
}

void Http2Session::give_window(std::int32_t id, std::size_t bytes) {
    nghttp2_session_consume_stream(session_, id, bytes);
}

bool Http2Session::widen(std::int32_t id, std::int32_t window) {
    if (nghttp2_session_get_stream_local_window_size(session_, id) >= window / 2) return false;
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, id, window);
    return true;
}

void Http2Session::leave() {
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                          nullptr, 0);
}

void Http2Session::terminate(Http2Error error) {
    nghttp2_session_terminate_session(session_, code_of(error));
}

}  // namespace millrace::http
