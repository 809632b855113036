#include "api/app/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/config/help.h"

namespace millrace {
namespace {

std::string read_all(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc()) return {};
    return value;
}

// Fields of /proc/self/stat behind the name of the program, which may have spaces: the first is
// number 3 of proc(5).
std::vector<std::string_view> stat_fields(std::string_view stat) {
    std::vector<std::string_view> fields;
    const auto name_end = stat.rfind(')');
    if (name_end == std::string_view::npos) return fields;
    stat.remove_prefix(std::min(stat.size(), name_end + 2));
    while (!stat.empty()) {
        const auto field = stat.substr(0, stat.find(' '));
        fields.push_back(field);
        stat.remove_prefix(std::min(stat.size(), field.size() + 1));
    }
    return fields;
}

// Seconds since 1970 at which the machine started.
std::optional<std::uint64_t> boot_time() {
    const auto stat = read_all("/proc/stat");
    const std::string_view key = "\nbtime ";
    const auto at = stat.find(key);
    return at == std::string::npos ? std::nullopt
                                   : number(std::string_view(stat).substr(at + key.size()));
}

std::optional<std::uint64_t> open_descriptors() {
    std::error_code failure;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator at("/proc/self/fd", failure), end;
         !failure && at != end; at.increment(failure)) {
        ++count;
    }
    if (failure || count == 0) return {};
    return count - 1;  // the one that read the folder
}

void add_stat(MetricsText& text) {
    constexpr std::size_t kUserTicks = 14 - 3;
    constexpr std::size_t kSystemTicks = 15 - 3;
    constexpr std::size_t kStartTicks = 22 - 3;
    constexpr std::size_t kVirtualBytes = 23 - 3;
    constexpr std::size_t kResidentPages = 24 - 3;
    const auto stat = read_all("/proc/self/stat");
    const auto fields = stat_fields(stat);
    if (fields.size() <= kResidentPages) return;
    const auto value = [&](std::size_t field) {
        return static_cast<double>(number(fields[field]).value_or(0));
    };
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    text.family("process_cpu_seconds_total", "counter", "User and system time of the process.");
    text.sample_real({}, (value(kUserTicks) + value(kSystemTicks)) / ticks);
    text.family("process_virtual_memory_bytes", "gauge", "Address space of the process.");
    text.sample_real({}, value(kVirtualBytes));
    text.family("process_resident_memory_bytes", "gauge", "Memory of the process.");
    text.sample_real({}, value(kResidentPages) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    if (const auto boot = boot_time()) {
        text.family("process_start_time_seconds", "gauge", "When the process started.");
        text.sample_real({}, static_cast<double>(*boot) + value(kStartTicks) / ticks);
    }
}

void add_descriptors(MetricsText& text) {
    if (const auto open = open_descriptors()) {
        text.family("process_open_fds", "gauge", "Open descriptors of the process.");
        text.sample({}, *open);
    }
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    text.family("process_max_fds", "gauge", "Descriptors that the process may have.");
    text.sample({}, limit.rlim_cur);
}

}  // namespace

void add_process_metrics(MetricsText& text) {
    text.family("millrace_build_info", "gauge", "1, with the version as label.");
    text.sample({{"version", std::string(config::version())}}, 1);
    add_stat(text);
    add_descriptors(text);
}

}  // namespace millrace
