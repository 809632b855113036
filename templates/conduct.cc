#include "templates/conduct.h"

namespace millrace::templates {
namespace {

constexpr std::uint32_t kSuccessesToTrust = 64;
constexpr std::size_t kTextsMax = 10'000;  // templates that are gone leave theirs behind

}  // namespace

void Conduct::succeeded(const std::string& text) {
    proven_.with([&](auto& proven) {
        if (proven.contains(text)) return;
        if (proven.size() >= kTextsMax) proven.clear();
        proven.insert(text);
    });
    suspects_.with([&](auto& suspects) {
        const auto found = suspects.find(text);
        if (found != suspects.end() && ++found->second >= kSuccessesToTrust) suspects.erase(found);
    });
}

void Conduct::killed(const std::string& text) {
    suspects_.with([&](auto& suspects) {
        if (suspects.size() >= kTextsMax) suspects.clear();
        suspects[text] = 0;
    });
}

bool Conduct::is_suspect(const std::string& text) const {
    return suspects_.with([&](const auto& suspects) { return suspects.contains(text); });
}

bool Conduct::is_proven(const std::string& text) const {
    return proven_.with([&](const auto& proven) { return proven.contains(text); });
}

}  // namespace millrace::templates
