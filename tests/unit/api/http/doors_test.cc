// Goal    several doors are behind one listener, and a door may take a body as it comes, at its own
//         speed, in constant memory.
// Method  doors of the test on a real loop and a loopback port; one that takes bodies in pieces.

#include "api/http/doors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "api/http/event_loop.h"
#include "tests/support/clocks.h"
#include "tests/unit/api/ingest/raw_client.h"

namespace millrace::http {
namespace {

constexpr std::uint64_t kBodyMax = 16 << 20;
constexpr std::uint64_t kMemory = 128 << 10;  // of all connections

// Has all but its exchanges.
class TestDoor : public Door {
public:
    Answer refusal(const Error& error) override {
        return text_answer(error.code() == Code::too_large ? 413 : 400, error.name());
    }
    void tick(SteadyTime /*now*/) override { ++ticks; }
    void abandon() override {}
    void failed(const std::exception& /*exception*/) noexcept override { ++failures; }

    std::atomic<int> ticks = 0;
    std::atomic<int> failures = 0;
};

// Says its name.
class RestDoor final : public TestDoor {
public:
    bool serves(const RequestView& /*request*/) const override { return true; }
    ExchangePtr begin(const RequestView& /*request*/, ResponseWriter& writer) override {
        return ExchangePtr(new RestExchange(*this, writer));
    }

private:
    class RestExchange final : public Exchange {
    public:
        RestExchange(RestDoor& door, ResponseWriter& writer) : door_(door), writer_(writer) {}
        BodyMode body_mode() const override { return {}; }
        void receive(const RequestView& /*request*/, std::string_view /*body*/) override {
            writer_.reply(text_answer(200, "rest"));
        }
        Answer refusal(const Error& error) override { return door_.refusal(error); }
        void release() noexcept override { delete this; }

    private:
        ~RestExchange() = default;
        RestDoor& door_;
        ResponseWriter& writer_;
    };
};

// Takes /upload...: adds its bytes up, and answers how many there were. /upload/pause pauses behind
// each piece until the test resumes; /upload/early answers the first piece.
class UploadDoor final : public TestDoor {
public:
    bool serves(const RequestView& request) const override {
        return request.text(request.head.target).starts_with("/upload");
    }
    ExchangePtr begin(const RequestView& request, ResponseWriter& writer) override {
        return ExchangePtr(
            new UploadExchange(*this, writer, std::string(request.text(request.head.target))));
    }
    // On the loop.
    void resume() {
        if (paused_ != nullptr) std::exchange(paused_, nullptr)->resume_body();
    }

    std::atomic<std::uint64_t> bytes = 0;
    std::atomic<std::uint64_t> largest_piece = 0;
    std::atomic<int> pauses = 0;
    std::atomic<int> released = 0;

private:
    class UploadExchange final : public Exchange {
    public:
        UploadExchange(UploadDoor& door, ResponseWriter& writer, std::string target)
            : door_(door), writer_(writer), target_(std::move(target)) {}
        BodyMode body_mode() const override {
            return {.kind = BodyMode::Kind::streamed, .bytes_max = kBodyMax};
        }
        Demand receive_piece(std::string_view piece) override {
            bytes_ += piece.size();
            sum_ += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), 'x'));
            door_.bytes += piece.size();
            door_.largest_piece = std::max<std::uint64_t>(door_.largest_piece, piece.size());
            if (target_ == "/upload/early") {
                writer_.reply(text_answer(409, "enough"));
                return Demand::more;
            }
            if (target_ != "/upload/pause") return Demand::more;
            door_.paused_ = &writer_;
            ++door_.pauses;
            return Demand::pause;
        }
        void receive(const RequestView& request, std::string_view body) override {
            EXPECT_EQ(request.text(request.head.target), target_) << "the head is still there";
            EXPECT_TRUE(body.empty());
            EXPECT_EQ(sum_, bytes_);
            writer_.reply(text_answer(200, std::to_string(bytes_)));
        }
        Answer refusal(const Error& error) override {
            auto answer = door_.refusal(error);
            answer.body = "upload: " + answer.body;
            return answer;
        }
        void release() noexcept override {
            if (door_.paused_ == &writer_) door_.paused_ = nullptr;
            ++door_.released;
            delete this;
        }

