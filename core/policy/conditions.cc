#include "core/policy/conditions.h"

#include <fmt/format.h>

#include "core/base/byte_size.h"
#include "core/base/duration.h"

namespace millrace::policy {
namespace {

struct Waiting {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    Milliseconds age{};
};

std::optional<std::string> met(const Conditions& conditions, const Waiting& waiting) {
    if (waiting.rows == 0) return std::nullopt;
    if (waiting.rows >= conditions.count) {
        return fmt::format("count: {} of {} records", waiting.rows, conditions.count);
    }
    if (waiting.bytes >= conditions.bytes) {
        return fmt::format("size: {} of {}", format_byte_size(waiting.bytes),
                           format_byte_size(conditions.bytes));
    }
    if (waiting.age >= conditions.interval) {
        return fmt::format("interval: open for {} of {}", format_duration(waiting.age),
                           format_duration(conditions.interval));
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> upload_due(const OpenSlice& slice, const Settings& settings,
                                      Milliseconds age) {
    return met(settings.upload,
               {.rows = slice.content.rows, .bytes = slice.content.bytes, .age = age});
}

std::optional<std::string> import_due(const OpenFile& file, const Settings& settings,
                                      Milliseconds age) {
    if (auto reason = met(settings.import, {.rows = file.rows, .bytes = file.bytes, .age = age})) {
        return reason;
    }
    const auto sealed = file.slices - (file.slice && file.slices > 0 ? 1U : 0U);
    if (file.rows > 0 && sealed >= settings.import_slices) {
        return fmt::format("slices: {} of {}", sealed, settings.import_slices);
    }
    return std::nullopt;
}

}  // namespace millrace::policy
