#pragma once
// JsonDocuments cuts a body into its JSON documents: lines, or the elements of one array, or the
// body as a whole. It does not look whether they are JSON.
//
// Lifetime  a document lives until the next call of feed().
// Thread    one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/bulk/bulk_format.h"
#include "core/bulk/byte_window.h"
#include "core/bulk/json_end.h"
#include "core/bulk/line_end.h"
#include "core/bulk/source_row.h"

namespace millrace::bulk {

struct JsonDocument {
    std::string_view text;
    std::uint64_t line = 0;
    std::uint64_t offset = 0;
    bool is_element = false;  // of the one array of the body
    std::string problem;      // why nothing more can be read; `text` is where, in part
};

inline constexpr std::string_view kArrayObject =
    "JSON data is array-object, `strip_outer_array` must be TRUE.";
inline constexpr std::string_view kNotArrayObject =
    "JSON data is not an array-object, `strip_outer_array` must be FALSE.";

// What the log says of what is no JSON.
std::string json_failure(std::string_view problem);

class JsonDocuments {
public:
    JsonDocuments(const JsonFormat& format, const SourceLimits& limits)
        : format_(format), limits_(limits), lines_(format.line_delimiter) {}

    void feed(std::string_view piece);
    void end() { window_.end(); }

    // The next document; nothing when more bytes are needed or there are no more.
    // Errors  invalid: a document is too long, or there are more than one where one is wanted
    Result<std::optional<JsonDocument>> next();

private:
    enum class Place { before, first_element, element, after_element, after, broken };

    void skip_space();
    void consume(std::size_t bytes);
    Result<std::optional<JsonDocument>> next_line();
    Result<std::optional<JsonDocument>> next_value();
    Result<std::optional<JsonDocument>> take_value(bool is_element);
    std::string_view fault_of(char c) const;
    Result<void> enter(char c);
    JsonDocument broken(std::string problem);

    const JsonFormat format_;
    const SourceLimits limits_;
    ByteWindow window_;
    LineEnd lines_;
    JsonEnd value_;
    Place place_ = Place::before;
    bool in_value_ = false;   // its begin is at the front of the window
    std::uint64_t line_ = 1;  // of the front of the window
};

}  // namespace millrace::bulk
