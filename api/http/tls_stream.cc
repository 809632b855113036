#include "api/http/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "api/http/answer.h"
#include "core/base/check.h"

namespace millrace::http {
namespace {

using boost::system::error_code;

constexpr std::size_t kRecordBytes = 16 << 10;
// Of the protocol itself; a client that makes us answer and reads nothing ends here.
constexpr std::size_t kWaitingBytesMax = 64 << 10;
constexpr std::size_t kDroppedBytesMax = 1 << 20;

constexpr std::string_view kUseHttps =
    "This port speaks HTTPS: write https:// instead of http:// in the URL.\n";

// The first byte of a TLS client is that of a record with a handshake, 22.
bool is_plain_http(char first) {
    return first >= 'A' && first <= 'Z';
}

std::string plain_answer() {
    std::string out;
    append_answer(
        out, {.status = 400, .media = Media::text, .headers = {}, .body = std::string(kUseHttps)},
        {}, "Server: millrace\r\nConnection: close\r\n");
    return out;
}

}  // namespace

class TlsLink : public std::enable_shared_from_this<TlsLink> {
public:
    TlsLink(TcpSocket socket, std::shared_ptr<const TlsContext> context,
            const std::function<void()>& failed)
        : socket_(std::move(socket)),
          context_(std::move(context)),
          failed_(failed),
          ssl_(SSL_new(context_->get())) {
        if (ssl_ == nullptr) throw std::bad_alloc();
        error_code ignored;  // a connection that is gone already is noticed by the first receive
        socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
        socket_.native_non_blocking(true, ignored);
        auto* const bio = BIO_new(method());
        if (bio == nullptr) {
            SSL_free(ssl_);
            throw std::bad_alloc();
        }
        BIO_set_data(bio, this);
        BIO_set_init(bio, 1);
        SSL_set_bio(ssl_, bio, bio);
        SSL_set_accept_state(ssl_);
    }
    ~TlsLink() { SSL_free(ssl_); }
    TlsLink(const TlsLink&) = delete;
    TlsLink& operator=(const TlsLink&) = delete;

    bool is_established() const { return is_established_; }

    bool is_for_http2() const {
        const unsigned char* protocol = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl_, &protocol, &size);
        return size == 2 && protocol[0] == 'h' && protocol[1] == '2';
    }

    // Made when somebody asks first: for most connections nobody does.
    std::optional<std::string_view> client_certificate() {
        if (!is_subject_read_) subject_ = subject_of_client(*ssl_);
        is_subject_read_ = true;
        return subject_;
    }

    void receive(std::span<char> room, StreamUser& user) {
        check(reader_ == nullptr, "two receives at a time");
        reader_ = &user;
        room_ = room;
        if (!is_established_ && !is_broken_) return wait_readable();
        const auto read = read_some();
        if (!read) return wait_readable();
        boost::asio::post(socket_.get_executor(),
                          [self = shared_from_this(), bytes = *read] { self->received(bytes); });
    }

    // Of what OpenSSL has made of the last byte, a part may wait: then that byte counts as not
    // sent, so that the caller goes on with send().
    std::optional<std::size_t> send_now(std::string_view bytes) {
        if (!is_established_ || !flush()) return {};
        std::size_t sent = 0;
        while (waiting_.empty() && sent < bytes.size()) {
            if (!encrypt(bytes, sent)) return {};
        }
        if (waiting_.empty() || sent == 0) return sent;
        is_last_made_ = true;
        return sent - 1;
    }

    void send(std::string_view bytes, StreamUser& user) {
        check(writer_ == nullptr, "two sends at a time");
        writer_ = &user;
        unsent_ = bytes;
        if (std::exchange(is_last_made_, false)) unsent_.remove_prefix(1);
        const auto done = write_some();
        if (!done) return wait_writable();
        boost::asio::post(socket_.get_executor(),
                          [self = shared_from_this(), whole = *done] { self->sent(whole); });
    }

