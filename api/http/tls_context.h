#pragma once
// TlsContext: certificate, key and rules of TLS of one port, as they were when its files were read;
// LiveTls: the one that new connections get, which is replaced while the service runs.
//
// TLS 1.2 and 1.3, ciphers with forward secrecy, ALPN `h2` and `http/1.1`, resumption by tickets.
// Never: renegotiation, compression, 0-RTT (its requests can be sent again by others).
//
// Lifetime  connections share the context that they began with.
// Thread    any.
// Errors    invalid, with the file and what to do: it cannot be read, is no PEM, is expired or not
//           valid yet, does not fit the key; or the key may be read by others.
// See       docs/security.md

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/guarded.h"
#include "core/base/result.h"
#include "core/base/time.h"

struct ssl_ctx_st;  // SSL_CTX

namespace millrace::http {

struct TlsFiles {
    std::string certificate;  // PEM: the certificate, then those between it and its authority
    std::string key;          // PEM, without a password
    std::string client_ca;    // PEM: who may sign certificates of clients, which must have one then
};

class TlsContext {
public:
    static Result<std::shared_ptr<const TlsContext>> load(const TlsFiles& files, WallTime now);

    ssl_ctx_st* get() const { return context_.get(); }
    WallTime expires() const { return expires_; }
    const std::string& subject() const { return subject_; }  // "CN = millrace.example.com"

private:
    using Owned = std::shared_ptr<ssl_ctx_st>;
    TlsContext(Owned context, WallTime expires, std::string subject);

    const Owned context_;
    const WallTime expires_;
    const std::string subject_;
};

class LiveTls {
public:
    // Errors  those of TlsContext
    static Result<std::unique_ptr<LiveTls>> open(TlsFiles files, WallTime now);

    std::shared_ptr<const TlsContext> current() const {
        return current_.with([](const auto& context) { return context; });
    }

    // Reads the files again; after an error the context stays what it was.
    Result<void> reload(WallTime now);

    // Whether the files are others than at the last load or reload, by their names' inodes and
    // times.
    bool have_files_changed() const;

    const TlsFiles& files() const { return files_; }

private:
    LiveTls(TlsFiles files, std::string seen, std::shared_ptr<const TlsContext> context);

    const TlsFiles files_;
    Guarded<std::string> seen_;  // what identified the files
    Guarded<std::shared_ptr<const TlsContext>> current_;
};

}  // namespace millrace::http
