#include "api/stream_load/error_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

namespace millrace::stream_load {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "error_log_";
constexpr std::uint64_t kSweepAfterBytes = 8 << 20;
constexpr std::size_t kNameMax = 100;

bool is_name(std::string_view text) {
    return text.size() <= kNameMax && text.starts_with(kPrefix) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

struct Kept {
    fs::path path;
    fs::file_time_type written;
    std::uint64_t bytes = 0;
};

std::vector<Kept> all_in(const fs::path& folder) {
    std::vector<Kept> all;
    std::error_code error;
    for (auto entry = fs::directory_iterator(folder, error);
         !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (!is_name(entry->path().filename().string())) continue;
        std::error_code ignored;
        all.push_back({.path = entry->path(),
                       .written = entry->last_write_time(ignored),
                       .bytes = entry->file_size(ignored)});
    }
    return all;
}

}  // namespace

Result<std::string> ErrorLogs::keep(LoadNumber load, std::string_view text) {
    const std::lock_guard lock(mutex_);
    const auto name =
        fmt::format("{}{}_{:016x}{:016x}", kPrefix, load.value, random_.next(), random_.next());
    std::error_code error;
    fs::create_directories(folder_, error);
    fs::permissions(folder_, fs::perms::owner_all, error);
    if (unswept_bytes_ == 0 || unswept_bytes_ > kSweepAfterBytes) sweep();
    unswept_bytes_ += text.size();
    const auto path = folder_ / name;
    std::ofstream file(path, std::ios::binary);
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, error);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (!file) {
        fs::remove(path, error);
        return Error(Code::unavailable, fmt::format("write {}", path.string()));
    }
    return name;
}

std::optional<std::string> ErrorLogs::find(std::string_view name) const {
    if (!is_name(name)) return std::nullopt;
    std::ifstream file(folder_ / name, std::ios::binary);
    if (!file) return std::nullopt;
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

void ErrorLogs::sweep() {
    unswept_bytes_ = 1;
    auto all = all_in(folder_);
    std::sort(all.begin(), all.end(),
              [](const Kept& a, const Kept& b) { return a.written > b.written; });
    const auto oldest = fs::file_time_type::clock::now() - limits_.kept;
    std::uint64_t bytes = 0;
    for (const auto& kept : all) {
        bytes += kept.bytes;
        if (kept.written >= oldest && bytes <= limits_.bytes_max) continue;
        std::error_code ignored;
        fs::remove(kept.path, ignored);
    }
}

std::optional<std::string> error_log_of(const std::filesystem::path& folder, LoadNumber load,
                                        std::size_t bytes_max) {
    const auto prefix = fmt::format("{}{}_", kPrefix, load.value);
    std::optional<Kept> newest;
    for (auto& kept : all_in(folder)) {
        if (!kept.path.filename().string().starts_with(prefix)) continue;
        if (!newest || kept.written > newest->written) newest = std::move(kept);
    }
    if (!newest) return std::nullopt;
    std::ifstream file(newest->path, std::ios::binary);
    std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(newest->bytes, bytes_max)),
                     '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

}  // namespace millrace::stream_load
