#pragma once
// JsonWriter: the values of flattened records as JSON text, appended to one buffer.
//
// Numbers are exact: integers as they are, doubles as the shortest text that reads back as the same
// number, without an exponent from 1e-6 to 1e21. What JSON has no number for are the texts "NaN",
// "Infinity" and "-Infinity". Times are RFC 3339 in UTC with nanoseconds, without zeros at the end.
//
// Thread  one.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::otlp {

class JsonWriter {
public:
    void clear() { out_.clear(); }
    std::string_view text() const { return out_; }
    std::size_t size() const { return out_.size(); }
    // Gives memory back that only a large text needed.
    void release(std::size_t kept_bytes);

    // As it is: names with their quotes, punctuation, JSON that is made already.
    void raw(std::string_view json) { out_.append(json); }
    void raw(char c) { out_.push_back(c); }
    // Takes the last bytes back.
    void cut_to(std::size_t bytes) { out_.resize(bytes); }

    // Bytes that are not UTF-8 become U+FFFD.
    void string(std::string_view text);
    void number(std::int64_t value);
    void count(std::uint64_t value);  // at most 2^63 - 1, which every consumer can hold
    void number(double value);
    void boolean(bool value) { raw(value ? "true" : "false"); }
    void time(std::uint64_t unix_nanos);  // 0 is an empty text
    void hex(std::string_view bytes);
    void base64(std::string_view bytes);

private:
    std::string out_;
    // The last second that was written, which the next time mostly has too.
    std::uint64_t second_ = 0;
    std::string second_text_;
};

// The text of what base64 or base64url means, with or without padding, appended to `out`; false
// if it is neither.
bool append_from_base64(std::string& out, std::string_view text);

}  // namespace millrace::otlp