    bool is_gone(std::uint64_t bytes) {
        pollfd socket{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
        if (::poll(&socket, 1, 0) <= 0) return false;
        if ((socket.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return true;
        int here = 0;  // all that will ever come, as the client has ended its side
        if (::ioctl(socket.fd, FIONREAD, &here) != 0) return true;
        // What is encrypted is longer: a client that has gone may be seen later, by a receive.
        return SSL_has_pending(ssl_) == 0 && static_cast<std::uint64_t>(here) < bytes;
    }

    void finish_sending() {
        shut_down();
        error_code ignored;  // if the client is gone, the next receive says so
        socket_.shutdown(TcpSocket::shutdown_send, ignored);
    }

    void close() {
        shut_down();
        is_broken_ = true;
        error_code ignored;  // the descriptor is released in any case
        socket_.close(ignored);
    }

private:
    static BIO_METHOD* method();

    // What OpenSSL reads and writes.
    int recv_some(BIO* bio, char* room, int size) {
        BIO_clear_retry_flags(bio);
        const auto got = ::recv(socket_.native_handle(), room, static_cast<std::size_t>(size), 0);
        if (got >= 0) return static_cast<int>(got);
        if (errno == EAGAIN || errno == EINTR) BIO_set_retry_read(bio);
        return -1;
    }
    int take(BIO* bio, const char* bytes, int size) noexcept {
        BIO_clear_retry_flags(bio);
        std::string_view rest(bytes, static_cast<std::size_t>(size));
        if (is_broken_) return -1;
        if (waiting_.empty()) {
            const auto sent = ::send(socket_.native_handle(), rest.data(), rest.size(),
                                     MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno != EAGAIN) {
                is_broken_ = true;
                return -1;
            }
            rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
        }
        if (waiting_.size() + rest.size() > kWaitingBytesMax) {
            is_broken_ = true;
            return -1;
        }
        try {
            waiting_ += rest;
        } catch (const std::exception&) {  // must not pass through OpenSSL
            is_broken_ = true;
            return -1;
        }
        return size;
    }

    // Sends what waits, as far as the socket takes it. False: the client is gone.
    bool flush() {
        if (is_broken_) return false;
        if (waiting_.empty()) return true;
        const auto sent = ::send(socket_.native_handle(), waiting_.data(), waiting_.size(),
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) return errno == EAGAIN;
        waiting_.erase(0, static_cast<std::size_t>(sent));
        if (waiting_.empty()) waiting_ = {};
        return true;
    }

    // One record of `bytes` from `begin` on, which it moves.
    bool encrypt(std::string_view bytes, std::size_t& begin) {
        const auto piece = std::min(bytes.size() - begin, kRecordBytes);
        std::size_t taken = 0;
        ERR_clear_error();
        if (SSL_write_ex(ssl_, bytes.data() + begin, piece, &taken) != 1) {
            is_broken_ = true;
            return false;
        }
        begin += taken;
        return true;
    }

    // How the send ends, if it does now.
    std::optional<bool> write_some() {
        if (!flush()) return false;
        std::size_t begin = 0;
        while (waiting_.empty() && begin < unsent_.size()) {
            if (!encrypt(unsent_, begin)) return false;
        }
        unsent_.remove_prefix(begin);
        if (unsent_.empty() && waiting_.empty()) return true;
        return std::nullopt;
    }

    // What the receive brings, if it ends now; 0: nothing more will come.
    std::optional<std::size_t> read_some() {
        if (is_broken_) return 0;
        if (is_plain_) return drop_plain();
        if (!is_established_ && std::exchange(is_new_, false) && begins_plain()) {
            return answer_plain();
        }
        std::size_t got = 0;
        ERR_clear_error();
        const auto done = SSL_read_ex(ssl_, room_.data(), room_.size(), &got);
        const auto error = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, done);
        if (!is_established_) note_handshake(error);
        if (!flush()) return 0;
        if (!waiting_.empty()) wait_writable();  // of the protocol itself
        if (done == 1) return got;
        if (error == SSL_ERROR_WANT_READ) return std::nullopt;
        is_broken_ |= error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
        return 0;
    }

    void note_handshake(int error) {
        is_established_ = SSL_is_init_finished(ssl_) == 1;
        if (is_established_) {
            is_to_be_told_ = true;
        } else if (error != SSL_ERROR_WANT_READ) {
            failed_();
        }
    }

    bool begins_plain() {
        char first = 0;
        const auto got = ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) is_new_ = true;
        return got == 1 && is_plain_http(first);
    }

    std::optional<std::size_t> answer_plain() {
        is_plain_ = true;
        failed_();
        const auto answer = plain_answer();
        ::send(socket_.native_handle(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        ::shutdown(socket_.native_handle(), SHUT_WR);
        return drop_plain();
    }

    // A reset would take the answer from the client, so what it sends is read.
    std::optional<std::size_t> drop_plain() {
        std::array<char, 4096> room{};
        while (dropped_ <= kDroppedBytesMax) {
            const auto got = ::recv(socket_.native_handle(), room.data(), room.size(), 0);
            if (got < 0 && errno == EAGAIN) return std::nullopt;
            if (got <= 0) break;
            dropped_ += static_cast<std::size_t>(got);
        }
        return 0;
    }

    void received(std::size_t bytes) { std::exchange(reader_, nullptr)->on_received(bytes); }
    void sent(bool whole) { std::exchange(writer_, nullptr)->on_sent(whole); }

    void wait_readable() {
        socket_.async_wait(TcpSocket::wait_read, [self = shared_from_this()](const error_code& ec) {
            self->on_readable(ec);
        });
    }
    void on_readable(const error_code& ec) {
        if (ec) return received(0);
        const auto read = read_some();
        if (std::exchange(is_to_be_told_, false)) reader_->on_established();
        if (is_closed_by_user()) return received(0);
        if (read) return received(*read);
        wait_readable();
    }
    bool is_closed_by_user() const { return !socket_.is_open(); }

    void wait_writable() {
        if (std::exchange(is_waiting_, true)) return;
        socket_.async_wait(
            TcpSocket::wait_write,
            [self = shared_from_this()](const error_code& ec) { self->on_writable(ec); });
    }
    void on_writable(const error_code& ec) {
        is_waiting_ = false;
        if (ec) is_broken_ = true;
        if (writer_ != nullptr) {
            const auto done = write_some();
            if (done) return sent(*done);
        } else if (!flush()) {
            return;  // the receive that is outstanding, or the next, says so
        }
        if (!waiting_.empty() || writer_ != nullptr) wait_writable();
    }

    // Says that nothing more is sent, as far as the socket takes it.
    void shut_down() {
        if (!is_established_ || is_broken_ || !waiting_.empty()) return;
        ERR_clear_error();
        SSL_shutdown(ssl_);
    }

    TcpSocket socket_;
    const std::shared_ptr<const TlsContext> context_;
    const std::function<void()>& failed_;
    SSL* const ssl_;

    bool is_new_ = true;           // nothing was received
    bool is_plain_ = false;        // the client speaks plain HTTP, and was told
    bool is_established_ = false;  // the handshake is done
    bool is_to_be_told_ = false;   // the user does not know that yet
    bool is_broken_ = false;
    bool is_waiting_ = false;    // for the socket to take more
    bool is_last_made_ = false;  // the first byte of the next send() is encrypted already
    std::size_t dropped_ = 0;
    bool is_subject_read_ = false;
    std::optional<std::string> subject_;  // of the client's certificate
    std::string waiting_;                 // encrypted, not taken by the socket
    StreamUser* reader_ = nullptr;
    std::span<char> room_;
    StreamUser* writer_ = nullptr;
    std::string_view unsent_;
};

BIO_METHOD* TlsLink::method() {
    static BIO_METHOD* const made = [] {
        auto* const own = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "millrace");
        check(own != nullptr, "no memory for TLS");
        BIO_meth_set_read(own, [](BIO* bio, char* room, int size) {
            return static_cast<TlsLink*>(BIO_get_data(bio))->recv_some(bio, room, size);
        });
        BIO_meth_set_write(own, [](BIO* bio, const char* bytes, int size) {
            return static_cast<TlsLink*>(BIO_get_data(bio))->take(bio, bytes, size);
        });
        BIO_meth_set_ctrl(own, [](BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
            return static_cast<long>(command == BIO_CTRL_FLUSH ? 1 : 0);
        });
        return own;
    }();
    return made;
}

TlsStream::TlsStream(TcpSocket socket, std::shared_ptr<const TlsContext> context,
                     const std::function<void()>& failed)
    : link_(std::make_shared<TlsLink>(std::move(socket), std::move(context), failed)) {}

TlsStream::~TlsStream() {
    link_->close();
}

bool TlsStream::is_being_made() const {
    return !link_->is_established();
}
bool TlsStream::is_for_http2() const {
    return link_->is_for_http2();
}
std::optional<std::string_view> TlsStream::client_certificate() {
    return link_->client_certificate();
}
void TlsStream::receive(std::span<char> room, StreamUser& user) {
    link_->receive(room, user);
}
std::optional<std::size_t> TlsStream::send_now(std::string_view bytes) {
    return link_->send_now(bytes);
}
void TlsStream::send(std::string_view bytes, StreamUser& user) {
    link_->send(bytes, user);
}
bool TlsStream::is_gone(std::uint64_t bytes) {
    return link_->is_gone(bytes);
}
void TlsStream::finish_sending() {
    link_->finish_sending();
}
void TlsStream::close() {
    link_->close();
}

}  // namespace millrace::http
