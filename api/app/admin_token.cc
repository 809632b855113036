#include "api/app/admin_token.h"

#include <optional>
#include <utility>

#include "core/ports/atomic_file.h"
#include "storage/os/private_file.h"

namespace millrace {
namespace {

constexpr std::string_view kName = "admin-token";
constexpr std::size_t kLength = 48;
constexpr std::size_t kShortest = 16;  // of one that a person wrote into the file

std::string random_token(Rng& rng) {
    constexpr std::string_view kLetters =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::string token;
    while (token.size() < kLength) {
        const auto bits = rng.next() & 0x3f;  // numbers past the letters are thrown away: no bias
        if (bits < kLetters.size()) token.push_back(kLetters[bits]);
    }
    return token;
}

std::string path_in(const std::string& data_dir) {
    return fmt::format("{}/{}", data_dir, kName);
}

// Nothing if the file is not there.
Result<std::optional<Secret>> read_token(Disk& disk, const std::string& path) {
    auto content = read_whole(disk, path);
    if (!content.ok()) {
        if (content.error().code() == Code::not_found) return std::optional<Secret>();
        return Error(content.error().code(),
                     fmt::format("{} cannot be read ({}); give it to the user of the service, or "
                                 "remove it to get a new one",
                                 path, content.error().operator_text()));
    }
    auto token = std::move(content).value();
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
    if (token.size() < kShortest || token.find_first_of(" \t\r\n") != std::string::npos) {
        return Error(
            Code::corrupt,
            fmt::format(
                "{} must have one line of at least {} characters; delete it to get a new one", path,
                kShortest));
    }
    return std::optional(Secret(std::move(token)));
}

}  // namespace

std::string place_of_admin_token(const std::string& data_dir, const std::string& given) {
    return given.empty() ? path_in(data_dir) : "MILLRACE_ADMIN_TOKEN";
}

Result<Secret> load_admin_token(Disk& disk, Rng& rng, const std::string& data_dir,
                                const std::string& given) {
    if (!given.empty()) return Secret(given);
    const auto path = path_in(data_dir);
    TRY_ASSIGN(auto found, read_token(disk, path));
    if (found) return std::move(*found);
    const auto token = random_token(rng);
    TRY(os::replace_file(path, token + "\n", os::FileAccess::owner).in("write the admin token"));
    return Secret(token);
}

Result<void> check_admin_token(Disk& disk, const std::string& data_dir, const std::string& given) {
    if (given.empty()) TRY(read_token(disk, path_in(data_dir)));
    return {};
}

}  // namespace millrace
