#include "api/http/tls_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace millrace::http {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCertbotCertificate = "fullchain.pem";
constexpr const char* kCertbotKey = "privkey.pem";
constexpr const char* kCertificateEnding = ".crt";
constexpr const char* kKeyEnding = ".key";

bool is_there(const fs::path& path) {
    std::error_code failed;
    return fs::exists(path, failed);
}

// Nothing: it is no certificate.
std::optional<TlsPair> pair_at(const fs::path& path) {
    if (is_there(path / kCertbotCertificate)) {
        return TlsPair{.certificate = path / kCertbotCertificate, .key = path / kCertbotKey};
    }
    if (path.extension() != kCertificateEnding) return {};
    auto key = path;
    return TlsPair{.certificate = path, .key = key.replace_extension(kKeyEnding)};
}

std::string identity_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return fmt::format("{}:{};", path, errno);
    // The second time is also that of its mode and owner.
    return fmt::format("{}:{}.{}.{}.{}.{}.{}.{};", path, status.st_dev, status.st_ino,
                       status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                       status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}

}  // namespace

Result<std::vector<TlsPair>> tls_pairs(const TlsFiles& files) {
    if (!files.key.empty()) {
        return std::vector<TlsPair>{{.certificate = files.certificate, .key = files.key}};
    }
    std::vector<TlsPair> pairs;
    std::error_code failed;
    for (auto entry = fs::directory_iterator(files.certificate, failed);
         !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
        if (auto pair = pair_at(entry->path())) pairs.push_back(std::move(*pair));
    }
    if (failed) {
        return Error(Code::invalid,
                     fmt::format("cannot read \"{}\": {}", files.certificate, failed.message()));
    }
    if (pairs.empty()) {
        return Error(Code::invalid,
                     fmt::format("\"{}\" has no certificate; a folder must have folders with {} "
                                 "and {}, or files NAME{} and NAME{}",
                                 files.certificate, kCertbotCertificate, kCertbotKey,
                                 kCertificateEnding, kKeyEnding));
    }
    std::ranges::sort(pairs, {}, &TlsPair::certificate);
    for (const auto& pair : pairs) {
        if (is_there(pair.key)) continue;
        return Error(Code::invalid, fmt::format("\"{}\" has no key; it must be in \"{}\"",
                                                pair.certificate, pair.key));
    }
    return pairs;
}

std::string identity_of(const TlsFiles& files) {
    const auto pairs = tls_pairs(files);
    std::string all = pairs.ok() ? "" : pairs.error().operator_text();
    if (pairs.ok()) {
        for (const auto& pair : pairs.value()) {
            all += identity_of(pair.certificate) + identity_of(pair.key);
        }
    }
    if (!files.client_ca.empty()) all += identity_of(files.client_ca);
    return all;
}

}  // namespace millrace::http
