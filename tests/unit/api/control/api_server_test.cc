// Goal    no client of the REST API, however slow, greedy or wrong, ends the service or takes the
//         API from others, and the requests in its bytes are what api/http has found in them.
// Method  a real server on a loopback port with small limits, sockets that send exact bytes.

#include "api/control/api_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/sim/sim_rng.h"
#include "tests/support/clocks.h"
#include "tests/support/manual_ports.h"

namespace {

std::atomic<int> accepts_that_fail = 0;

}  // namespace

// Stands in for the one of the C library, in all of this program.
extern "C" int accept(int socket, sockaddr* address, socklen_t* length) {
    const auto accepted = ::syscall(SYS_accept, socket, address, length);
    if (accepted < 0 || accepts_that_fail == 0) return static_cast<int>(accepted);
    --accepts_that_fail;
    ::close(static_cast<int>(accepted));
    errno = ENFILE;
    return -1;
}

namespace millrace::control {
namespace {

// One connection on which bytes are sent as they are.
class RawConnection {
public:
    explicit RawConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // Where nobody listens nothing can be sent or received either.
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        const timeval timeout{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    }
    ~RawConnection() { ::close(socket_); }
    RawConnection(const RawConnection&) = delete;
    RawConnection& operator=(const RawConnection&) = delete;

    void send(const std::string& bytes) {
        for (std::size_t sent = 0; sent < bytes.size();) {
            const auto count =
                ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) return;  // the server has closed
            sent += static_cast<std::size_t>(count);
        }
    }

    // The head of the next answer and its body.
    std::string receive() {
        std::string text;
        while (text.find("\r\n\r\n") == std::string::npos) {
            if (!read_more(text)) return text;
        }
        const auto head = text.find("\r\n\r\n") + 4;
        const auto field = text.find("Content-Length: ");
        const auto length = field == std::string::npos ? 0 : std::stoull(text.substr(field + 16));
        while (text.size() < head + length && read_more(text)) {
        }
        return text;
    }

    // Nothing more is answered: neither a further request, nor what was left of the one before.
    bool is_closed() {
        send("GET /again HTTP/1.1\r\nHost: x\r\n\r\n");
        return receive().empty();
    }

private:
    bool read_more(std::string& text) {
        char buffer[4096];
        const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
        if (count <= 0) return false;
        text.append(buffer, static_cast<std::size_t>(count));
        return true;
    }

    int socket_;
};

class ServerTest : public testing::Test {
protected:
    ServerTest() {
        port_ = server_.bind({.host = "127.0.0.1", .port = 0}).value();
        server_.start([this](const Request& request) { return echo(request); });
    }

    // Says what it was asked. /wait is answered when progress has been noted.
    Response echo(const Request& request) const {
        if (request.path == "/throw") throw std::runtime_error("no such luck");
        if (request.path == "/wait" && progress_.steps() == 0) {
            return {.waiting = Waiting{.steps_seen = 0,
                                       .until = Progress::now() + std::chrono::seconds(20),
                                       .place = nullptr}};
        }
        if (request.path == "/long") {
            const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
            while (!request.is_abandoned() && std::chrono::steady_clock::now() < until) {
                std::this_thread::yield();
            }
            was_abandoned_ = request.is_abandoned();
        }
        return {.status = 200,
                .body = request.method + " " + request.path + " " + request.body,
                .content_type = "text/plain"};
    }
    void expect_service_goes_on();

    static ServerLimits limits() {
        ServerLimits limits;
        limits.rest.body_bytes = 100;
        limits.connection.header_bytes = 8 << 10;
        limits.connection.header_lines = 50;
        limits.threads = 1;  // none to spare
        return limits;
    }

