#include "core/mapping/json_scan.h"

#include <fmt/format.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>

#include "core/mapping/json_text.h"
#include "core/mapping/utf8.h"

namespace millrace::mapping {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The first quote, backslash or control character at or after `p`; the padding has one.
const char* string_special(const char* p) {
#if defined(__SSE2__)
    const auto quote = _mm_set1_epi8('"');
    const auto backslash = _mm_set1_epi8('\\');
    const auto control = _mm_set1_epi8(0x1f);
    for (;; p += 16) {
        const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        const auto special = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
            _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
        const auto mask = static_cast<unsigned>(_mm_movemask_epi8(special));
        if (mask != 0) return p + std::countr_zero(mask);
    }
#else
    while (*p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20) ++p;
    return p;
#endif
}

std::string found_at(std::string_view text, std::size_t at) {
    if (at >= text.size()) return "the end of the body";
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '"') return "a quote";
    if (c == ' ') return "a space";
    if (c < 0x20 || c > 0x7e) return fmt::format("byte 0x{:02x}", c);
    return fmt::format("\"{}\"", text[at]);
}

}  // namespace

void PaddedText::assign(std::string_view text) {
    if (text.size() + kPadding > capacity_) {
        capacity_ = std::max(text.size() + kPadding, 2 * capacity_);
        bytes_ = std::make_unique<char[]>(capacity_);
    }
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
    std::memset(bytes_.get() + text.size(), 0, kPadding);
    size_ = text.size();
}

bool JsonScanner::scan(const PaddedText& text, const PathTrie& trie) {
    text_ = text.view();
    trie_ = &trie;
    values_.assign(trie.slot_count(), JsonValue{});
    if (entered_.size() < trie.states()) entered_.resize(trie.states());
    if (++scan_ == 0) {  // the counter has been through all its values: old marks would count again
        std::fill(entered_.begin(), entered_.end(), 0);
        scan_ = 1;
    }
    depth_ = 0;
    return document(text_.data()) != nullptr;
}

void JsonScanner::take(std::string_view text, std::span<const FoundValue> values) {
    values_.resize(values.size());
    for (std::size_t slot = 0; slot < values.size(); ++slot) {
        const auto& found = values[slot];
        values_[slot] = {.begin = found.found() ? text.data() + found.begin : nullptr,
                         .bytes = found.bytes,
                         .spaced = false,
                         .escaped = found.escaped};
    }
}

std::string JsonScanner::problem() const {
    if (!fault_.starts_with("expected")) return fmt::format("at byte {}: {}", fault_at_, fault_);
    return fmt::format("at byte {}: {}, found {}", fault_at_, fault_, found_at(text_, fault_at_));
}

const char* JsonScanner::document(const char* p) {
    if (text_.starts_with(kByteOrderMark)) {
        return fail(p, "a byte order mark (BOM) is not allowed, send UTF-8 without it");
    }
    if (!is_valid_utf8(text_)) {
        return fail(p + find_invalid_utf8(text_), "the body is not valid UTF-8");
    }
    p = visit(space(p), PathTrie::kRoot);
    if (p == nullptr) return p;
    p = space(p);
    const auto* const end = text_.data() + text_.size();
    return p == end ? p : fail(p, "expected the end of the body");
}

const char* JsonScanner::visit(const char* p, StateId state) {
    const auto* const begin = p;
    const auto spaces = spaces_;
    if (*p == '{' && trie_->has_members(state)) {
        p = visit_object(p, state);
    } else if (*p == '[' && !trie_->elements(state).empty()) {
        p = visit_array(p, state);
    } else {
        p = skip(p);
    }
    if (p == nullptr) return p;
    for (const auto slot : trie_->slots(state)) {
        values_[slot] = {begin, static_cast<std::size_t>(p - begin), spaces_ != spaces, escaped_};
    }
    return p;
}

const char* JsonScanner::visit_object(const char* p, StateId state) {
    if (!push(p, true)) return nullptr;
    p = space(p + 1);
    if (*p == '}') {
        pop();
        return p + 1;
    }
    while (true) {
        if (*p != '"') return fail(p, "expected a key in quotes");
        const auto* const begin = p + 1;
        p = string(p);
        if (p == nullptr) return p;
        const auto next = member(state, begin, p - 1);
        p = colon(p);
        if (p == nullptr) return p;
        p = next != PathTrie::kNone && enter(next) ? visit(p, next) : skip(p);
        if (p == nullptr) return p;
        p = space(p);
        if (*p == ',') {
            p = space(p + 1);
        } else if (*p == '}') {
            pop();
            return p + 1;
        } else {
            return fail_in_container(p);
        }
    }
}

const char* JsonScanner::visit_array(const char* p, StateId state) {
    if (!push(p, false)) return nullptr;
    p = space(p + 1);
    if (*p == ']') {
        pop();
        return p + 1;
    }
    auto wanted = trie_->elements(state);
    for (std::uint32_t index = 0;; ++index) {
        if (!wanted.empty() && wanted.front().index == index) {
            p = visit(p, wanted.front().state);
            wanted = wanted.subspan(1);
        } else {
            p = skip(p);
        }
        if (p == nullptr) return p;
        p = space(p);
        if (*p == ',') {
            p = space(p + 1);
        } else if (*p == ']') {
            pop();
            return p + 1;
        } else {
            return fail_in_container(p);
        }
    }
}

