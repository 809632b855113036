#include "core/bulk/bulk_time.h"

#include <algorithm>

namespace millrace::bulk {
namespace {

using std::chrono::microseconds;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

class TimeText {
public:
    explicit TimeText(std::string_view text) : rest_(text) {}

    std::optional<BulkTime> read() {
        BulkTime time;
        const bool is_compact = digits() >= 8;
        if (!read_day(is_compact, time)) return std::nullopt;
        if (rest_.empty()) return time;
        const bool has_mark = take_any("Tt :");
        if (!has_mark && !(is_compact && digits() == 6)) return std::nullopt;
        if (!read_time(time) || !read_offset(time) || !rest_.empty()) return std::nullopt;
        return time;
    }

private:
    // How many digits are at the front.
    std::size_t digits() const {
        const auto* const end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
        return static_cast<std::size_t>(end - rest_.begin());
    }

    bool take_any(std::string_view characters) {
        if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
        rest_.remove_prefix(1);
        return true;
    }

    // Removes a number of at least `least` and at most `most` digits that is not above `max`.
    std::optional<int> number(std::size_t least, std::size_t most, int max) {
        const auto count = std::min(digits(), most);
        if (count < least) return std::nullopt;
        int value = 0;
        for (const char c : rest_.substr(0, count)) value = 10 * value + (c - '0');
        if (value > max) return std::nullopt;
        rest_.remove_prefix(count);
        return value;
    }

    bool read_day(bool is_compact, BulkTime& time) {
        const std::size_t least = is_compact ? 2 : 1;
        const auto year = number(4, 4, 9999);
        if (!year || *year == 0 || (!is_compact && !take_any("-/"))) return false;
        const auto month = number(least, 2, 12);
        if (!month || (!is_compact && !take_any("-/"))) return false;
        const auto day = number(least, 2, 31);
        if (!day) return false;
        const auto date = std::chrono::year(*year) / *month / *day;
        time.day = std::chrono::sys_days(date);
        return date.ok();
    }

    bool read_time(BulkTime& time) {
        const bool is_compact = digits() == 6;
        const std::size_t least = is_compact ? 2 : 1;
        const auto hour = number(least, 2, 23);
        if (!hour) return false;
        time.time = std::chrono::hours(*hour);
        if (!is_compact && !take_any(":")) return true;
        const auto minute = number(least, 2, 59);
        if (!minute) return false;
        time.time += std::chrono::minutes(*minute);
        if (!is_compact && !take_any(":")) return true;
        const auto second = number(least, 2, 59);
        if (!second) return false;
        time.time += std::chrono::seconds(*second);
        return !take_any(".,") || read_fraction(time);
    }

    bool read_fraction(BulkTime& time) {
        constexpr std::size_t kKept = 6, kMax = 9;
        const auto count = digits();
        if (count == 0 || count > kMax) return false;
        int value = 0;
        for (std::size_t i = 0; i < kKept; ++i)
            value = 10 * value + (i < count ? rest_[i] - '0' : 0);
        rest_.remove_prefix(count);
        time.time += microseconds(value);
        return true;
    }

    bool read_offset(BulkTime& time) {
        if (rest_.empty()) return true;
        take_any(" ");
        if (rest_ == "Z" || rest_ == "z" || rest_ == "UTC" || rest_ == "GMT") {
            time.offset = std::chrono::seconds(0);
            rest_ = {};
            return true;
        }
        const bool is_west = rest_.starts_with('-');
        if (!take_any("+-")) return false;
        const auto hours = number(1, 2, 14);
        if (!hours) return false;
        std::chrono::seconds offset = std::chrono::hours(*hours);
        if (take_any(":") || !rest_.empty()) {
            const auto minutes = number(2, 2, 59);
            if (!minutes) return false;
            offset += std::chrono::minutes(*minutes);
        }
        time.offset = is_west ? -offset : offset;
        return true;
    }

    std::string_view rest_;
};

}  // namespace

std::optional<BulkTime> parse_bulk_time(std::string_view text) {
    return TimeText(text).read();
}

}  // namespace millrace::bulk
