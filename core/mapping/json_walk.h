#pragma once
// Walks through the members or elements of a JSON value that was validated before.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace millrace::mapping {

// The length of the JSON string, quotes included, at the start of `json`.
std::size_t json_string_bytes(std::string_view json);

// Where the objects and arrays within a JSON value end. Who goes through all of them would look for
// the end of the inner ones at each level anew; this looks for all ends at once, when it is first
// asked.
class ContainerEnds {
public:
    // `json` is valid as long as this is used.
    explicit ContainerEnds(std::string_view json) : json_(json) {}

    // The length of the object or array that begins at `begin`, a place in the value.
    std::size_t bytes_at(const char* begin);

private:
    struct Extent {
        std::uint32_t begin;
        std::uint32_t bytes;
    };
    void find_all();

    std::string_view json_;
    std::vector<Extent> extents_;  // in the order of their begin
};

// Reads the items of an object or array one after the other:
//     for (JsonItems items(object); items.next();) use(items.key(), items.value());
class JsonItems {
public:
    // `ends`, if given, are those of a value that the container is in; and outlive this.
    explicit JsonItems(std::string_view container, ContainerEnds* ends = nullptr)
        : is_object_(container.front() == '{'), rest_(container.substr(1)), ends_(ends) {}

    // False at the end.
    bool next();

    std::string_view key() const { return key_; }  // between the quotes, escapes as sent
    std::string_view value() const { return value_; }

private:
    void skip_space();
    std::size_t value_bytes() const;

    bool is_object_;
    std::string_view rest_;
    ContainerEnds* ends_;
    std::string_view key_;
    std::string_view value_;
};

}  // namespace millrace::mapping
