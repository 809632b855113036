// Goal    what goes wrong behind a door costs the connection it was about, never the loop.
// Method  a door that throws where its path says, on a real loop and a loopback port.

#include "api/http/event_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/support/clocks.h"
#include "tests/unit/api/ingest/raw_client.h"

namespace millrace::http {
namespace {

// Answers with the body of the request; /reply throws behind the answer.
class EchoExchange final : public Exchange {
public:
    EchoExchange(Door& door, ResponseWriter& writer) : door_(door), writer_(writer) {}

    BodyMode body_mode() const override {
        return {.kind = BodyMode::Kind::whole, .bytes_max = 100};
    }
    void receive(const RequestView& request, std::string_view body) override {
        const auto target = std::string(request.text(request.head.target));
        if (target == "/receive") throw std::runtime_error("in receive()");
        writer_.reply(text_answer(200, body));
        if (target == "/reply") throw std::runtime_error("behind reply()");
    }
    Answer refusal(const Error& error) override { return door_.refusal(error); }
    void release() noexcept override { delete this; }

private:
    ~EchoExchange() = default;

    Door& door_;
    ResponseWriter& writer_;
};

class ThrowingDoor final : public Door {
public:
    bool serves(const RequestView& /*request*/) const override { return true; }
    ExchangePtr begin(const RequestView& request, ResponseWriter& writer) override {
        if (request.text(request.head.target) == "/begin") throw std::runtime_error("in begin()");
        return ExchangePtr(new EchoExchange(*this, writer));
    }
    Answer refusal(const Error& error) override {
        if (error.name() == "bodyTooLarge") throw std::runtime_error("in refusal()");
        return text_answer(400, error.name());
    }
    void tick(SteadyTime /*now*/) override {
        if (ticks++ == 0) throw std::runtime_error("in tick()");
    }
    void abandon() override {}
    void failed(const std::exception& /*exception*/) noexcept override { ++failures; }

    std::atomic<int> ticks = 0;
    std::atomic<int> failures = 0;
};

class EventLoopTest : public testing::Test {
protected:
    EventLoopTest() {
        const auto endpoint = find_endpoint("127.0.0.1", 0);
        EXPECT_TRUE(endpoint.ok());
        port_ = endpoint.value().port();
        auto acceptor = listen(loop_.io(), endpoint.value(), false);
        EXPECT_TRUE(acceptor.ok());
        loop_.serve(std::move(acceptor).value());
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~EventLoopTest() override {
        loop_.post([this] { loop_.stop(Milliseconds{100}); });
        thread_.join();
    }

    static Limits limits() {
        Limits limits;
        limits.idle_time = Milliseconds{100};
        return limits;
    }
    static std::string post(const std::string& path, const std::string& body) {
        return "POST " + path + " HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    }

    ThrowingDoor door_;
    Budget connections_{10};
    Budget memory_{1 << 20};
    EventLoop loop_{
        {.door = door_, .limits = limits(), .connections = connections_, .memory = memory_}};
    std::uint16_t port_ = 0;
    std::thread thread_;
};

TEST_F(EventLoopTest, AnExceptionCostsItsConnection) {
    while (door_.ticks < 2) std::this_thread::yield();  // the first one throws
    for (const auto& request :
         {post("/begin", "x"), post("/reply", "x"), post("/refusal", std::string(101, 'x'))}) {
        SCOPED_TRACE(request.substr(0, 20));
        const int before = door_.failures;
        RawClient client(port_);
        client.send(request);
        const auto answer = client.read_answer();
        EXPECT_EQ(answer.status, request.starts_with("POST /reply") ? 200 : 0);
        EXPECT_TRUE(client.is_closed_by_server());
        EXPECT_EQ(door_.failures, before + 1);
        RawClient another(port_);
        EXPECT_EQ(another.ask(post("/", "served")).body, "served");
    }
}

// A door that has a request may have kept its writer, so the connection stays as it is.
TEST_F(EventLoopTest, AnExceptionOfADoorThatHasTheRequestIsSurvived) {
    RawClient client(port_);
    client.send(post("/receive", "x"));
    RawClient another(port_);
    EXPECT_EQ(another.ask(post("/", "served")).body, "served");
}

TEST_F(EventLoopTest, AnAnswerSaysWhenItWasMade) {
    using std::chrono::system_clock;
    RawClient client(port_);
    const auto answer = client.ask(post("/", "x"));
    const auto now = std::chrono::floor<Milliseconds>(system_clock::now().time_since_epoch());
    bool is_now = false;  // the loop looks twice a second at least
    for (int second = 0; second < 20; ++second) {
        const auto date = http_date(WallTime{now.count() - 1000 * second});
        is_now = is_now || answer.has("Date: " + date + "\r\n");
    }
    EXPECT_TRUE(is_now) << answer.head;
    EXPECT_FALSE(answer.has("Keep-Alive")) << "less than a second";
}

TEST_F(EventLoopTest, DeadlinesGoOnBehindATickThatThrew) {
    while (door_.ticks < 2) std::this_thread::yield();
    EXPECT_EQ(door_.failures, 1);
    RawClient silent(port_);
    EXPECT_TRUE(silent.is_closed_by_server());
}

}  // namespace
}  // namespace millrace::http