    private:
        ~UploadExchange() = default;
        UploadDoor& door_;
        ResponseWriter& writer_;
        const std::string target_;
        std::uint64_t bytes_ = 0;
        std::uint64_t sum_ = 0;
    };

    ResponseWriter* paused_ = nullptr;
};

class DoorsTest : public testing::Test {
protected:
    DoorsTest() {
        const auto endpoint = find_endpoint("127.0.0.1", 0);
        EXPECT_TRUE(endpoint.ok());
        port_ = endpoint.value().port();
        auto acceptor = listen(loop_.io(), endpoint.value(), false);
        EXPECT_TRUE(acceptor.ok());
        loop_.serve(std::move(acceptor).value());
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~DoorsTest() override {
        loop_.post([this] { loop_.stop(Milliseconds{100}); });
        thread_.join();
    }

    static std::string head(const std::string& path, std::size_t bytes) {
        return "POST " + path + " HTTP/1.1\r\nContent-Length: " + std::to_string(bytes) +
               "\r\n\r\n";
    }
    void resume_until(const std::atomic<bool>& is_done) {
        while (!is_done) {
            loop_.post([this] { upload_.resume(); });
            std::this_thread::yield();
        }
    }

    UploadDoor upload_;
    RestDoor rest_;
    Doors doors_{{&upload_, &rest_}};
    Budget connections_{10};
    Budget memory_{kMemory};
    EventLoop loop_{{.door = doors_, .limits = {}, .connections = connections_, .memory = memory_}};
    std::uint16_t port_ = 0;
    std::thread thread_;
};

TEST_F(DoorsTest, TheFirstDoorThatServesARequestHasIt) {
    RawClient client(port_);
    EXPECT_EQ(client.ask(head("/upload", 3) + "xxx").body, "3");
    EXPECT_EQ(client.ask("GET /else HTTP/1.1\r\n\r\n").body, "rest");
    EXPECT_EQ(client.ask(head("/upload", 0)).body, "0");
    const auto too_large = client.ask(head("/upload", kBodyMax + 1));
    EXPECT_EQ(too_large.status, 413);
    EXPECT_EQ(too_large.body, "upload: bodyTooLarge") << "in the words of its door";
    RawClient bad(port_);
    EXPECT_EQ(bad.ask("nonsense\r\n\r\n").body, "badRequest") << "in those of the last";
    while (upload_.ticks == 0 || rest_.ticks == 0) std::this_thread::yield();
}

TEST_F(DoorsTest, ABodyOfAnySizeIsTakenInConstantMemory) {
    const std::string body(4 << 20, 'x');
    RawClient client(port_);
    EXPECT_TRUE(client.send(head("/upload", body.size())));
    EXPECT_TRUE(client.send(body));
    EXPECT_EQ(client.read_answer().body, std::to_string(body.size()));

    const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    EXPECT_TRUE(client.send("POST /upload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (int i = 0; i < 64; ++i) EXPECT_TRUE(client.send(chunk));
    EXPECT_EQ(client.ask("0\r\n\r\n" + head("/upload", 1) + "x").body, std::to_string(body.size()));
    EXPECT_EQ(client.read_answer().body, "1") << "the next request is pipelined";
    EXPECT_LE(upload_.largest_piece, kMemory);
}

// A door pays for each piece, so there should be few.
TEST_F(DoorsTest, PiecesAreAsLargeAsTheBufferAllows) {
    const std::string body(4 << 20, 'x');
    RawClient client(port_);
    EXPECT_TRUE(client.send(head("/upload", body.size()) + body));
    EXPECT_EQ(client.read_answer().body, std::to_string(body.size()));
    EXPECT_GE(upload_.largest_piece, 60U << 10);
    EXPECT_LE(upload_.largest_piece, 64U << 10);
    EXPECT_EQ(client.ask(head("/upload", 1) + "x").body, "1");
}

// Its bytes stay with the kernel while the door pauses, and TCP holds it up in the end.
TEST_F(DoorsTest, APauseHoldsUpTheClient) {
    const std::string body(1 << 20, 'x');
    RawClient client(port_);
    std::atomic<bool> is_sent = false;
    std::thread sender([&] {
        EXPECT_TRUE(client.send(head("/upload/pause", body.size())));
        EXPECT_TRUE(client.send(body));
        is_sent = true;
    });
    while (upload_.pauses == 0) std::this_thread::yield();
    RawClient other(port_);  // many turns of the loop
    for (int i = 0; i < 20; ++i) EXPECT_EQ(other.ask(head("/upload", 1) + "x").body, "1");
    EXPECT_EQ(upload_.pauses, 1) << "nothing is read meanwhile";
    EXPECT_LE(upload_.bytes, kMemory);
    std::atomic<bool> is_answered = false;
    std::thread resumer([&] { resume_until(is_answered); });
    sender.join();
    EXPECT_EQ(client.read_answer().body, std::to_string(body.size()));
    is_answered = true;
    resumer.join();
    EXPECT_GT(upload_.pauses, 10);
}

TEST_F(DoorsTest, APauseBehindTheLastPieceHoldsUpTheRequest) {
    RawClient client(port_);
    client.send(head("/upload/pause", 3) + "xxx" + head("/upload", 1) + "x");
    while (upload_.pauses == 0) std::this_thread::yield();
    loop_.post([this] { upload_.resume(); });
    EXPECT_EQ(client.read_answer().body, "3");
    EXPECT_EQ(client.read_answer().body, "1");
}

TEST_F(DoorsTest, AnAnswerBeforeTheEndOfTheBodyEndsTheConnection) {
    RawClient client(port_);
    client.send(head("/upload/early", 1 << 20) + "xxx");
    const auto answer = client.read_answer();
    EXPECT_EQ(answer.status, 409);
    EXPECT_TRUE(answer.has("Connection: close"));
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(upload_.bytes, 3U);
}

TEST_F(DoorsTest, AnExchangeWhoseClientGoesAwayIsReleased) {
    {
        RawClient client(port_);
        client.send(head("/upload", 10) + "xxx");
        while (upload_.bytes == 0) std::this_thread::yield();
    }
    while (upload_.released == 0) std::this_thread::yield();
    EXPECT_EQ(upload_.bytes, 3U);
}

// A load that waits for the disk must not be kept for a client that is not there any more.
TEST_F(DoorsTest, AnExchangeThatPausesHearsThatItsClientHasGone) {
    for (const bool is_reset : {false, true}) {
        SCOPED_TRACE(is_reset);
        const int released = upload_.released;
        const int pauses = upload_.pauses;
        RawClient client(port_);
        client.send(head("/upload/pause", 10) + "xxx");
        while (upload_.pauses == pauses) std::this_thread::yield();
        if (is_reset) client.reset();
        client.close();
        while (upload_.released == released) std::this_thread::yield();
    }
    RawClient chunked(port_);
    const int pauses = upload_.pauses;
    chunked.send("POST /upload/pause HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxxx\r\n");
    while (upload_.pauses == pauses) std::this_thread::yield();
    chunked.close();
    while (upload_.released < 3) std::this_thread::yield();
}

// The same looks like one that has sent all and closed its side, and is served.
TEST_F(DoorsTest, AClientThatHasSentAllMayCloseItsSideWhileTheDoorPauses) {
    const std::string body(20'000, 'x');
    RawClient client(port_);
    client.send(head("/upload/pause", body.size()) + body);
    client.finish_sending();
    while (upload_.pauses == 0) std::this_thread::yield();
    const int ticks = upload_.ticks;
    while (upload_.ticks < ticks + 4) std::this_thread::yield();  // it was looked for
    EXPECT_EQ(upload_.released, 0);
    std::atomic<bool> is_answered = false;
    std::thread resumer([&] { resume_until(is_answered); });
    EXPECT_EQ(client.read_answer().body, std::to_string(body.size()));
    is_answered = true;
    resumer.join();
}

}  // namespace
}  // namespace millrace::http
