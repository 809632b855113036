#pragma once
// PrettyJson writes members of nested objects and arrays, indented by 2 spaces.

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "api/http/json_string.h"

namespace millrace::doors {

class PrettyJson {
public:
    void open(char bracket) {
        text_.push_back(bracket);
        ++depth_;
        first_ = true;
    }
    void close(char bracket) {
        --depth_;
        line();
        text_.push_back(bracket);
        first_ = false;
    }
    void item() {
        if (!first_) text_.push_back(',');
        first_ = false;
        line();
    }
    void key(std::string_view name) {
        item();
        http::append_json_string(text_, name);
        text_ += ": ";
    }
    void member(std::string_view name, std::uint64_t value) {
        key(name);
        fmt::format_to(std::back_inserter(text_), "{}", value);
    }
    void member(std::string_view name, std::string_view value) {
        key(name);
        http::append_json_string(text_, value);
    }
    std::string take() && { return std::move(text_); }

private:
    void line() {
        text_.push_back('\n');
        text_.append(depth_ * 2, ' ');
    }

    std::string text_;
    std::size_t depth_ = 0;
    bool first_ = true;
};

}  // namespace millrace::doors
