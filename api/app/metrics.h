#pragma once
// The text of GET /metrics, in the Prometheus exposition format 0.0.4.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/base/histogram.h"

namespace millrace {

// Builds the text family by family.
class MetricsText {
public:
    // Begins a family; `type` is counter, gauge or histogram.
    void family(std::string_view name, std::string_view type, std::string_view help);

    // A sample of the family begun last. Labels are escaped here.
    using Labels = std::map<std::string_view, std::string>;
    void sample(const Labels& labels, std::uint64_t value);
    void sample_real(const Labels& labels, double value);
    // `unit` is what one of the histogram's values is in that of the family: 1e-9 for times.
    void histogram(const Labels& labels, const HistogramTotals& totals, double unit);

    std::string text() && { return std::move(text_); }

private:
    void line(std::string_view suffix, const Labels& labels, const std::string& value);

    std::string name_;
    std::string text_;
};

}  // namespace millrace
