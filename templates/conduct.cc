#include "templates/conduct.h"

namespace millrace::templates {
namespace {

constexpr std::uint32_t kFailuresMax = 16;
constexpr std::uint32_t kSuccessesToTrust = 64;
constexpr std::size_t kRecordsMax = 10'000;  // templates that are gone leave theirs behind

}  // namespace

void Conduct::succeeded(const std::string& text) {
    proven_.with([&](auto& proven) {
        if (proven.contains(text)) return;
        if (proven.size() >= kRecordsMax) proven.clear();
        proven.insert(text);
    });
    records_.with([&](auto& records) {
        const auto found = records.find(text);
        if (found == records.end()) return;
        auto& record = found->second;
        record.failures = 0;
        if (!record.suspect || ++record.successes >= kSuccessesToTrust) records.erase(found);
    });
}

void Conduct::failed(const std::string& text) {
    records_.with([&](auto& records) {
        if (records.size() >= kRecordsMax) records.clear();
        auto& record = records[text];
        record.successes = 0;
        if (++record.failures >= kFailuresMax) record.suspect = true;
    });
}

void Conduct::killed(const std::string& text) {
    records_.with([&](auto& records) {
        if (records.size() >= kRecordsMax) records.clear();
        auto& record = records[text];
        record.successes = 0;
        record.suspect = true;
    });
}

bool Conduct::is_suspect(const std::string& text) const {
    return records_.with([&](const auto& records) {
        const auto found = records.find(text);
        return found != records.end() && found->second.suspect;
    });
}

bool Conduct::is_proven(const std::string& text) const {
    return proven_.with([&](const auto& proven) { return proven.contains(text); });
}

}  // namespace millrace::templates
