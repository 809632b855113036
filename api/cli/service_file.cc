#include "api/cli/service_file.h"

#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "api/cli/json_fields.h"

namespace millrace::cli {
namespace {

// After a crash the file is still there.
bool is_alive(std::uint64_t pid) {
    return pid > 0 && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
}

}  // namespace

Result<std::string> read_line_of(const std::string& path) {
    errno = 0;
    std::ifstream file(path);
    std::string line;
    if (!file || !std::getline(file, line)) {
        const int cause = errno;
        return Error(cause == ENOENT ? Code::not_found : Code::unavailable,
                     fmt::format("{} cannot be read ({})", path,
                                 cause == 0 ? "it is empty" : std::strerror(cause)));
    }
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

std::optional<RunningService> read_service_file(const std::string& data_dir) {
    const auto line = read_line_of(fmt::format("{}/service.json", data_dir));
    if (!line.ok()) return std::nullopt;
    const auto json = parse_json(line.value());
    if (!json || !is_alive(count_at(*json, {"pid"}))) return std::nullopt;
    return RunningService{.api = text_at(*json, {"api"}), .ingest = text_at(*json, {"ingest"})};
}

}  // namespace millrace::cli
