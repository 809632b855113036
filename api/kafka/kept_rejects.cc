#include "api/kafka/kept_rejects.h"

#include <charconv>
#include <cstdint>

namespace millrace::kafka {
namespace {

// The number in front of the next '/', which is taken off. -1: there is none.
std::int64_t take_number(std::string_view& text) {
    std::int64_t number = -1;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc()) return -1;
    text.remove_prefix(static_cast<std::size_t>(stopped - text.data()));
    if (text.starts_with('/')) text.remove_prefix(1);
    return number;
}

bool is_covered(std::string_view place, const SourceProgress& durable) {
    const auto partition = take_number(place);
    const auto epoch = static_cast<std::uint64_t>(take_number(place));
    const auto offset = take_number(place);
    const auto known = durable.partitions.find(static_cast<std::int32_t>(partition));
    if (known == durable.partitions.end()) return false;
    if (epoch != known->second.epoch) return epoch < known->second.epoch;
    return offset < known->second.next;
}

}  // namespace

void KeptRejects::forget_covered(const std::string& topic, const SourceProgress& durable) {
    const auto prefix = topic + "/";
    std::erase_if(known_, [&](const auto& entry) {
        const std::string_view once = entry.first;
        return once.starts_with(prefix) && is_covered(once.substr(prefix.size()), durable);
    });
}

}  // namespace millrace::kafka
