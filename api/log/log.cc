#include "api/log/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <mutex>

#include "api/log/line_format.h"
#include "api/log/line_writer.h"

namespace millrace::log {
namespace {

constexpr auto kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";
constexpr auto kTextPattern = "%H:%M:%S.%e %-7l %v";

std::atomic<bool> is_text = false;

std::string members(std::string_view event, Fields fields) {
    return is_text ? text_members(event, fields) : json_members(event, fields);
}

// Standard error. Says how many lines are missing as soon as one fits again.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

    void write_plain(std::string_view text) {
        const std::lock_guard lock(mutex_);
        writer_.write(text);
    }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        if (missing_ > 0 && writer_.write(notice(message))) missing_ = 0;
        if (writer_.write(formatted(message))) return;
        ++missing_;
        dropped_.fetch_add(1, std::memory_order_relaxed);
    }
    void flush_() override {}

private:
    std::string formatted(const spdlog::details::log_msg& message) {
        spdlog::memory_buf_t text;
        formatter_->format(message, text);
        return {text.data(), text.size()};
    }

    std::string notice(const spdlog::details::log_msg& message) {
        const auto text = members("log_lines_dropped",
                                  {{"lines", missing_}, {"message", "the log was not read"}});
        return formatted({message.time, {}, message.logger_name, spdlog::level::warn, text});
    }

    LineWriter writer_{STDERR_FILENO};
    std::uint64_t missing_ = 0;  // lines since the last notice
    std::atomic<std::uint64_t> dropped_ = 0;
};

const std::shared_ptr<StderrSink>& sink() {
    static const auto instance = std::make_shared<StderrSink>();
    return instance;
}

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = std::make_shared<spdlog::logger>("millrace", sink());
        made->set_pattern(kJsonPattern, spdlog::pattern_time_type::utc);
        return made;
    }();
    return *instance;
}

void write(spdlog::level::level_enum level, std::string_view event, Fields fields) {
    auto& out = logger();
    if (!out.should_log(level)) return;
    out.log(level, "{}", members(event, fields));
}

}  // namespace

void set_format(std::string_view format) {
    is_text = format == "text" || (format == "auto" && ::isatty(STDERR_FILENO) == 1);
    logger().set_pattern(is_text ? kTextPattern : kJsonPattern, spdlog::pattern_time_type::utc);
}

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

void plain(std::string_view text) {
    sink()->write_plain(text);
}

std::uint64_t dropped_lines() {
    return sink()->dropped();
}

}  // namespace millrace::log
