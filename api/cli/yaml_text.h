#pragma once
// YamlText: writes YAML of keys, values and comments, which parse_yaml() reads as the same.

#include <cstddef>
#include <string>
#include <string_view>

#include "api/cli/json_fields.h"

namespace millrace::cli {

class YamlText {
public:
    // A key, with its value or before what is inside it.
    void field(std::string_view key, const Json& value);
    void open(std::string_view key);
    void close() { depth_ -= 1; }
    // What follows, up to end_item(), is an item of a list.
    void begin_item();
    void end_item();
    // An item that is one value.
    void item(const Json& value);
    void comment(std::string_view text);
    void blank() { text_ += "\n"; }

    const std::string& text() const { return text_; }

private:
    void begin_line();
    void value(const Json& value);
    void members(const Json& value);

    std::string text_;
    std::size_t depth_ = 0;
    bool is_item_ = false;  // the next line begins one
};

// As YAML writes it: plain where that means the same text, else in double quotes.
std::string yaml_scalar(const Json& value);

}  // namespace millrace::cli
