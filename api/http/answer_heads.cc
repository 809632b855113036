#include "api/http/answer_heads.h"

#include <fmt/format.h>

#include <chrono>

#include "api/http/answer.h"

namespace millrace::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::int64_t second_of(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(Milliseconds(time.unix_ms)).count();
}

// Keep-Alive is of the connection, so Connection names it (RFC 9110 7.6.1). What is less than a
// second is not told: `timeout=0` would mean that there is no second request.
std::string connection_lines(bool is_http_11, bool keep_alive, std::int64_t idle_seconds) {
    if (!keep_alive) return "Connection: close\r\n";
    if (idle_seconds > 0) {
        return fmt::format("Connection: keep-alive\r\nKeep-Alive: timeout={}\r\n", idle_seconds);
    }
    return is_http_11 ? "" : "Connection: keep-alive\r\n";
}

}  // namespace

AnswerHeads::AnswerHeads(Milliseconds idle_time, WallTime now)
    : idle_seconds_(std::chrono::floor<std::chrono::seconds>(idle_time).count()),
      second_(second_of(now) - 1) {
    tell_time(now);
}

void AnswerHeads::tell_time(WallTime now) {
    const auto second = second_of(now);
    if (second == second_) return;
    second_ = second;
    const auto date = http_date(now);
    for (const bool is_http_11 : {false, true}) {
        for (const bool keep_alive : {false, true}) {
            const auto at = index(is_http_11, keep_alive);
            lines_[at] = fmt::format("Server: millrace\r\nDate: {}\r\n{}", date,
                                     connection_lines(is_http_11, keep_alive, idle_seconds_));
            for (const int status : {200, 202}) {
                constexpr std::string_view kEnd = "\r\nOK";
                auto& head = plain_ok_[(status == 202 ? 4U : 0U) + at];
                head.clear();
                append_answer(head, text_answer(status, "OK"), {}, lines_[at]);
                head.resize(head.size() - kEnd.size());
            }
        }
    }
}

std::string http_date(WallTime time) {
    using std::chrono::floor;
    const std::chrono::sys_time<Milliseconds> at{Milliseconds(time.unix_ms)};
    const auto day = floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(floor<std::chrono::seconds>(at - day));
    return fmt::format(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        kDays.at(std::chrono::weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
        kMonths.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
        clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace millrace::http
