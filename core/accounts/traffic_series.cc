#include "core/accounts/traffic_series.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/base/crc32c.h"

namespace millrace::accounts {
namespace {

constexpr std::string_view kHead = "millrace-traffic 1\n";
constexpr std::string_view kCrc = "crc ";
constexpr double kNanosecondsPerMs = 1e6;
constexpr std::size_t kMarksMax = 3600 / TrafficSeries::kLongStep + 1;

double rate(std::uint64_t before, std::uint64_t after, double seconds) {
    return after > before ? static_cast<double>(after - before) / seconds : 0;
}

TrafficRates rates_of(const TrafficTotals& before, const TrafficTotals& after, double seconds) {
    return {.seconds = seconds,
            .records = rate(before.records, after.records, seconds),
            .bytes = rate(before.bytes, after.bytes, seconds),
            .rows = rate(before.rows, after.rows, seconds),
            .refused = rate(before.refused, after.refused, seconds),
            .answer_p99_ms = p99_of(before.answer_times, after.answer_times)};
}

double seconds_between(SteadyTime before, SteadyTime after) {
    return std::chrono::duration<double>(after - before).count();
}

// In order of their ends, also where the wall clock steps back.
void push(std::deque<TrafficSeries::Step>& steps, const TrafficSeries::Step& step,
          std::size_t most) {
    while (!steps.empty() && steps.back().end >= step.end) steps.pop_back();
    steps.push_back(step);
    while (steps.size() > most) steps.pop_front();
}

void encode_steps(std::string& text, char letter, const std::deque<TrafficSeries::Step>& steps) {
    for (const auto& [end, rates] : steps) {
        text += fmt::format(
            "{} {} {:.2f} {:.2f} {:.2f} {:.2f} {}\n", letter, end, rates.records, rates.bytes,
            rates.rows, rates.refused,
            rates.answer_p99_ms ? fmt::format("{:.3f}", *rates.answer_p99_ms) : std::string("-"));
    }
}

// The text before the next separator, which is cut off with it.
std::string_view take(std::string_view& text, char separator) {
    const auto end = text.find(separator);
    const auto part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return part;
}

bool parse(std::string_view text, std::int64_t& number) {
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    return failure == std::errc() && stop == end;
}

bool parse(std::string_view text, double& number) {
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    return failure == std::errc() && stop == end && std::isfinite(number) && number >= 0;
}

std::optional<TrafficSeries::Step> parse_step(std::string_view line, std::int64_t seconds) {
    TrafficSeries::Step step;
    auto& rates = step.rates;
    rates.seconds = static_cast<double>(seconds);
    if (!parse(take(line, ' '), step.end)) return std::nullopt;
    for (auto* const number : {&rates.records, &rates.bytes, &rates.rows, &rates.refused}) {
        if (!parse(take(line, ' '), *number)) return std::nullopt;
    }
    if (line == "-") return step;
    double p99 = 0;
    if (!parse(line, p99)) return std::nullopt;
    rates.answer_p99_ms = p99;
    return step;
}

// The lines before the checksum; nothing if that is another one.
std::optional<std::string_view> checked_lines(std::string_view text) {
    const auto at = text.rfind(kCrc);
    if (!text.starts_with(kHead) || at == std::string_view::npos) return std::nullopt;
    const auto lines = text.substr(0, at);
    if (text.substr(at) != fmt::format("{}{:08x}\n", kCrc, crc32c(0, lines))) return std::nullopt;
    return lines.substr(kHead.size());
}

}  // namespace

std::optional<double> p99_of(const HistogramTotals& before, const HistogramTotals& after) {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < HistogramTotals::kBuckets; ++i) {
        all += after.counts[i] - std::min(before.counts[i], after.counts[i]);
    }
    if (all == 0) return std::nullopt;
    const auto wanted = static_cast<double>(all) * 0.99;
    double below = 0;
    for (std::size_t i = 0; i < HistogramTotals::kBuckets; ++i) {
        const auto here =
            static_cast<double>(after.counts[i] - std::min(before.counts[i], after.counts[i]));
        if (here > 0 && below + here >= wanted) {
            const auto upper = static_cast<double>(after.upper(i));
            const auto lower = i == 0 ? 0 : static_cast<double>(after.upper(i - 1));
            return (lower + (upper - lower) * (wanted - below) / here) / kNanosecondsPerMs;
        }
        below += here;
    }
    return static_cast<double>(after.upper(HistogramTotals::kBuckets - 1)) / kNanosecondsPerMs;
}

void TrafficSeries::note(const TrafficTotals& totals, WallTime wall, SteadyTime steady) {
    state_.with([&](State& state) {
        const auto end = wall.unix_ms / 1000;
        if (!state.last) {
            state.last = Mark{.totals = totals, .at = steady};
            state.marks.push_back(*state.last);
            return;
        }
        const auto seconds = seconds_between(state.last->at, steady);
        if (seconds <= 0) return;
        state.now = rates_of(state.last->totals, totals, seconds);
        push(state.short_steps, {.end = end, .rates = state.now}, kShortSteps);
        state.last = Mark{.totals = totals, .at = steady};

        const auto& begun = state.marks.back();
        const auto of_long = seconds_between(begun.at, steady);
        if (of_long + kShortStep / 2.0 < kLongStep) return;
        push(state.long_steps, {.end = end, .rates = rates_of(begun.totals, totals, of_long)},
             kLongSteps);
        state.marks.push_back(*state.last);
        while (state.marks.size() > kMarksMax) state.marks.pop_front();
    });
}

TrafficRates TrafficSeries::now() const {
    return state_.with([](const State& state) { return state.now; });
}

TrafficRates TrafficSeries::hour() const {
    return state_.with([](const State& state) {
        if (!state.last) return TrafficRates{};
        const auto& first = state.marks.front();
        const auto seconds = seconds_between(first.at, state.last->at);
        return seconds <= 0 ? TrafficRates{} : rates_of(first.totals, state.last->totals, seconds);
    });
}

std::vector<TrafficSeries::Step> TrafficSeries::short_steps() const {
    return state_.with([](const State& state) {
        return std::vector<Step>(state.short_steps.begin(), state.short_steps.end());
    });
}

std::vector<TrafficSeries::Step> TrafficSeries::long_steps() const {
    return state_.with([](const State& state) {
        return std::vector<Step>(state.long_steps.begin(), state.long_steps.end());
    });
}

std::string TrafficSeries::encode() const {
    auto text = std::string(kHead);
    state_.with([&](const State& state) {
        encode_steps(text, 's', state.short_steps);
        encode_steps(text, 'l', state.long_steps);
    });
    text += fmt::format("{}{:08x}\n", kCrc, crc32c(0, text));
    return text;
}

bool TrafficSeries::decode(std::string_view text) {
    auto lines = checked_lines(text);
    if (!lines) return false;
    std::deque<Step> short_steps;
    std::deque<Step> long_steps;
    while (!lines->empty()) {
        auto line = take(*lines, '\n');
        const auto letter = take(line, ' ');
        const bool is_short = letter == "s";
        if (!is_short && letter != "l") return false;
        const auto step = parse_step(line, is_short ? kShortStep : kLongStep);
        if (!step) return false;
        if (is_short) {
            push(short_steps, *step, kShortSteps);
        } else {
            push(long_steps, *step, kLongSteps);
        }
    }
    state_.with([&](State& state) {
        state.short_steps = std::move(short_steps);
        state.long_steps = std::move(long_steps);
    });
    return true;
}

}  // namespace millrace::accounts
