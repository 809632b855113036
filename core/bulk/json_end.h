#pragma once
// JsonEnd finds where a JSON value ends in a text that grows, without saying whether it is JSON: it
// counts brackets outside strings.
//
// Thread  one.

#include <cstddef>
#include <optional>
#include <string_view>

namespace millrace::bulk {

class JsonEnd {
public:
    // `text` begins with the value, whose first byte is no white space; it has grown since the last
    // call if that found nothing. `is_all`: nothing follows the text. The bytes of the value, at
    // least one; nothing even then: the value is not closed.
    std::optional<std::size_t> find(std::string_view text, bool is_all);

private:
    std::optional<std::size_t> found(std::size_t bytes);

    std::size_t at_ = 0;  // what is before was read
    std::size_t depth_ = 0;
    bool in_string_ = false;
};

}  // namespace millrace::bulk
