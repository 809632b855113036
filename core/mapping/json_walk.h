#pragma once
// Walks through the members or elements of a JSON value that was validated before.

#include <cstddef>
#include <string_view>

namespace millrace::mapping {

// The length of the JSON string, quotes included, at the start of `json`.
std::size_t json_string_bytes(std::string_view json);

// Reads the items of an object or array one after the other:
//     for (JsonItems items(object); items.next();) use(items.key(), items.value());
class JsonItems {
public:
    explicit JsonItems(std::string_view container)
        : is_object_(container.front() == '{'), rest_(container.substr(1)) {}

    // False at the end.
    bool next();

    std::string_view key() const { return key_; }  // between the quotes, escapes as sent
    std::string_view value() const { return value_; }

private:
    void skip_space();

    bool is_object_;
    std::string_view rest_;
    std::string_view key_;
    std::string_view value_;
};

}  // namespace millrace::mapping
