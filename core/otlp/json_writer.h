#pragma once
// JsonWriter: the values of flattened records as JSON text, appended to one buffer.
//
// Numbers are exact: integers as they are, doubles as the shortest text that reads back as the same
// number, without an exponent from 1e-6 to 1e21. What JSON has no number for are the texts "NaN",
// "Infinity" and "-Infinity". Times are RFC 3339 in UTC with nanoseconds, without zeros at the end.
//
// Thread  one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::otlp {

class JsonWriter {
public:
    void clear() { size_ = 0; }
    std::string_view text() const { return {bytes_.get(), size_}; }
    std::size_t size() const { return size_; }
    // Behind the text that many bytes may be read, whatever they are.
    static constexpr std::size_t kPadding = 64;

    // Gives memory back that only a large text needed.
    void release(std::size_t kept_bytes);

    // As it is: names with their quotes, punctuation, JSON that is made already.
    void raw(std::string_view json) {
        copy(room(json.size()), json);
        size_ += json.size();
    }
    void raw(char c) {
        *room(1) = c;
        ++size_;
    }

    // Bytes that are not UTF-8 become U+FFFD.
    void string(std::string_view text);
    // Whether the last text may have a backslash.
    bool is_escaped() const { return is_escaped_; }
    void number(std::int64_t value);
    void count(std::uint64_t value);  // at most 2^63 - 1, which every consumer can hold
    void number(double value);
    void boolean(bool value) { raw(std::string_view(value ? "true" : "false")); }
    void time(std::uint64_t unix_nanos);  // 0 is an empty text
    void hex(std::string_view bytes);
    void base64(std::string_view bytes);

private:
    // malloc(3) and not new[]: a large text that grows is moved by its pages, not copied.
    struct Free {
        void operator()(char* bytes) const { std::free(bytes); }
    };

    // Most are names: two words that overlap, without a call.
    static void copy(char* to, std::string_view json) {
        const auto bytes = json.size();
        if (bytes >= 16 && bytes <= 32) return copy_ends<16>(to, json);
        if (bytes >= 8 && bytes < 16) return copy_ends<8>(to, json);
        std::copy_n(json.data(), bytes, to);
    }
    template <std::size_t kWord>
    static void copy_ends(char* to, std::string_view json) {
        const auto last = json.size() - kWord;
        std::memcpy(to, json.data(), kWord);
        std::memcpy(to + last, json.data() + last, kWord);
    }
    // Where so many more bytes may be written.
    char* room(std::size_t bytes) {
        if (size_ + bytes + kPadding > capacity_) grow(bytes);
        return bytes_.get() + size_;
    }
    void grow(std::size_t bytes);
    // What was written to room() until `end` is text.
    void end_at(const char* end) { size_ = static_cast<std::size_t>(end - bytes_.get()); }

    std::unique_ptr<char, Free> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::string escaped_;  // of the last text that had to be
    bool is_escaped_ = false;
    // The last second that was written, which the next time mostly has too.
    std::uint64_t second_ = 0;
    std::string second_text_;
};

// The text of what base64 or base64url means, with or without padding, appended to `out`; false
// if it is neither.
bool append_from_base64(std::string& out, std::string_view text);

}  // namespace millrace::otlp
