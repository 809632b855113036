#pragma once
// Http2Session: the frames of one connection that speaks HTTP/2, in both directions. The one
// wrapper of nghttp2; it holds no sockets and knows no requests.
//
// Lifetime  its user must outlive it.
// Thread    its loop's.
// Errors    what its user throws is told to the user and ends the session: nothing passes through
//           nghttp2.
// See       RFC 9113

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/http/http2_fields.h"

struct nghttp2_session;

namespace millrace::http {

enum class Http2Frame { data, headers, reset, continuation, other };

// What ends a stream or the connection.
enum class Http2Error : std::uint32_t {
    none = 0x0,
    protocol = 0x1,
    cancel = 0x8,
    enhance_your_calm = 0xb,
};

// A part of the body of an answer.
struct Http2Part {
    std::size_t bytes = 0;
    bool is_last = false;
    bool waits = false;  // there is nothing now
};

// What the session tells of frames that come, and asks for those that go.
class Http2SessionUser {
public:
    // Before a frame is looked into. False: the session ends, with failure().
    virtual bool on_frame(Http2Frame type, std::int32_t id, std::size_t payload_bytes) = 0;
    virtual bool on_invalid_frame() = 0;

    virtual void on_request(std::int32_t id) = 0;  // its head begins
    // False: the session ends, with failure().
    virtual bool on_field(std::int32_t id, std::string_view name, std::string_view value) = 0;
    virtual void on_head(std::int32_t id, bool is_request_whole) = 0;
    // Returns how much of the window of the stream the client may have again.
    virtual std::size_t on_data(std::int32_t id, std::string_view piece) = 0;
    virtual void on_end(std::int32_t id) = 0;  // of the request, behind its head

    virtual void on_data_sent() = 0;
    virtual void on_stream_closed(std::int32_t id) = 0;

    // Nothing: there is no such stream any more. `trailers` are lines, of the last part.
    virtual std::optional<Http2Part> next_part(std::int32_t id, std::span<std::uint8_t> room,
                                               std::string_view& trailers) = 0;

    virtual Http2Error failure() const = 0;
    virtual void failed(const std::exception& exception) noexcept = 0;

protected:
    ~Http2SessionUser() = default;
};

struct Http2SessionLimits {
    std::size_t continuations = 0;  // of a head that is not read; others are the user's to count
    std::uint32_t streams = 0;
    std::uint32_t stream_window = 0;
    std::int32_t connection_window = 0;
    std::uint32_t header_list_bytes = 0;
};

class Http2Session {
public:
    Http2Session(Http2SessionUser& user, const Http2SessionLimits& limits);
    ~Http2Session();
    Http2Session(const Http2Session&) = delete;
    Http2Session& operator=(const Http2Session&) = delete;

    // Begins with a request that HTTP/1.1 has brought, as stream 1. False: its settings are wrong.
    bool begin_upgraded(std::string_view settings, bool is_head);

    // What the client has sent. False: the session ends, and nothing more is to be given to it.
    bool receive(std::string_view bytes);

    // The next bytes for the client, valid until the next call: empty if there are none, nothing
    // if none can be made.
    std::optional<std::string_view> next_bytes();

    // Whether something may still come or go.
    bool is_open() const;

    void send_head(std::int32_t id, int status, std::string_view lines, bool has_body);
    void send_continue(std::int32_t id);
    void resume_answer(std::int32_t id);
    void reset(std::int32_t id, Http2Error error);
    void give_window(std::int32_t id, std::size_t bytes);
    // Makes the window of a stream as large. False: much of it is left.
    bool widen(std::int32_t id, std::int32_t window);

    // No further stream is begun.
    void leave();
    // The session ends once the client has this.
    void terminate(Http2Error error);

private:
    struct Callbacks;

    Http2SessionUser& user_;
    nghttp2_session* session_ = nullptr;
    Http2Fields fields_;
};

}  // namespace millrace::http
