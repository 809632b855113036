#include "api/http/tls_context.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace millrace::http {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;
constexpr mode_t kOthers = 0007;
// TLS 1.3 has only good ones.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::string_view kSessions = "millrace";

template <auto free>
struct Free {
    template <typename T>
    void operator()(T* owned) const noexcept {
        free(owned);
    }
};
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;

// Of the last thing that OpenSSL could not do.
std::string last_error() {
    const auto code = ERR_peek_last_error();
    ERR_clear_error();
    const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "no further cause" : reason;
}

Error refused(const std::string& path, std::string_view what) {
    return Error(Code::invalid, fmt::format("\"{}\" {}", path, what));
}

Error unreadable(const std::string& path, int number) {
    return Error(Code::invalid, fmt::format("cannot read \"{}\": {}", path,
                                            std::generic_category().message(number)));
}

enum class Access { anyone, owner };

Result<std::string> read_all(int file, const std::string& path, Access access) {
    struct stat status {};
    if (::fstat(file, &status) != 0) return unreadable(path, errno);
    if (!S_ISREG(status.st_mode)) return refused(path, "is not a regular file");
    if (access == Access::owner && (status.st_mode & kOthers) != 0) {
        return refused(path, fmt::format("can be used by every user of the machine (mode {:04o}); "
                                         "run: chmod o-rwx \"{}\"",
                                         status.st_mode & 07777, path));
    }
    std::string text(kFileBytesMax + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto count = ::read(file, text.data() + size, text.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return unreadable(path, errno);
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    if (size > kFileBytesMax) return refused(path, "is larger than 1MB");
    text.resize(size);
    return text;
}

// Without O_NONBLOCK a pipe without a writer would hold the start.
Result<std::string> read_file(const std::string& path, Access access) {
    const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) return unreadable(path, errno);
    auto text = read_all(file, path, access);
    ::close(file);
    return text;
}

// No password is known: a question at the terminal would hold the start.
int no_password(char* /*room*/, int /*size*/, int /*writing*/, void* /*user*/) {
    return -1;
}

// All certificates of a file, at least one.
Result<std::vector<Certificate>> read_certificates(const std::string& path) {
    TRY_ASSIGN(const auto text, read_file(path, Access::anyone));
    const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    std::vector<Certificate> all;
    while (auto* const next = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
        all.emplace_back(next);
    }
    const auto code = ERR_peek_last_error();
    const bool at_end =
        ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
    if (!at_end) return refused(path, fmt::format("has a broken certificate: {}", last_error()));
    ERR_clear_error();
    if (all.empty()) {
        return refused(path, "has no certificate; it must be PEM, \"-----BEGIN CERTIFICATE-----\"");
    }
    return all;
}

Result<Key> read_key(const std::string& path) {
    TRY_ASSIGN(auto text, read_file(path, Access::owner));
    const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    const bool says_encrypted = text.find("ENCRYPTED") != std::string::npos;
    OPENSSL_cleanse(text.data(), text.size());
    if (key != nullptr) return key;
    ERR_clear_error();
    return refused(path,
                   says_encrypted
                       ? "is encrypted with a password, which the service does not know; "
                         "remove it: openssl pkey -in FILE -out NEW"
                       : "has no private key; it must be PEM, \"-----BEGIN PRIVATE KEY-----\"");
}

std::string text_of(const ASN1_TIME& time) {
    const Bio bio(BIO_new(BIO_s_mem()));
    ASN1_TIME_print(bio.get(), &time);
    char* begin = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &begin);
    return {begin, static_cast<std::size_t>(size)};
}

std::string text_of(const X509_NAME& name) {
    const Bio bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), &name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
    char* begin = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &begin);
    return {begin, static_cast<std::size_t>(size)};
}

WallTime time_of(const ASN1_TIME& time) {
    std::tm parts{};
    ASN1_TIME_to_tm(&time, &parts);
    return WallTime{static_cast<std::int64_t>(::timegm(&parts)) * 1000};
}

Result<WallTime> check_dates(const std::string& path, const X509& certificate, WallTime now) {
    const auto& from = *X509_get0_notBefore(&certificate);
    const auto& until = *X509_get0_notAfter(&certificate);
    const auto expires = time_of(until);
    if (expires.unix_ms <= now.unix_ms) {
        return refused(path, fmt::format("is expired: its certificate was valid until {}; it has "
                                         "to be renewed",
                                         text_of(until)));
    }
    if (time_of(from).unix_ms > now.unix_ms) {
        return refused(path, fmt::format("is not valid yet: its certificate is valid from {}; is "
                                         "the clock of this machine right?",
                                         text_of(from)));
    }
    return expires;
}

