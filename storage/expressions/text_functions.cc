#include "storage/expressions/text_functions.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "storage/expressions/function_environment.h"

namespace millrace::expressions::functions {
namespace {

constexpr auto kNowhere = std::string_view::npos;

// The first place of `wanted` at or after `from`. Unlike string_view::find it takes linear time.
std::size_t find(std::string_view text, std::string_view wanted, std::size_t from = 0) {
    if (from > text.size()) return kNowhere;
    if (wanted.empty()) return from;
    if (text.size() - from < wanted.size()) return kNowhere;
    const auto* found =
        memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
    if (found == nullptr) return kNowhere;
    return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

std::int64_t characters(std::string_view text) {
    return std::count_if(text.begin(), text.end(), begins_character);
}

// Where the character after `count` others begins; the end if there are not so many.
std::size_t after_characters(std::string_view text, std::int64_t count) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        if (begins_character(text[at]) && count-- == 0) break;
    }
    return at;
}

bool is_too_long(std::uint64_t bytes, FunctionResult& out) {
    if (bytes <= kValueBytesMax) return false;
    out.fail(fmt::format("a value of an expression is over {} bytes", kValueBytesMax));
    return true;
}

template <typename Change>
void changed(const Arguments& in, FunctionResult& out, Change change) {
    std::string text(in.text(0));
    std::transform(text.begin(), text.end(), text.begin(), change);
    out.set(text);
}

// Removes all of `what` that is in front or behind, as a whole each time.
void trimmed(const Arguments& in, FunctionResult& out, bool in_front, bool behind) {
    auto text = in.text(0);
    const auto what = in.size() > 1 ? in.text(1) : std::string_view(" ");
    if (!what.empty()) {
        while (in_front && text.starts_with(what)) text.remove_prefix(what.size());
        while (behind && text.ends_with(what)) text.remove_suffix(what.size());
    }
    out.set(text);
}

void padded(const Arguments& in, FunctionResult& out, bool in_front) {
    const auto text = in.text(0);
    const auto wanted = in.integer(1);
    const auto filler = in.text(2);
    if (wanted < 0) return;
    const auto missing = wanted - characters(text);
    if (missing <= 0) return out.set(text.substr(0, after_characters(text, wanted)));
    if (filler.empty()) return out.set(std::string_view());
    const auto filler_characters = std::max<std::int64_t>(characters(filler), 1);
    const auto times = missing / filler_characters;
    if (static_cast<std::uint64_t>(times) > kValueBytesMax ||
        is_too_long(text.size() + static_cast<std::uint64_t>(times + 1) * filler.size(), out)) {
        is_too_long(kValueBytesMax + 1, out);
        return;
    }
    std::string pad;
    for (std::int64_t i = 0; i < times; ++i) pad += filler;
    pad += filler.substr(0, after_characters(filler, missing % filler_characters));
    out.set(in_front ? pad + std::string(text) : std::string(text) + pad);
}

void repeated(std::string_view text, std::int64_t count, FunctionResult& out) {
    if (count <= 0 || text.empty()) return out.set(std::string_view());
    const auto times = static_cast<std::uint64_t>(count);
    if (times > kValueBytesMax || is_too_long(times * text.size(), out)) {
        is_too_long(kValueBytesMax + 1, out);
        return;
    }
    std::string result;
    result.reserve(times * text.size());
    for (std::uint64_t i = 0; i < times; ++i) result += text;
    out.set(result);
}

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// LIKE by going back to the last %: at most text times pattern, paid for while it goes on.
class Pattern {
public:
    Pattern(std::string_view pattern, char escape) : pattern_(pattern), escape_(escape) {}

    void match(std::string_view text, FunctionResult& out) const {
        std::size_t at = 0;
        std::size_t next = 0;
        auto retry_at = kNowhere;
        std::size_t retry_next = 0;
        std::uint64_t steps = 0;
        while (at < text.size() || next < pattern_.size()) {
            if (++steps == kStepsOfPayment) {
                if (!out.spend(steps)) return;
                steps = 0;
            }
            if (next < pattern_.size() && pattern_[next] == '%') {
                retry_at = at;
                retry_next = ++next;
                continue;
            }
            const auto item = at < text.size() ? step(text, at, next) : Step{};
            if (item.pattern > 0) {
                at += item.text;
                next += item.pattern;
                continue;
            }
            if (retry_at == kNowhere || retry_at >= text.size()) break;
            retry_at += after_characters(text.substr(retry_at), 1);
            at = retry_at;
            next = retry_next;
        }
        if (out.spend(steps)) out.set(at >= text.size() && next >= pattern_.size());
    }

private:
    static constexpr std::uint64_t kStepsOfPayment = 10'000;

