#pragma once
// TlsContext: certificates, keys and rules of TLS of one port, as they were when its files were
// read; LiveTls: the one that new connections get, which is replaced while the service runs.
//
// Of several certificates a client gets the first that is for the name it asks for (SNI), or the
// first of all.
//
// TLS 1.2 and 1.3, ciphers with forward secrecy, ALPN `h2` and `http/1.1`, resumption by tickets.
// Never: renegotiation, compression, 0-RTT (its requests can be sent again by others).
//
// Lifetime  connections share the context that they began with.
// Thread    any.
// Errors    invalid, with the file and what to do: it cannot be read, is no PEM, is expired or not
//           valid yet, does not fit the key; or the key may be read by others.
// See       docs/security.md

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/http/tls_files.h"
#include "core/base/guarded.h"
#include "core/base/result.h"
#include "core/base/time.h"

struct ssl_ctx_st;  // SSL_CTX
struct ssl_st;      // SSL

namespace millrace::http {

struct LoadedCertificate {
    std::string file;
    std::string subject;  // "CN = millrace.example.com"
    WallTime expires;
};

class TlsContext {
public:
    static Result<std::shared_ptr<const TlsContext>> load(const TlsFiles& files, WallTime now);

    // What a connection begins with.
    ssl_ctx_st* get() const { return contexts_.front().get(); }

    // In the order of tls_pairs().
    const std::vector<LoadedCertificate>& certificates() const { return certificates_; }

    WallTime expires() const;  // the first of them

private:
    using Owned = std::shared_ptr<ssl_ctx_st>;
    struct Names;  // the callback that chooses
    TlsContext() = default;

    std::vector<Owned> contexts_;  // one a certificate
    std::vector<LoadedCertificate> certificates_;
};

// The subject of the certificate that a client has shown and that is trusted, as RFC 2253 writes
// it; nothing: there is none.
std::optional<std::string> subject_of_client(const ssl_st& connection);

class LiveTls {
public:
    // Errors  those of TlsContext
    static Result<std::unique_ptr<LiveTls>> open(TlsFiles files, WallTime now);

    std::shared_ptr<const TlsContext> current() const {
        return current_.with([](const auto& context) { return context; });
    }

    // Reads the files again; after an error the context stays what it was.
    Result<void> reload(WallTime now);

    // As reload(), where the files are others than at the last one, by their names' inodes and
    // times, or where that failed: what was wrong may be mended without a new file, as the mode of
    // a folder or the clock. Nothing: all is, or is wrong, as before.
    std::optional<Result<void>> look(WallTime now);

    const TlsFiles& files() const { return files_; }

private:
    LiveTls(TlsFiles files, std::string seen, std::shared_ptr<const TlsContext> context);

    const TlsFiles files_;
    Guarded<std::string> seen_;  // what identified the files
    Guarded<std::shared_ptr<const TlsContext>> current_;
    Guarded<std::string> failure_;  // of the last time; empty: there was none
};

}  // namespace millrace::http