    sim::SimRng rng_{1};
    Progress progress_;
    mutable std::atomic<bool> was_abandoned_ = false;
    Server server_{rng_, progress_, limits()};
    std::uint16_t port_ = 0;
};

constexpr const char* kChunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string post(const std::string& body) {
    return "POST /a%20b?c=d HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

TEST_F(ServerTest, AFailureToAcceptIsNotTheEndOfTheApi) {
    accepts_that_fail = 1;
    { const RawConnection lost(port_); }
    while (true) {
        RawConnection connection(port_);
        connection.send(post("hello"));
        const auto answer = connection.receive();
        if (answer.starts_with("HTTP/1.1 200 OK")) break;
        // There may be a descriptor to say so with.
        ASSERT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 503")) << answer;
    }
    EXPECT_EQ(accepts_that_fail, 0);
}

void ServerTest::expect_service_goes_on() {
    RawConnection connection(port_);
    connection.send(post("still"));
    EXPECT_NE(connection.receive().find("POST /a%20b still"), std::string::npos);
}

TEST_F(ServerTest, ManyRequestsShareAConnection) {
    RawConnection connection(port_);
    for (int i = 0; i < 20; ++i) {
        connection.send(post("hello"));
        const auto answer = connection.receive();
        EXPECT_NE(answer.find("200 OK"), std::string::npos);
        EXPECT_NE(answer.find("POST /a%20b hello"), std::string::npos) << answer;
    }
}

TEST_F(ServerTest, ARequestWithoutALengthHasNoBodyAndDoesNotWaitForOne) {
    RawConnection connection(port_);
    connection.send("PUT /x HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_NE(connection.receive().find("PUT /x "), std::string::npos);
    connection.send("DELETE /y HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    EXPECT_NE(connection.receive().find("DELETE /y "), std::string::npos);
}

TEST_F(ServerTest, ATooLargeBodyIs413AndNotRead) {
    for (const auto& request :
         {post(std::string(101, 'x')),
          std::string("POST / HTTP/1.1\r\nHost: x\r\n"
                      "Content-Length: 99999999999\r\n\r\n"),
          std::string(kChunked) + "80\r\n" + std::string(128, 'x') + "\r\n0\r\n\r\n"}) {
        SCOPED_TRACE(request.substr(0, 80));
        RawConnection connection(port_);
        connection.send(request);
        const auto answer = connection.receive();
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 413")) << answer;
        EXPECT_NE(answer.find(R"("error":"stream.api.bodyTooLarge")"), std::string::npos);
        EXPECT_TRUE(connection.is_closed());
    }
    RawConnection connection(port_);
    connection.send(post(std::string(100, 'x')));
    EXPECT_NE(connection.receive().find("200 OK"), std::string::npos);
}

TEST_F(ServerTest, ACodingOfTheBodyThatIsNotThereIs415AndNamesThoseThatAre) {
    // Gzip of "hello".
    constexpr unsigned char kCoded[] = {0x1f, 0x8b, 8,    0,    0,    0,    0, 0, 0,
                                        3,    0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86,
                                        0xa6, 0x10, 0x36, 5,    0,    0,    0};
    const std::string coded(std::begin(kCoded), std::end(kCoded));
    const struct {
        std::string coding;
        std::string body;
        bool is_known;
    } rows[] = {{"gzip", coded, true},       {"X-GZIP", coded, true}, {"identity", "hello", true},
                {"utf-8", "hello", true},    {"zstd", coded, false},  {"gzip, br", coded, false},
                {"compress", "hello", false}};
    for (const auto& [coding, body, is_known] : rows) {
        SCOPED_TRACE(coding);
        RawConnection connection(port_);
        connection.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: " + coding +
                        "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        const auto answer = connection.receive();
        if (is_known) {
            EXPECT_NE(answer.find("POST / hello"), std::string::npos) << answer;
            continue;
        }
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 415")) << answer;
        EXPECT_NE(answer.find("Accept-Encoding: gzip, deflate, br\r\n"), std::string::npos);
        EXPECT_NE(answer.find("stream.api.unsupportedMediaType"), std::string::npos);
    }
}

TEST_F(ServerTest, AConnectionTooManyIsToldOnceWhenToComeAgain) {
    auto one = limits();
    one.connections = 1;
    Server server(rng_, progress_, one);
    const auto port = server.bind({.host = "127.0.0.1", .port = 0}).value();
    server.start([this](const Request& request) { return echo(request); });
    RawConnection first(port);
    first.send(post("hello"));
    ASSERT_NE(first.receive().find("200 OK"), std::string::npos);
    RawConnection second(port);
    second.send(post("hello"));
    const auto answer = second.receive();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
    const auto told = answer.find("Retry-After: ");
    ASSERT_NE(told, std::string::npos) << answer;
    EXPECT_EQ(answer.find("Retry-After: ", told + 1), std::string::npos) << answer;
}

TEST_F(ServerTest, AChunkedBodyIsReadWhole) {
    RawConnection connection(port_);
    connection.send(std::string(kChunked) + "3;a=\"b\"\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n");
    EXPECT_NE(connection.receive().find("POST / abcde"), std::string::npos);
    connection.send(std::string(kChunked) + "0\r\n\r\n");
    EXPECT_NE(connection.receive().find("POST / "), std::string::npos);
}

// What is not understood must not be taken for the next request.
TEST_F(ServerTest, AnUnclearFramingEndsTheConnection) {
    for (const auto* headers :
         {"Content-Length: 1x", "Content-Length: -1", "Content-Length: 5\r\nContent-Length: 5",
          "Content-Length : 5", "Content-Length\r: 5", "X: y\r\n z\r\nContent-Length: 5",
          "X: a\nContent-Length: 5", "Content-Length: 5\r\nTransfer-Encoding: chunked",
          "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity"}) {
        SCOPED_TRACE(headers);
        RawConnection connection(port_);
        connection.send(std::string("POST / HTTP/1.1\r\nHost: x\r\n") + headers + "\r\n\r\nhello");
        const auto answer = connection.receive();
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 400")) << answer;
        EXPECT_NE(answer.find("stream.api.badRequest"), std::string::npos) << answer;
        EXPECT_TRUE(connection.is_closed());
    }
    for (const auto* body : {"0x5\r\nhello\r\n0\r\n\r\n", "5g\r\nhello\r\n0\r\n\r\n",
                             "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n"}) {
        SCOPED_TRACE(body);
        RawConnection connection(port_);
        connection.send(std::string(kChunked) + body);
        EXPECT_TRUE(connection.receive().starts_with("HTTP/1.1 400"));
        EXPECT_TRUE(connection.is_closed());
    }
}

TEST_F(ServerTest, AMethodThatTakesNoBodyMayHaveOne) {
    RawConnection with_body(port_);
    with_body.send("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_NE(with_body.receive().find("takes no request body"), std::string::npos);
    with_body.send(post("next"));
    EXPECT_NE(with_body.receive().find("POST /a%20b next"), std::string::npos);
}

TEST_F(ServerTest, RequestsSentAtOnceAreAnsweredInOrder) {
    RawConnection connection(port_);
    std::string all;
    for (int i = 0; i < 20; ++i) all += post(std::to_string(i));
    connection.send(all);
    std::string answers;
    while (answers.find("POST /a%20b 19") == std::string::npos) {
        const auto more = connection.receive();
        if (more.empty()) break;
        answers += more;
    }
    std::size_t at = 0;
    for (int i = 0; i < 20; ++i) {
        at = answers.find("POST /a%20b " + std::to_string(i), at);
        ASSERT_NE(at, std::string::npos) << i << ": " << answers;
    }
}

TEST_F(ServerTest, AHeadHasALimitOfBytesAndOfLines) {
    for (const auto& head :
         {"GET / HTTP/1.1\r\nX: " + std::string(9000, 'y'), "GET /" + std::string(9000, 'y'), [] {
              std::string lines = "GET / HTTP/1.1\r\n";
              for (int i = 0; i < 51; ++i) lines += "a:\r\n";
              return lines + "\r\n";
          }()}) {
        SCOPED_TRACE(head.substr(0, 40));
        RawConnection connection(port_);
        connection.send(head);
        const auto answer = connection.receive();
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 413")) << answer;
        EXPECT_NE(answer.find("stream.api.headerTooLarge"), std::string::npos) << answer;
    }
    expect_service_goes_on();
}

// Method  one thread, and more clients than it that do not end their requests.
TEST_F(ServerTest, ClientsThatAreSlowHoldNoThread) {
    std::vector<std::unique_ptr<RawConnection>> slow;
    for (int i = 0; i < 40; ++i) {
        slow.push_back(std::make_unique<RawConnection>(port_));
        slow.back()->send(i % 2 == 0 ? "GET / HTTP/1.1\r\nHos" : post("hello").substr(0, 80));
    }
    expect_service_goes_on();
}

TEST_F(ServerTest, ARequestThatWaitsHoldsNoThread) {
    RawConnection waiting(port_);
    waiting.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_service_goes_on();
    progress_.note();
    EXPECT_NE(waiting.receive().find("GET /wait"), std::string::npos);
}

TEST_F(ServerTest, LongWorkIsToldThatItsClientHasGone) {
    { RawConnection(port_).send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n"); }
    RawConnection next(port_);
    next.send(post("hello"));
    EXPECT_NE(next.receive().find("POST /a%20b hello"), std::string::npos);
    EXPECT_TRUE(was_abandoned_);
}

TEST_F(ServerTest, AnExceptionOfTheHandlerIsAnAnswer) {
    RawConnection connection(port_);
    connection.send("GET /throw HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto answer = connection.receive();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 500")) << answer;
    EXPECT_EQ(answer.find("no such luck"), std::string::npos) << "it is the operator's";
    expect_service_goes_on();
}

TEST_F(ServerTest, AClientThatTricklesDoesNotHoldTheEnd) {
    RawConnection trickling(port_);
    trickling.send("GET / HTTP/1.1\r\nHos");
    RawConnection answered(port_);  // behind it: the first bytes were read
    answered.send(post("x"));
    answered.receive();
    const auto began = std::chrono::steady_clock::now();
    server_.stop(Milliseconds{200});
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(8));
}

TEST_F(ServerTest, OddRequestsGetAnAnswer) {
    const struct {
        std::string head;
        const char* status;
    } cases[] = {
        {"GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", "414"},
        {"NOSUCH / HTTP/1.1\r\nHost: x\r\n\r\n", "200"},  // like TRACE
        {"NOSUCH HTTP/1.1\r\nHost: x\r\n\r\n", "400"},
        {"garbage\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\n", "200"},
        {"GET /%0a%00 HTTP/1.1\r\nHost: x\r\n\r\n", "200"},
        {"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
         "200"},  // what to do with it is the handler's matter
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=a\r\n"
         "Content-Length: 3\r\n\r\n--a",
         "415"},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(test.head.substr(0, 60));
        RawConnection connection(port_);
        connection.send(test.head);
        const auto answer = connection.receive();
        EXPECT_TRUE(answer.starts_with(std::string("HTTP/1.1 ") + test.status)) << answer;
        EXPECT_NE(answer.find("X-Request-Id: "), std::string::npos);
    }
}

TEST_F(ServerTest, RangesAreIgnored) {
    RawConnection connection(port_);
    connection.send("GET /abc HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\n");
    EXPECT_NE(connection.receive().find("GET /abc"), std::string::npos);
}

TEST_F(ServerTest, ASecondServerOnThePortIsRefused) {
    sim::SimRng rng(1);
    Server second(rng, progress_, {});
    const auto bound = second.bind({.host = "127.0.0.1", .port = port_});
    ASSERT_FALSE(bound.ok());
    EXPECT_EQ(bound.error().code(), Code::unavailable);
}

TEST_F(ServerTest, StopsTwiceAndWithoutAStart) {
    server_.stop(Milliseconds{1000});
    server_.stop(Milliseconds{1000});
    sim::SimRng rng(1);
    Server never_started(rng, progress_, {});
}

}  // namespace
}  // namespace millrace::control