    struct Step {
        std::size_t text = 0;
        std::size_t pattern = 0;  // 0: no match
    };

    Step step(std::string_view text, std::size_t at, std::size_t next) const {
        if (next >= pattern_.size()) return {};
        char wanted = pattern_[next];
        std::size_t length = 1;
        if (wanted == escape_ && next + 1 < pattern_.size()) {
            const char escaped = pattern_[next + 1];
            if (escaped == '%' || escaped == '_' || escaped == escape_) {
                wanted = escaped;
                length = 2;
            }
        }
        if (length == 1 && wanted == '_') {
            return {.text = after_characters(text.substr(at), 1), .pattern = 1};
        }
        if (text[at] != wanted) return {};
        return {.text = 1, .pattern = length};
    }

    std::string_view pattern_;
    char escape_;
};

}  // namespace

void concat(const Arguments& in, FunctionResult& out, void* /*context*/) {
    std::string text;
    for (int i = 0; i < in.size(); ++i) text += in.text(i);
    out.set(text);
}

void concat_ws(const Arguments& in, FunctionResult& out, void* /*context*/) {
    if (in.is_null(0)) return;
    std::string text;
    bool is_first = true;
    for (int i = 1; i < in.size(); ++i) {
        if (in.is_null(i)) continue;
        if (!is_first) text += in.text(0);
        text += in.text(i);
        is_first = false;
    }
    out.set(text);
}

// From the end where the position is negative; nothing from 0.
void substring(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto text = in.text(0);
    auto position = in.integer(1);
    const auto count = in.size() > 2 ? in.integer(2) : static_cast<std::int64_t>(text.size());
    if (position < 0) {
        const auto all = characters(text);
        position = position < -all ? 0 : all + position + 1;
    }
    if (position == 0 || count <= 0) return out.set(std::string_view());
    const auto rest = text.substr(after_characters(text, position - 1));
    out.set(rest.substr(0, after_characters(rest, count)));
}

void left(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto text = in.text(0);
    out.set(text.substr(0, after_characters(text, std::max<std::int64_t>(in.integer(1), 0))));
}

// right(s, -n): from the n-th character on, as in Apache Doris.
void right(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto text = in.text(0);
    const auto count = in.integer(1);
    const auto skipped =
        count < 0 ? -(count + 1) : characters(text) - std::min(count, characters(text));
    out.set(text.substr(after_characters(text, skipped)));
}

