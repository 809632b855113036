#include "core/model/covered_positions.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

#include "core/base/uuid.h"

namespace millrace {
namespace {

// Takes a number and the blank behind it from the front.
bool take_number(std::string_view& text, std::uint64_t& number) {
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr == end || *read.ptr != ' ') return false;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()) + 1);
    return true;
}

}  // namespace

std::string covered_owner(const Fingerprint& source, SinkNumber sink) {
    return fmt::format("{}/{}", to_string(Uuid{source.bytes}), sink.value);
}

std::string print_covered(std::span<const SourcePosition> positions) {
    std::string text;
    for (const auto& position : positions) {
        const auto& name = position.partition;
        if (name.find('#') != std::string::npos || name.find('\n') != std::string::npos) continue;
        text += fmt::format("{} {} {}\n", position.epoch, position.next_offset, name);
    }
    return text;
}

std::vector<SourcePosition> parse_covered(std::string_view text, const Fingerprint& source) {
    std::vector<SourcePosition> positions;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) break;
        auto line = text.substr(0, end);
        text.remove_prefix(end + 1);
        SourcePosition position{.source = source, .partition = {}};
        if (!take_number(line, position.epoch) || !take_number(line, position.next_offset)) {
            continue;
        }
        position.partition = line;
        positions.push_back(std::move(position));
    }
    return positions;
}

}  // namespace millrace
