#pragma once
// CredentialSource: the keys that requests are signed with.
//
// Files are read for each request, so new keys count without a restart.
//
// Thread  any.

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "core/base/secret.h"

namespace millrace::s3 {

struct Credentials {
    std::string access_key;
    Secret secret_key;
    std::string session_token;  // empty: these are not temporary
};

// One of three ways: both keys; the access key and a file with the secret one; a credentials file.
struct CredentialOptions {
    std::string access_key;
    Secret secret_key;
    std::string session_token;
    std::string secret_key_file;
    std::string credentials_file;  // as of the AWS programs: INI, a section a profile
    std::string profile = "default";
};

// The keys of a profile in the text of a credentials file.
// Errors  invalid: no such profile, or it has no keys
Result<Credentials> parse_credentials_file(std::string_view text, std::string_view profile);

// The text of a small file.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

class CredentialSource {
public:
    CredentialSource(ReadFile read_file, CredentialOptions options)
        : read_file_(std::move(read_file)), options_(std::move(options)) {}

    // The keys as they are now.
    // Errors  unavailable: a file is missing, or has no keys
    Result<Credentials> read() const;

private:
    Result<std::string> text_of(const std::string& path) const;

    ReadFile read_file_;
    const CredentialOptions options_;
};

}  // namespace millrace::s3
