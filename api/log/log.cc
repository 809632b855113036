#include "api/log/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdint>
#include <nlohmann/json.hpp>

namespace millrace::log {
namespace {

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "millrace", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                          spdlog::pattern_time_type::utc);
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *instance;
}

void write(spdlog::level::level_enum level, std::string_view event, Fields fields) {
    auto& out = logger();
    if (!out.should_log(level)) return;
    nlohmann::ordered_json object = {{"event", event}};
    for (const auto& [key, value] : fields) {
        std::visit([&, name = std::string(key)](const auto& v) { object[name] = v; }, value);
    }
    const auto text = object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    // The pattern opens and closes the object, so the braces of this one go.
    out.log(level, "{}", std::string_view(text).substr(1, text.size() - 2));
}

}  // namespace

void set_level(const std::string& level) {
    logger().set_level(level == "warn" ? spdlog::level::warn : spdlog::level::from_str(level));
}

void debug(std::string_view event, Fields fields) {
    write(spdlog::level::debug, event, fields);
}
void info(std::string_view event, Fields fields) {
    write(spdlog::level::info, event, fields);
}
void warn(std::string_view event, Fields fields) {
    write(spdlog::level::warn, event, fields);
}
void error(std::string_view event, Fields fields) {
    write(spdlog::level::err, event, fields);
}

}  // namespace millrace::log