// The server's own order: h2 first.
int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void* /*user*/) {
    static constexpr unsigned char kOurs[] = "\x02h2\x08http/1.1";
    unsigned char* found = nullptr;
    const auto done =
        SSL_select_next_proto(&found, chosen_size, kOurs, sizeof(kOurs) - 1, offered, offered_size);
    if (done != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

std::shared_ptr<SSL_CTX> make_context() {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    auto* const raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(raw, kCiphers);
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Buffers of idle connections are given back; what is sent may lie elsewhere the next time.
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(raw, 1);  // one recv() takes a record with its head
    SSL_CTX_set_max_early_data(raw, 0);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets need no memory here
    SSL_CTX_set_num_tickets(raw, 1);
    SSL_CTX_set_session_id_context(raw, reinterpret_cast<const unsigned char*>(kSessions.data()),
                                   static_cast<unsigned>(kSessions.size()));
    SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
    return context;
}

Result<void> ask_for_clients(SSL_CTX& context, const std::string& path) {
    TRY_ASSIGN(const auto authorities, read_certificates(path));
    auto* const store = SSL_CTX_get_cert_store(&context);
    for (const auto& authority : authorities) {
        if (X509_STORE_add_cert(store, authority.get()) != 1 ||
            SSL_CTX_add_client_CA(&context, authority.get()) != 1) {
            return refused(path, fmt::format("cannot be used: {}", last_error()));
        }
    }
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

std::string identity_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return fmt::format("{}:{};", path, errno);
    return fmt::format("{}:{}.{}.{}.{}.{};", path, status.st_dev, status.st_ino, status.st_size,
                       status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

std::string identity_of(const TlsFiles& files) {
    auto all = identity_of(files.certificate) + identity_of(files.key);
    if (!files.client_ca.empty()) all += identity_of(files.client_ca);
    return all;
}

}  // namespace

TlsContext::TlsContext(Owned context, WallTime expires, std::string subject)
    : context_(std::move(context)), expires_(expires), subject_(std::move(subject)) {}

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsFiles& files, WallTime now) {
    ERR_clear_error();
    TRY_ASSIGN(auto chain, read_certificates(files.certificate));
    TRY_ASSIGN(const auto expires, check_dates(files.certificate, *chain.front(), now));
    TRY_ASSIGN(const auto key, read_key(files.key));
    if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
        ERR_clear_error();
        return refused(files.key, fmt::format("is not the key of the first certificate in \"{}\"",
                                              files.certificate));
    }
    const auto context = make_context();
    auto* const raw = context.get();
    if (SSL_CTX_use_certificate(raw, chain.front().get()) != 1 ||
        SSL_CTX_use_PrivateKey(raw, key.get()) != 1) {
        return refused(files.certificate, fmt::format("cannot be used: {}", last_error()));
    }
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (SSL_CTX_add1_chain_cert(raw, chain[i].get()) != 1) {
            return refused(files.certificate, fmt::format("cannot be used: {}", last_error()));
        }
    }
    if (!files.client_ca.empty()) TRY(ask_for_clients(*raw, files.client_ca));
    auto subject = text_of(*X509_get_subject_name(chain.front().get()));
    return std::shared_ptr<const TlsContext>(new TlsContext(context, expires, std::move(subject)));
}

LiveTls::LiveTls(TlsFiles files, std::string seen, std::shared_ptr<const TlsContext> context)
    : files_(std::move(files)), seen_(std::move(seen)), current_(std::move(context)) {}

Result<std::unique_ptr<LiveTls>> LiveTls::open(TlsFiles files, WallTime now) {
    auto seen = identity_of(files);
    TRY_ASSIGN(auto context, TlsContext::load(files, now));
    return std::unique_ptr<LiveTls>(
        new LiveTls(std::move(files), std::move(seen), std::move(context)));
}

Result<void> LiveTls::reload(WallTime now) {
    seen_.with([&](auto& seen) { seen = identity_of(files_); });
    TRY_ASSIGN(auto context, TlsContext::load(files_, now));
    current_.with([&](auto& current) { current = std::move(context); });
    return {};
}

bool LiveTls::have_files_changed() const {
    return seen_.with([&](const auto& seen) { return seen != identity_of(files_); });
}

}  // namespace millrace::http
