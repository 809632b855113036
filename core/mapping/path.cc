#include "core/mapping/path.h"

#include <algorithm>
#include <charconv>

#include "core/mapping/utf8.h"

namespace millrace::mapping {
namespace {

constexpr std::uint32_t kIndexMax = 999'999'999;

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint32_t> index_of(std::string_view digits) {
    std::uint32_t index = 0;
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (failure != std::errc() || index > kIndexMax) return std::nullopt;
    return index;
}

// Reads the parts of a path one after the other.
class PathReader {
public:
    explicit PathReader(std::string_view text) : text_(text) {}

    Result<Path> read() {
        Path path;
        while (at_ < text_.size()) {
            if (path.size() == kPathPartsMax && text_.find_first_not_of(".[", at_) != kEnd) {
                return wrong(at_, fmt::format("path has more than {} parts", kPathPartsMax));
            }
            if (text_.substr(at_).starts_with("[\"")) {
                TRY_ASSIGN(auto part, quoted_key());
                path.push_back(std::move(part));
                continue;
            }
            if (is_separator(text_[at_])) {
                ++at_;
                continue;
            }
            TRY_ASSIGN(auto part, plain_part());
            path.push_back(std::move(part));
        }
        return path;
    }

private:
    static constexpr auto kEnd = std::string_view::npos;

    static bool is_separator(char c) { return c == '.' || c == '['; }

    static Error wrong(std::size_t at, std::string_view problem) {
        return Error(Code::invalid, fmt::format("{} at byte {}", problem, at));
    }

    Result<PathPart> plain_part() {
        const auto begin = at_;
        at_ = std::min(text_.find_first_of(".[", at_), text_.size());
        const auto text = text_.substr(begin, at_ - begin);
        const auto digits = text.substr(0, text.size() - 1);
        if (text.back() == ']' && all_digits(digits)) {
            const auto index = index_of(digits);
            if (!index) return wrong(begin, fmt::format("index {} is too large", digits));
            return PathPart{.key = std::string(digits), .index = index, .index_only = true};
        }
        PathPart part{.key = std::string(text), .index = std::nullopt};
        if (all_digits(text)) part.index = index_of(text);
        return part;
    }

    // At the bracket of ["key"].
    Result<PathPart> quoted_key() {
        const auto begin = at_;
        PathPart part;
        for (at_ += 2; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (text_[at_] == '\\') {
                ++at_;
                if (at_ == text_.size() || (text_[at_] != '"' && text_[at_] != '\\')) {
                    return wrong(at_ - 1, R"(a backslash not before \ or ")");
                }
            }
            part.key.push_back(text_[at_]);
        }
        if (!text_.substr(at_).starts_with("\"]")) {
            return wrong(begin, R"(a quoted key that does not end with "])");
        }
        at_ += 2;
        if (at_ < text_.size() && !is_separator(text_[at_])) {
            return wrong(at_, R"(expected "." or "[" after "]")");
        }
        if (all_digits(part.key)) part.index = index_of(part.key);
        return part;
    }

    const std::string_view text_;
    std::size_t at_ = 0;
};

// Whether the path begins at the root of JSONPath, "$.a", "$[0]" or "$".
bool begins_with_root(std::string_view text) {
    return text.starts_with('$') && (text.size() == 1 || text[1] == '.' || text[1] == '[');
}

Error root_sign(std::string_view text) {
    text.remove_prefix(1);
    if (text.starts_with('.') && text.size() > 1) text.remove_prefix(1);
    return Error(Code::invalid, fmt::format("a path begins at the body without \"$\": write \"{}\"",
                                            text.empty() ? "." : text));
}

// How many bytes an index, "[0]", or a quoted key, "[\"a\"]", has at the start of `text`; 0 if
// there is none. A quoted key is known to end.
std::size_t bracket_bytes(std::string_view text) {
    if (!text.starts_with('[')) return 0;
    if (text.substr(1).starts_with('"')) {
        std::size_t end = 2;
        while (text[end] != '"') end += text[end] == '\\' ? 2U : 1U;
        return end + 2;
    }
    const auto end = text.find(']');
    if (end == std::string_view::npos || !all_digits(text.substr(1, end - 1))) return 0;
    const bool is_whole = end + 1 == text.size() || text[end + 1] == '.' || text[end + 1] == '[';
    return is_whole ? end + 1 : 0;
}

}  // namespace

Result<Path> parse_path(std::string_view text) {
    if (text.empty()) return Error(Code::invalid, "path is empty");
    if (!is_valid_utf8(text)) {
        return Error(Code::invalid,
                     fmt::format("path is not valid UTF-8 at byte {}", find_invalid_utf8(text)));
    }
    return PathReader(text).read();
}

Result<void> check_path(std::string_view text) {
    TRY(parse_path(text));
    if (begins_with_root(text)) return root_sign(text);
    for (std::size_t at = 0; at < text.size();) {
        const auto rest = text.substr(at);
        const auto bracket = bracket_bytes(rest);
        if (rest.front() == '[' && bracket == 0) {
            return Error(Code::invalid,
                         fmt::format("\"[\" begins neither an index, [0], nor a key in double "
                                     "quotes, [\"name\"], at byte {}",
                                     at));
        }
        if (rest.front() == ']') {
            return Error(Code::invalid, fmt::format("\"]\" without its \"[\" at byte {}", at));
        }
        at += std::max<std::size_t>(bracket, 1);
    }
    return {};
}

}  // namespace millrace::mapping
