#include "api/metrics.h"

#include <fmt/format.h>

namespace millrace {
namespace {

std::string escaped(std::string_view label) {
    std::string out;
    for (const char c : label) {
        if (c == '\\' || c == '"') out.push_back('\\');
        if (c == '\n') {
            out += "\\n";
        } else {
            out.push_back(c);
        }
    }
    return out;
}

}  // namespace

void MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void MetricsText::line(std::string_view suffix, const Labels& labels, const std::string& value) {
    text_ += name_;
    text_ += suffix;
    std::string_view separator = "{";
    for (const auto& [key, label] : labels) {
        text_ += fmt::format("{}{}=\"{}\"", separator, key, escaped(label));
        separator = ",";
    }
    if (!labels.empty()) text_ += "}";
    text_ += " " + value + "\n";
}

void MetricsText::sample(const Labels& labels, std::uint64_t value) {
    line("", labels, fmt::format("{}", value));
}

void MetricsText::histogram(const Histogram& histogram) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < Histogram::kBuckets; ++i) {
        total += histogram.count(i);
        const bool last = i + 1 == Histogram::kBuckets;
        line("_bucket", {{"le", last ? "+Inf" : fmt::format("{}", Histogram::upper_seconds(i))}},
             fmt::format("{}", total));
    }
    line("_sum", {}, fmt::format("{}", histogram.sum_seconds()));
    line("_count", {}, fmt::format("{}", total));
}

}  // namespace millrace
