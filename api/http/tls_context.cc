#include "api/http/tls_context.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

std::string text_of(const X509_NAME& name, unsigned long form) {
    const Bio bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), &name, 0,
                       form & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
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

Result<void> ask_for_clients(SSL_CTX& context, const std::string& path, bool must_have_one) {
    TRY_ASSIGN(const auto authorities, read_certificates(path));
    auto* const store = SSL_CTX_get_cert_store(&context);
    for (const auto& authority : authorities) {
        if (X509_STORE_add_cert(store, authority.get()) != 1 ||
            SSL_CTX_add_client_CA(&context, authority.get()) != 1) {
            return refused(path, fmt::format("cannot be used: {}", last_error()));
        }
    }
    const int mode =
        must_have_one ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER;
    SSL_CTX_set_verify(&context, mode, nullptr);
    return {};
}

struct LoadedContext {
    std::shared_ptr<SSL_CTX> context;
    LoadedCertificate certificate;
};

Result<LoadedContext> load_pair(const TlsPair& pair, WallTime now) {
    ERR_clear_error();
    TRY_ASSIGN(auto chain, read_certificates(pair.certificate));
    TRY_ASSIGN(const auto expires, check_dates(pair.certificate, *chain.front(), now));
    TRY_ASSIGN(const auto key, read_key(pair.key));
    if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
        ERR_clear_error();
        return refused(pair.key, fmt::format("is not the key of the first certificate in \"{}\"",
                                             pair.certificate));
    }
    auto context = make_context();
    auto* const raw = context.get();
    if (SSL_CTX_use_certificate(raw, chain.front().get()) != 1 ||
        SSL_CTX_use_PrivateKey(raw, key.get()) != 1) {
        return refused(pair.certificate, fmt::format("cannot be used: {}", last_error()));
    }
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (SSL_CTX_add1_chain_cert(raw, chain[i].get()) != 1) {
            return refused(pair.certificate, fmt::format("cannot be used: {}", last_error()));
        }
    }
    auto subject = text_of(*X509_get_subject_name(chain.front().get()), XN_FLAG_ONELINE);
    return LoadedContext{
        .context = std::move(context),
        .certificate = {
            .file = pair.certificate, .subject = std::move(subject), .expires = expires}};
}

}  // namespace

struct TlsContext::Names {
    static int choose(SSL* connection, int* /*alert*/, void* user) noexcept {
        const char* const name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
        if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
        const auto& contexts = static_cast<const TlsContext*>(user)->contexts_;
        for (const auto& context : contexts) {
            auto* const certificate = SSL_CTX_get0_certificate(context.get());
            if (X509_check_host(certificate, name, 0, 0, nullptr) != 1) continue;
            SSL_set_SSL_CTX(connection, context.get());
            return SSL_TLSEXT_ERR_OK;
        }
        return SSL_TLSEXT_ERR_NOACK;  // it gets the first, and sees the mismatch
    }
};

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsFiles& files, WallTime now) {
    TRY_ASSIGN(const auto pairs, tls_pairs(files));
    const std::shared_ptr<TlsContext> made(new TlsContext());
    for (const auto& pair : pairs) {
        TRY_ASSIGN(auto loaded, load_pair(pair, now));
        if (!files.client_ca.empty()) {
            TRY(ask_for_clients(*loaded.context, files.client_ca, files.needs_client_certificate));
        }
        made->contexts_.push_back(std::move(loaded.context));
        made->certificates_.push_back(std::move(loaded.certificate));
    }
    if (made->contexts_.size() > 1) {
        // What the macro SSL_CTX_set_tlsext_servername_callback() does, with a cast of C.
        SSL_CTX_callback_ctrl(made->get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                              reinterpret_cast<void (*)()>(&Names::choose));
        SSL_CTX_set_tlsext_servername_arg(made->get(), made.get());
    }
    return std::shared_ptr<const TlsContext>(made);
}

WallTime TlsContext::expires() const {
    return std::ranges::min(certificates_, {}, [](const auto& one) { return one.expires.unix_ms; })
        .expires;
}

std::optional<std::string> subject_of_client(const ssl_st& connection) {
    const auto* const certificate = SSL_get0_peer_certificate(&connection);
    if (certificate == nullptr || SSL_get_verify_result(&connection) != X509_V_OK) return {};
    return text_of(*X509_get_subject_name(certificate), XN_FLAG_RFC2253);
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
    auto loaded = TlsContext::load(files_, now);
    failure_.with([&](auto& failure) {
        failure = loaded.ok() ? std::string() : loaded.error().operator_text();
    });
    if (!loaded.ok()) return std::move(loaded).error();
    current_.with([&](auto& current) { current = std::move(loaded).value(); });
    return {};
}

std::optional<Result<void>> LiveTls::look(WallTime now) {
    const bool has_changed =
        seen_.with([&](const auto& seen) { return seen != identity_of(files_); });
    const auto before = failure_.with([](const auto& failure) { return failure; });
    if (!has_changed && before.empty()) return std::nullopt;
    auto reloaded = reload(now);
    const bool is_as_before =
        !has_changed && !reloaded.ok() && reloaded.error().operator_text() == before;
    if (is_as_before) return std::nullopt;
    return reloaded;
}

}  // namespace millrace::http
