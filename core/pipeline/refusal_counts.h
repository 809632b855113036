#pragma once
// RefusalCounts: why sinks could not take records, counted for /metrics.
//
// Thread  one writer, any readers.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

#include "core/base/counter.h"
#include "core/base/error_names.h"

namespace millrace::pipeline {

class RefusalCounts {
public:
    // `reason` is the name of an error; one that is not known here counts as "other".
    void add(std::string_view reason) {
        std::size_t i = 0;
        while (i < kReasons.size() - 1 && kReasons[i] != reason) ++i;
        counts_[i].add();
    }

    // Those that occurred.
    void add_to(std::map<std::string_view, std::uint64_t>& totals) const {
        for (std::size_t i = 0; i < kReasons.size(); ++i) {
            if (const auto count = counts_[i].value(); count > 0) totals[kReasons[i]] += count;
        }
    }

private:
    // Labels of a metric: as many as are written here, whatever clients send.
    static constexpr std::array<std::string_view, 10> kReasons = {
        error_names::kInPathNotFound,         error_names::kInInvalidValue,
        error_names::kInInvalidJson,          error_names::kInInvalidForm,
        error_names::kInUnsupportedMediaType, error_names::kInPayloadTooLarge,
        error_names::kInTemplateFailed,       error_names::kInTemplatesBusy,
        error_names::kInTemplatesUnavailable, "other"};

    std::array<Counter, kReasons.size()> counts_;
};

}  // namespace millrace::pipeline
