#include "core/model/import_origin.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/base/error_names.h"

namespace millrace {
namespace {

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc() || stop != end) return std::nullopt;
    return number;
}

}  // namespace

bool is_of_import(const Reject& reject) {
    return reject.error == error_names::kImportRowRefused;
}

std::string print_import_origin(const ImportOrigin& origin) {
    return fmt::format("{} {} {} {}", to_string(origin.file), to_string(origin.slice), origin.row,
                       origin.mapping.value);
}

Result<ImportOrigin> parse_import_origin(std::string_view text) {
    std::array<std::string_view, 4> parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool is_last = i + 1 == parts.size();
        const auto end = is_last ? text.size() : std::min(text.find(' '), text.size());
        parts[i] = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    const auto file = parse_uuid(parts[0]);
    const auto slice = parse_uuid(parts[1]);
    const auto row = number_in<std::uint64_t>(parts[2]);
    const auto mapping = number_in<std::uint32_t>(parts[3]);
    if (!file || !slice || !row || !mapping) {
        return Error(Code::corrupt, "the origin of a refused row");
    }
    return ImportOrigin{.file = FileId(*file),
                        .slice = SliceId(*slice),
                        .row = *row,
                        .mapping = MappingVersion(*mapping)};
}

}  // namespace millrace
