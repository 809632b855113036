#include "tests/unit/api/http/http2_fixture.h"

#include <algorithm>
#include <cstring>

namespace millrace::http {
namespace {

class TestExchange final : public Exchange {
public:
    TestExchange(TestDoor& door, Seen& seen, ResponseWriter& writer)
        : door_(door), seen_(seen), writer_(writer) {}

    BodyMode body_mode() const override { return door_.mode; }
    Demand receive_piece(std::string_view piece) override {
        seen_.pieces.emplace_back(piece);
        return door_.demand;
    }
    void receive(const RequestView& request, std::string_view body) override {
        seen_.head = request.head_bytes;
        seen_.body = body;
        seen_.is_whole = true;
        if (door_.answers) writer_.reply_ok(200, {});
    }
    Answer refusal(const Error& error) override { return door_.refusal(error); }
    void release() noexcept override {
        seen_.is_released = true;
        seen_.writer = nullptr;
        delete this;
    }

private:
    ~TestExchange() = default;

    TestDoor& door_;
    Seen& seen_;
    ResponseWriter& writer_;
};

std::uint8_t* bytes_of(const std::string& text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

std::string text_of(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

ExchangePtr TestDoor::begin(const RequestView& request, ResponseWriter& writer) {
    auto& made = *seen.emplace_back(std::make_unique<Seen>());
    made.head = request.head_bytes;
    made.writer = &writer;
    made.target = request.head.target;
    made.method = request.head.method;
    return ExchangePtr(new TestExchange(*this, made, writer));
}

std::string Http2Answer::field(std::string_view name) const {
    const auto found = std::ranges::find_if(fields, [&](const auto& f) { return f.first == name; });
    return found == fields.end() ? "" : found->second;
}

Fields post_to(std::string path) {
    return {{":method", "POST"},
            {":scheme", "http"},
            {":path", std::move(path)},
            {":authority", "millrace.test"}};
}

struct Http2TestClient::Callbacks {
    static Http2TestClient& of(void* user) { return *static_cast<Http2TestClient*>(user); }

    static int header(nghttp2_session*, const nghttp2_frame* got, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* user) {
        auto& answer = of(user).answers[got->hd.stream_id];
        const bool is_trailer = !answer.fields.empty() && answer.status() != "100" &&
                                got->headers.cat == NGHTTP2_HCAT_HEADERS;
        if (answer.status() == "100") answer.fields.clear();
        auto& all = is_trailer ? answer.trailers : answer.fields;
        all.emplace_back(text_of(name, name_size), text_of(value, value_size));
        return 0;
    }
    static int data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                    std::size_t size, void* user) {
        of(user).answers[id].body += text_of(bytes, size);
        return 0;
    }
    static int received(nghttp2_session*, const nghttp2_frame* got, void* user) {
        auto& self = of(user);
        if ((got->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
            (got->hd.type == NGHTTP2_DATA || got->hd.type == NGHTTP2_HEADERS)) {
            self.answers[got->hd.stream_id].is_whole = true;
        }
        if (got->hd.type == NGHTTP2_GOAWAY) self.goaway = got->goaway.error_code;
        if (got->hd.type == NGHTTP2_RST_STREAM) {
            self.answers[got->hd.stream_id].reset = got->rst_stream.error_code;
        }
        return 0;
    }
    static ssize_t read(nghttp2_session*, std::int32_t id, std::uint8_t* room, std::size_t size,
                        std::uint32_t* flags, nghttp2_data_source*, void* user) {
        auto& body = of(user).bodies_[id];
        const auto count = std::min(size, body.bytes.size());
        std::memcpy(room, body.bytes.data(), count);
        body.bytes.erase(0, count);
        if (body.bytes.empty() && body.ended) *flags |= NGHTTP2_DATA_FLAG_EOF;
        body.is_deferred = count == 0 && !body.ended;
        return body.is_deferred ? static_cast<ssize_t>(NGHTTP2_ERR_DEFERRED)
                                : static_cast<ssize_t>(count);
    }
};

Http2TestClient::Http2TestClient(TestDoor& door, Limits limits) : host(door, limits) {
    nghttp2_session_callbacks* all = nullptr;
    nghttp2_session_callbacks_new(&all);
    nghttp2_session_callbacks_set_on_header_callback(all, Callbacks::header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(all, Callbacks::data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(all, Callbacks::received);
    nghttp2_session_client_new(&session_, all, this);
    nghttp2_session_callbacks_del(all);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
    host.connect(wire);
}

Http2TestClient::~Http2TestClient() {
    wire.finish();
    run();
    for (int i = 0; i < 4 && host.is_connected(); ++i) host.pass(std::chrono::hours(1));
    nghttp2_session_del(session_);
}

std::int32_t Http2TestClient::request(const Fields& fields, std::optional<std::string> body,
                                      bool ended) {
    std::vector<nghttp2_nv> made;
    for (const auto& [name, value] : fields) {
        made.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(), 0});
    }
    nghttp2_data_provider provider{.source = {}, .read_callback = Callbacks::read};
    const auto id = nghttp2_submit_request(session_, nullptr, made.data(), made.size(),
                                           body ? &provider : nullptr, nullptr);
    if (body) bodies_[id] = {.bytes = *body, .ended = ended};
    run();
    return id;
}

void Http2TestClient::send_body(std::int32_t stream, std::string_view more, bool ended) {
    auto& body = bodies_[stream];
    body.bytes += more;
    body.ended = ended;
    nghttp2_session_resume_data(session_, stream);
    run();
}

void Http2TestClient::send_raw(std::string_view bytes) {
    wire.send(bytes);
    run();
}

void Http2TestClient::reset(std::int32_t stream) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
    run();
}

void Http2TestClient::flush() {
    const std::uint8_t* made = nullptr;
    while (true) {
        const auto size = nghttp2_session_mem_send(session_, &made);
        if (size <= 0) return;
        wire.send(text_of(made, static_cast<std::size_t>(size)));
    }
}

void Http2TestClient::run() {
    while (true) {
        flush();
        host.run();
        const auto& all = wire.received();
        if (read_ == all.size()) return;
        const auto begin = std::exchange(read_, all.size());
        nghttp2_session_mem_recv(session_, bytes_of(all) + begin, all.size() - begin);
    }
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload) {
    std::string all;
    const auto add = [&](std::uint64_t number, int bytes) {
        for (int i = bytes - 1; i >= 0; --i) all += static_cast<char>(number >> (8 * i) & 0xff);
    };
    add(payload.size(), 3);
    add(type, 1);
    add(flags, 1);
    add(stream, 4);
    return all += payload;
}

std::optional<std::uint32_t> last_goaway(std::string_view sent) {
    const auto number = [&](std::size_t at, std::size_t bytes) {
        std::uint32_t read = 0;
        for (std::size_t i = 0; i < bytes; ++i) {
            read = read << 8 | static_cast<unsigned char>(sent[at + i]);
        }
        return read;
    };
    std::optional<std::uint32_t> code;
    for (std::size_t at = 0; at + 9 <= sent.size(); at += 9 + number(at, 3)) {
        if (sent[at + 3] == NGHTTP2_GOAWAY) code = number(at + 9 + 4, 4);
    }
    return code;
}

}  // namespace millrace::http
