#include "core/model/csv_parser.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "core/model/csv_parser_rules.h"

namespace millrace {
namespace {

constexpr std::size_t kSeparatorMax = 8;
constexpr std::size_t kNullMax = 64;

Error invalid(std::string_view name, std::string_view rule) {
    return Error(Code::invalid, fmt::format("csvParser.{} {}", name, rule));
}

Result<void> check_separator(std::string_view name, const std::optional<std::string>& text) {
    if (!text) return {};
    const auto plain = unescaped_separator(*text);
    if (!plain.ok()) return invalid(name, plain.error().client_text());
    if (plain.value().empty() || plain.value().size() > kSeparatorMax) {
        return invalid(name, fmt::format("must have 1 to {} bytes", kSeparatorMax));
    }
    return {};
}

Result<void> check_char(std::string_view name, const std::optional<std::string>& text) {
    if (!text || *text == "none") return {};
    if (text->size() == 1 && (*text)[0] > ' ' && (*text)[0] < 0x7f) return {};
    return invalid(name, "must be one visible ASCII character, or none");
}

}  // namespace

Result<std::string> unescaped_separator(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            plain += text[i];
            continue;
        }
        const char kind = i + 1 < text.size() ? text[i + 1] : '\0';
        if (kind == 'x' && i + 3 < text.size()) {
            unsigned value = 0;
            const auto* const end = text.data() + i + 4;
            const auto [stop, failure] = std::from_chars(text.data() + i + 2, end, value, 16);
            if (failure == std::errc() && stop == end) {
                plain += static_cast<char>(value);
                i += 3;
                continue;
            }
        }
        if (kind == 't') {
            plain += '\t';
        } else if (kind == 'n') {
            plain += '\n';
        } else if (kind == 'r') {
            plain += '\r';
        } else if (kind == '\\') {
            plain += '\\';
        } else {
            return Error(Code::invalid, "may have \\t, \\n, \\r, \\\\ and \\x1f");
        }
        ++i;
    }
    return plain;
}

Result<void> check_csv_parser(const CsvParser& parser) {
    TRY(check_separator("separator", parser.separator));
    TRY(check_char("quote", parser.quote));
    TRY(check_char("escape", parser.escape));
    if (parser.line_separator != "auto") {
        TRY(check_separator("lineSeparator", parser.line_separator));
    }
    if (parser.null_value && parser.null_value->size() > kNullMax) {
        return invalid("nullValue", fmt::format("must have at most {} bytes", kNullMax));
    }
    return check_csv_together({}, parser);
}

}  // namespace millrace
