#pragma once
// TlsFiles: where the certificates of one port are; TlsPair: one of them with its key.
//
// A folder has several, for clients that ask for different names:
//
//     events.example.com/fullchain.pem    and privkey.pem beside it, as certbot keeps them
//     events.example.org.crt              and events.example.org.key
//
// They are ordered by name; other files of the folder are not looked at.

#include <string>
#include <vector>

#include "core/base/result.h"

namespace millrace::http {

struct TlsFiles {
    // PEM: the certificate, then those between it and its authority; or a folder of several.
    std::string certificate;
    std::string key;        // PEM, without a password; empty: `certificate` is a folder
    std::string client_ca;  // PEM: who may sign certificates of clients; empty: none is asked for
    bool needs_client_certificate = true;  // else a client without one is served, too
};

struct TlsPair {
    std::string certificate;
    std::string key;

    bool operator==(const TlsPair&) const = default;
};

// At least one.
// Errors  invalid, with the remedy: the folder cannot be read, has no certificate, or one without
//         its key
Result<std::vector<TlsPair>> tls_pairs(const TlsFiles& files);

// What changes when one of the files does, by inodes, sizes and times.
std::string identity_of(const TlsFiles& files);

}  // namespace millrace::http
