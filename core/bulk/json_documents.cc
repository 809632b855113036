#include "core/bulk/json_documents.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/bulk/place.h"

namespace millrace::bulk {
namespace {

constexpr std::size_t kShownBytes = 200;  // of what is broken

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

// Bytes of a line whose end has not come: the last may be of its delimiter.
std::size_t at_least(std::size_t bytes, std::string_view delimiter) {
    return bytes - std::min(bytes, delimiter.size() - 1);
}

}  // namespace

std::string json_failure(std::string_view problem) {
    constexpr int kCode = 3;  // "the JSON document has an improper structure" there
    return fmt::format("Parse json data for JsonDoc failed. code: {}, error info: {}", kCode,
                       problem);
}

void JsonDocuments::feed(std::string_view piece) {
    if (place_ != Place::broken) window_.feed(piece);
}

void JsonDocuments::consume(std::size_t bytes) {
    const auto gone = window_.rest().substr(0, bytes);
    line_ += static_cast<std::uint64_t>(std::count(gone.begin(), gone.end(), '\n'));
    window_.consume(bytes);
}

void JsonDocuments::skip_space() {
    const auto rest = window_.rest();
    std::size_t bytes = 0;
    while (bytes < rest.size() && is_space(rest[bytes])) ++bytes;
    consume(bytes);
}

Result<std::optional<JsonDocument>> JsonDocuments::next() {
    if (place_ == Place::broken || !window_.skip_mark()) return std::optional<JsonDocument>();
    return format_.by_line ? next_line() : next_value();
}

Result<std::optional<JsonDocument>> JsonDocuments::next_line() {
    while (!window_.rest().empty()) {
        const auto rest = window_.rest();
        const auto end = lines_.find(rest, window_.ended());
        if ((end ? end->bytes : at_least(rest.size(), format_.line_delimiter)) >
            limits_.line_bytes_max) {
            return too_long(limits_.line_bytes_max, shown_place(line_, window_.offset()));
        }
        if (!end) break;
        JsonDocument document{.text = trimmed(rest.substr(0, end->bytes)),
                              .line = line_++,
                              .offset = window_.offset(),
                              .is_element = false,
                              .problem = {}};
        window_.consume(end->bytes + end->delimiter_bytes);
        if (!document.text.empty()) return std::optional(std::move(document));
    }
    return std::optional<JsonDocument>();
}

// Why nothing can be read on where `c` is next; empty if there is no reason yet.
std::string_view JsonDocuments::fault_of(char c) const {
    constexpr std::string_view kMissing = "an element of the array is missing";
    switch (place_) {
        case Place::before:
            // Known before the end of the document, which may be as long as a load.
            if (!format_.root.empty()) return {};
            if (c == '[' && !format_.strip_outer_array) return kArrayObject;
            return c == '{' && format_.strip_outer_array ? kNotArrayObject : std::string_view();
        case Place::first_element:
            return c == ',' || c == '}' ? kMissing : std::string_view();
        case Place::element:
            return c == ',' || c == ']' || c == '}' ? kMissing : std::string_view();
        case Place::after_element:
            return c == ',' || c == ']' ? "" : "expected \",\" or \"]\" behind an element";
        case Place::after:
        case Place::broken:
            break;
    }
    return {};
}

// The body is one document: an array whose elements are taken one by one, or a value.
Result<std::optional<JsonDocument>> JsonDocuments::next_value() {
    while (true) {
        if (in_value_) return take_value(place_ == Place::element);
        skip_space();
        const auto rest = window_.rest();
        if (rest.empty()) {
            const bool is_whole = place_ == Place::before || place_ == Place::after;
            if (window_.ended() && !is_whole)
                return std::optional(broken(json_failure("the array does not end")));
            return std::optional<JsonDocument>();
        }
        const char c = rest.front();
        if (const auto fault = fault_of(c); !fault.empty()) {
            if (rest.size() < kShownBytes && !window_.ended()) return std::optional<JsonDocument>();
            return std::optional(
                broken(place_ == Place::before ? std::string(fault) : json_failure(fault)));
        }
        TRY(enter(c));
    }
}

// Moves on over a mark of the array, or to the value that begins with `c`.
Result<void> JsonDocuments::enter(char c) {
    const bool is_first = place_ == Place::first_element;
    if (place_ == Place::after) {
        return Error(Code::invalid,
                     fmt::format("the body has more than one JSON document, at {}: send "
                                 "read_json_by_line: true where each line is one",
                                 shown_place(line_, window_.offset())));
    }
    if (place_ == Place::before && c == '[' && format_.strip_outer_array) {
        place_ = Place::first_element;
    } else if (place_ == Place::after_element && c == ',') {
        place_ = Place::element;
    } else if (c == ']' && (is_first || place_ == Place::after_element)) {
        place_ = Place::after;
    } else {
        if (is_first) place_ = Place::element;
        in_value_ = true;
        return {};
    }
    consume(1);
    return {};
}

Result<std::optional<JsonDocument>> JsonDocuments::take_value(bool is_element) {
    const auto rest = window_.rest();
    const auto bytes = value_.find(rest, window_.ended());
    if ((bytes ? *bytes : rest.size()) > limits_.line_bytes_max) {
        return too_long(limits_.line_bytes_max, shown_place(line_, window_.offset()));
    }
    if (!bytes) {
        if (!window_.ended()) return std::optional<JsonDocument>();
        return std::optional(broken(json_failure("it does not end")));
    }
    JsonDocument document{.text = rest.substr(0, *bytes),
                          .line = line_,
                          .offset = window_.offset(),
                          .is_element = is_element,
                          .problem = {}};
    consume(*bytes);
    in_value_ = false;
    place_ = is_element ? Place::after_element : Place::after;
    return std::optional(std::move(document));
}

// Nothing is read from here on.
JsonDocument JsonDocuments::broken(std::string problem) {
    place_ = Place::broken;
    return {.text = window_.rest().substr(0, kShownBytes),
            .line = line_,
            .offset = window_.offset(),
            .is_element = false,
            .problem = std::move(problem)};
}

}  // namespace millrace::bulk
