#include "api/app/metrics.h"

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

void MetricsText::sample_real(const Labels& labels, double value) {
    line("", labels, fmt::format("{}", value));
}

void MetricsText::histogram(const Labels& labels, const HistogramTotals& totals, double unit) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < totals.counts.size(); ++i) {
        total += totals.counts[i];
        const bool last = i + 1 == totals.counts.size();
        auto of_bucket = labels;
        of_bucket["le"] =
            last ? "+Inf" : fmt::format("{}", static_cast<double>(totals.upper(i)) * unit);
        line("_bucket", of_bucket, fmt::format("{}", total));
    }
    line("_sum", labels, fmt::format("{}", static_cast<double>(totals.sum) * unit));
    line("_count", labels, fmt::format("{}", total));
}

}  // namespace millrace