// Reads a value that is not wanted. A loop, not a recursion: its depth is the sender's choice.
const char* JsonScanner::skip(const char* p) {
    const auto outer_depth = depth_;
    while (true) {
        if (*p == '{') {
            if (!push(p, true)) return nullptr;
            p = space(p + 1);
            if (*p != '}') {
                p = skip_name(p);
                if (p == nullptr) return p;
                continue;
            }
            pop();
            ++p;
        } else if (*p == '[') {
            if (!push(p, false)) return nullptr;
            p = space(p + 1);
            if (*p != ']') continue;
            pop();
            ++p;
        } else {
            p = scalar(p);
            if (p == nullptr) return p;
        }
        while (true) {  // a value ended: it ends its containers too, until one goes on
            if (depth_ == outer_depth) return p;
            p = space(p);
            if (*p == ',') {
                p = space(p + 1);
                if (in_object()) p = skip_name(p);
                if (p == nullptr) return p;
                break;
            }
            if (*p != (in_object() ? '}' : ']')) return fail_in_container(p);
            pop();
            ++p;
        }
    }
}

const char* JsonScanner::skip_name(const char* p) {
    if (*p != '"') return fail(p, "expected a key in quotes");
    p = string(p);
    return p == nullptr ? p : colon(p);
}

const char* JsonScanner::scalar(const char* p) {
    switch (*p) {
        case '"':
            return string(p);
        case 't':
            return literal(p, "true");
        case 'f':
            return literal(p, "false");
        case 'n':
            return literal(p, "null");
        default:
            break;
    }
    if (*p == '-' || is_digit(*p)) return number(p);
    return fail(p, "expected a value");
}

const char* JsonScanner::number(const char* p) {
    if (*p == '-') ++p;
    if (*p == '0') {
        ++p;
        if (is_digit(*p)) return fail(p, "a number may not begin with a zero before other digits");
    } else {
        if (!is_digit(*p)) return fail(p, "expected a digit");
        while (is_digit(*p)) ++p;
    }
    if (*p == '.') {
        ++p;
        if (!is_digit(*p)) return fail(p, "expected a digit");
        while (is_digit(*p)) ++p;
    }
    if (*p == 'e' || *p == 'E') {
        ++p;
        if (*p == '+' || *p == '-') ++p;
        if (!is_digit(*p)) return fail(p, "expected a digit");
        while (is_digit(*p)) ++p;
    }
    return p;
}

const char* JsonScanner::literal(const char* p, std::string_view word) {
    if (std::memcmp(p, word.data(), word.size()) == 0) return p + word.size();
    const auto* const mismatch = std::mismatch(word.begin(), word.end(), p).second;
    switch (word.front()) {
        case 't':
            return fail(mismatch, "expected \"true\"");
        case 'f':
            return fail(mismatch, "expected \"false\"");
        default:
            return fail(mismatch, "expected \"null\"");
    }
}

const char* JsonScanner::string(const char* p) {
    escaped_ = false;
    ++p;
    while (true) {
        p = string_special(p);
        if (*p == '"') return p + 1;
        if (*p != '\\') {
            const auto* const end = text_.data() + text_.size();
            return fail(p, p == end
                               ? "expected the closing quote of a string"
                               : "expected an escape instead of a control character in a string");
        }
        escaped_ = true;
        p = escape(p);
        if (p == nullptr) return p;
    }
}

const char* JsonScanner::escape(const char* p) {
    switch (p[1]) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't':
            return p + 2;
        case 'u':
            break;
        default:
            return fail(p + 1, "expected one of \" \\ / b f n r t u after a backslash");
    }
    const auto* const digits = p + 2;
    for (p = digits; p < digits + 4; ++p) {
        if (!is_hex(*p)) return fail(p, "expected four hexadecimal digits after \\u");
    }
    return p;
}

const char* JsonScanner::colon(const char* p) {
    p = space(p);
    if (*p != ':') return fail(p, "expected \":\" after a key");
    return space(p + 1);
}

inline const char* JsonScanner::space(const char* p) {
    if (static_cast<unsigned char>(*p) > ' ') [[likely]]
        return p;
    const auto* const begin = p;
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') ++p;
    if (p != begin) ++spaces_;
    return p;
}

inline bool JsonScanner::push(const char* p, bool object) {
    if (depth_ == kJsonDepthMax) {
        fail(p, "nested deeper than 1000 levels");
        return false;
    }
    is_object_[depth_++] = object;
    return true;
}

const char* JsonScanner::fail(const char* p, std::string_view fault) {
    fault_at_ = static_cast<std::size_t>(p - text_.data());
    fault_ = fault;
    return nullptr;
}

const char* JsonScanner::fail_in_container(const char* p) {
    return fail(p, in_object() ? "expected \",\" or \"}\"" : "expected \",\" or \"]\"");
}

// The key is between `begin` and `end`; it has a backslash if escaped_.
inline JsonScanner::StateId JsonScanner::member(StateId state, const char* begin, const char* end) {
    const std::string_view raw(begin, static_cast<std::size_t>(end - begin));
    if (!escaped_) [[likely]]
        return trie_->member(state, raw);
    key_.clear();
    append_unescaped(key_, raw);
    const auto bytes = key_.size();
    key_.append(kKeyPadding, '\0');
    return trie_->member(state, std::string_view(key_).substr(0, bytes));
}

// False for the second member of the same key. A state belongs to one place of the text: the first.
inline bool JsonScanner::enter(StateId state) {
    auto& entered = entered_.data()[state];
    if (entered == scan_) return false;
    entered = scan_;
    return true;
}

}  // namespace millrace::mapping