void upper(const Arguments& in, FunctionResult& out, void* /*context*/) {
    changed(in, out, [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
}

void lower(const Arguments& in, FunctionResult& out, void* /*context*/) {
    changed(in, out, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

void trim(const Arguments& in, FunctionResult& out, void* /*context*/) {
    trimmed(in, out, true, true);
}

void ltrim(const Arguments& in, FunctionResult& out, void* /*context*/) {
    trimmed(in, out, true, false);
}

void rtrim(const Arguments& in, FunctionResult& out, void* /*context*/) {
    trimmed(in, out, false, true);
}

void replace(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto text = in.text(0);
    const auto old = in.text(1);
    const auto by = in.text(2);
    if (old.empty()) return out.set(text);
    std::string result;
    std::size_t from = 0;
    while (true) {
        const auto found = find(text, old, from);
        if (found == kNowhere) break;
        result += text.substr(from, found - from);
        result += by;
        from = found + old.size();
        if (is_too_long(result.size(), out)) return;
    }
    result += text.substr(from);
    out.set(result);
}

void length(const Arguments& in, FunctionResult& out, void* /*context*/) {
    out.set(static_cast<std::int64_t>(in.text(0).size()));
}

void char_length(const Arguments& in, FunctionResult& out, void* /*context*/) {
    out.set(characters(in.text(0)));
}

void instr(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto found = find(in.text(0), in.text(1));
    out.set(found == kNowhere ? std::int64_t{0} : characters(in.text(0).substr(0, found)) + 1);
}

// locate(wanted, text[, from])
void locate(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto text = in.text(1);
    const auto from = in.size() > 2 ? in.integer(2) : 1;
    if (from < 1 || from > characters(text) + 1) return out.set(std::int64_t{0});
    const auto found = find(text, in.text(0), after_characters(text, from - 1));
    out.set(found == kNowhere ? std::int64_t{0} : characters(text.substr(0, found)) + 1);
}

void lpad(const Arguments& in, FunctionResult& out, void* /*context*/) {
    padded(in, out, true);
}

void rpad(const Arguments& in, FunctionResult& out, void* /*context*/) {
    padded(in, out, false);
}

void reverse(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto text = in.text(0);
    std::string result;
    result.reserve(text.size());
    for (auto end = text.size(); end > 0;) {
        auto begin = end - 1;
        while (begin > 0 && !begins_character(text[begin])) --begin;
        result += text.substr(begin, end - begin);
        end = begin;
    }
    out.set(result);
}

void repeat(const Arguments& in, FunctionResult& out, void* /*context*/) {
    repeated(in.text(0), in.integer(1), out);
}

void space(const Arguments& in, FunctionResult& out, void* /*context*/) {
    repeated(" ", in.integer(0), out);
}

// NULL where there is no such part; parts count from the end where the number is negative.
void split_part(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto text = in.text(0);
    const auto delimiter = in.text(1);
    const auto number = in.integer(2);
    if (number == 0) return;
    if (delimiter.empty()) return out.set(std::string_view());
    std::int64_t parts = 1;
    for (auto at = find(text, delimiter); at != kNowhere;
         at = find(text, delimiter, at + delimiter.size())) {
        ++parts;
    }
    if (parts == 1) return;
    const auto wanted = number > 0 ? number : parts + number + 1;
    if (wanted < 1 || wanted > parts) return;
    std::size_t begin = 0;
    for (std::int64_t i = 1; i < wanted; ++i)
        begin = find(text, delimiter, begin) + delimiter.size();
    out.set(text.substr(begin, std::min(find(text, delimiter, begin), text.size()) - begin));
}

// All before the n-th delimiter, or behind it from the end.
void substring_index(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto text = in.text(0);
    const auto delimiter = in.text(1);
    const auto number = in.integer(2);
    if (number == 0 || delimiter.empty()) return out.set(std::string_view());
    std::int64_t delimiters = 0;
    for (auto at = find(text, delimiter); at != kNowhere;
         at = find(text, delimiter, at + delimiter.size())) {
        ++delimiters;
    }
    const auto wanted = number > 0 ? number : delimiters + number + 1;
    if (wanted < 1 || wanted > delimiters) return out.set(text);
    auto at = find(text, delimiter);
    for (std::int64_t i = 1; i < wanted; ++i) at = find(text, delimiter, at + delimiter.size());
    out.set(number > 0 ? text.substr(0, at) : text.substr(at + delimiter.size()));
}

void starts_with(const Arguments& in, FunctionResult& out, void* /*context*/) {
    out.set(in.text(0).starts_with(in.text(1)));
}

void ends_with(const Arguments& in, FunctionResult& out, void* /*context*/) {
    out.set(in.text(0).ends_with(in.text(1)));
}

void ascii(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto text = in.text(0);
    out.set(std::int64_t{text.empty() ? 0 : static_cast<unsigned char>(text[0])});
}

void md5(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto text = in.text(0);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int bytes = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &bytes, EVP_md5(), nullptr) != 1) {
        return out.fail("the server's OpenSSL has no MD5");
    }
    std::string result;
    for (unsigned int i = 0; i < bytes; ++i) result += fmt::format("{:02x}", digest[i]);
    out.set(result);
}

// Of a number its value, of a text its bytes.
void hex(const Arguments& in, FunctionResult& out, void* /*context*/) {
    if (in.kind_of(0) == sqlite::ValueKind::integer) {
        return out.set(fmt::format("{:X}", static_cast<std::uint64_t>(in.integer(0))));
    }
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string result;
    for (const char c : in.text(0)) {
        result += kDigits[static_cast<unsigned char>(c) >> 4];
        result += kDigits[static_cast<unsigned char>(c) & 15];
    }
    out.set(result);
}

// "" where the text is not hexadecimal, as in Apache Doris.
void unhex(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto text = in.text(0);
    if (text.size() % 2 != 0) return out.set(std::string_view());
    std::string result;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit_of(text[i]);
        const int low = digit_of(text[i + 1]);
        if (high < 0 || low < 0) return out.set(std::string_view());
        result += static_cast<char>(high * 16 + low);
    }
    out.set(result);
}

// text, pattern[, escape]
void like(const Arguments& in, FunctionResult& out, void* /*context*/) {
    const auto escape = in.size() > 2 ? in.text(2) : std::string_view("\\");
    if (escape.size() != 1) return out.fail("the ESCAPE of LIKE is one byte");
    Pattern(in.text(1), escape[0]).match(in.text(0), out);
}

}  // namespace millrace::expressions::functions
