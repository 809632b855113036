#include "core/ports/other_digest.h"

#include <fmt/format.h>

namespace millrace {
namespace {

constexpr std::string_view kBefore = " has the file with the digest ";
constexpr std::string_view kBehind = ", not ";

}  // namespace

Error other_digest(std::string_view log, std::string_view recorded, std::string_view asked) {
    return {Code::corrupt, fmt::format("{}{}{}{}{}", log, kBefore, recorded, kBehind, asked)};
}

std::optional<std::string> recorded_digest(const Error& error) {
    if (error.code() != Code::corrupt) return std::nullopt;
    const auto& text = error.client_text();
    const auto before = text.find(kBefore);
    const auto behind = text.rfind(kBehind);
    if (before == std::string::npos || behind == std::string::npos) return std::nullopt;
    const auto begin = before + kBefore.size();
    if (behind < begin) return std::nullopt;
    return text.substr(begin, behind - begin);
}

}  // namespace millrace
