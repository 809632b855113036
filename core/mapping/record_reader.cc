#include "core/mapping/record_reader.h"

#include <fmt/format.h>

#include "core/base/error_names.h"
#include "core/mapping/charset.h"
#include "core/mapping/media_type.h"

namespace millrace::mapping {
namespace {

constexpr std::string_view kSpace = " \t\n\r";

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

Error no_array(std::string_view problem) {
    return Error(Code::invalid, fmt::format("The body is not a JSON array: {}", problem))
        .named(error_names::kInInvalidJson);
}

// The position behind a string of valid JSON that begins at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
    while (true) {
        at = text.find_first_of("\"\\", at + 1);
        if (text[at] == '"') return at + 1;
        ++at;  // what is escaped
    }
}

// The position of the comma or bracket that ends the item of valid JSON that begins at `at`.
std::size_t find_item_end(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    while (true) {
        switch (text[at]) {
            case '"':
                at = skip_string(text, at);
                continue;
            case '{':
            case '[':
                ++depth;
                break;
            case '}':
            case ']':
                if (depth == 0) return at;
                --depth;
                break;
            case ',':
                if (depth == 0) return at;
                break;
            default:
                break;
        }
        ++at;
    }
}

}  // namespace

Result<void> RecordReader::begin(std::string_view body, RecordForm form,
                                 std::string_view content_type) {
    form_ = form;
    rest_ = body;
    number_ = 0;
    decoded_.clear();
    if (form == RecordForm::single) return {};
    const auto mark = byte_order_mark(body);
    const auto charset = mark ? mark->charset : body_type_of(content_type).charset;
    if (mark) rest_.remove_prefix(mark->bytes);
    if (charset != Charset::utf8) {
        append_as_utf8(decoded_, rest_, charset);
        rest_ = decoded_;
    }
    if (form == RecordForm::lines) return {};
    if (!json_.is_json(rest_)) return no_array(json_.problem());
    const auto array = trimmed(json_.text());
    if (array.front() != '[') return no_array("it begins with something else than \"[\"");
    rest_ = array.substr(1);
    if (trimmed(rest_) == "]") rest_ = {};
    return {};
}

void RecordReader::move_to(std::string_view body) {
    const bool is_own = form_ == RecordForm::array || !decoded_.empty();
    if (!is_own) rest_ = body.substr(body.size() - rest_.size());
}

bool RecordReader::next() {
    switch (form_) {
        case RecordForm::single:
            record_ = rest_;
            return ++number_ == 1;
        case RecordForm::lines:
            return next_line();
        case RecordForm::array:
            return next_item();
    }
    return false;
}

bool RecordReader::next_line() {
    if (!skip_blank_lines()) return false;
    ++number_;
    const auto end = rest_.find('\n');
    record_ = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (record_.ends_with('\r')) record_.remove_suffix(1);
    return true;
}

// Goes to the begin of the next line that has more than white space; false if there is none. A body
// may be millions of line ends: one comparison each is all they cost.
bool RecordReader::skip_blank_lines() {
    std::size_t line = 0;
    for (std::size_t at = 0; at < rest_.size(); ++at) {
        const char c = rest_[at];
        if (c == '\n') {
            ++number_;
            line = at + 1;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            rest_.remove_prefix(line);
            return true;
        }
    }
    number_ += line < rest_.size() ? 1U : 0U;
    rest_ = {};
    return false;
}

bool RecordReader::next_item() {
    if (rest_.empty()) return false;
    ++number_;
    const auto end = find_item_end(rest_, 0);
    record_ = trimmed(rest_.substr(0, end));
    rest_ = rest_[end] == ']' ? std::string_view() : rest_.substr(end + 1);
    return true;
}

}  // namespace millrace::mapping
