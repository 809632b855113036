#include "storage/staging/s3/s3_credentials.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::s3 {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// A header cannot carry a line break, and a key has none.
bool is_one_line(std::string_view text) {
    return !text.empty() && text.find_first_of("\r\n") == std::string_view::npos &&
           text.find('\0') == std::string_view::npos;
}

void assign(std::string_view name, std::string_view value, Credentials& credentials) {
    if (name == "aws_access_key_id") credentials.access_key = value;
    if (name == "aws_secret_access_key") credentials.secret_key = Secret(std::string(value));
    if (name == "aws_session_token") credentials.session_token = value;
}

}  // namespace

Result<Credentials> parse_credentials_file(std::string_view text, std::string_view profile) {
    Credentials credentials;
    bool is_here = false;
    bool is_found = false;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == '#' || line.front() == ';') continue;
        if (line.front() == '[') {
            is_here = line.back() == ']' && trimmed(line.substr(1, line.size() - 2)) == profile;
            is_found |= is_here;
            continue;
        }
        const auto equals = line.find('=');
        if (!is_here || equals == std::string_view::npos) continue;
        assign(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)), credentials);
    }
    if (!is_found) return Error(Code::invalid, fmt::format("it has no profile [{}]", profile));
    if (credentials.access_key.empty() || credentials.secret_key.expose().empty()) {
        return Error(Code::invalid, fmt::format("profile [{}] lacks aws_access_key_id or "
                                                "aws_secret_access_key",
                                                profile));
    }
    return credentials;
}

Result<std::string> CredentialSource::text_of(const std::string& path) const {
    auto text = read_file_(path);
    if (text.ok()) return text;
    return Error(Code::unavailable, text.error().operator_text());
}

Result<Credentials> CredentialSource::read() const {
    if (!options_.access_key.empty()) {
        Credentials credentials{.access_key = options_.access_key,
                                .secret_key = options_.secret_key,
                                .session_token = options_.session_token};
        if (options_.secret_key_file.empty()) return credentials;
        TRY_ASSIGN(const auto text, text_of(options_.secret_key_file));
        const auto secret = trimmed(text);
        if (!is_one_line(secret)) {
            return Error(Code::unavailable,
                         fmt::format("{} must have the secret key, and nothing else",
                                     options_.secret_key_file));
        }
        credentials.secret_key = Secret(std::string(secret));
        return credentials;
    }
    TRY_ASSIGN(const auto text, text_of(options_.credentials_file));
    auto parsed = parse_credentials_file(text, options_.profile);
    if (parsed.ok()) return parsed;
    return Error(Code::unavailable,
                 fmt::format("credentials file {}: {}", options_.credentials_file,
                             parsed.error().operator_text()));
}

}  // namespace millrace::s3
