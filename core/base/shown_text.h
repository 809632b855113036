#pragma once
// What messages show of texts and lists whose length a client chooses: the begin.
//
// Thread  any.

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace {

// At most `characters` of UTF-8 text, then an ellipsis. Bytes that are not UTF-8 stay as they are.
std::string shortened(std::string_view text, std::size_t characters);

// Joins the first few items of a list and counts the others: "a; b; and 3 more".
class ShownList {
public:
    static constexpr std::size_t kItemsMax = 20;

    explicit ShownList(std::string_view separator) : separator_(separator) {}

    void add(std::string_view item);

    bool empty() const { return items_ == 0; }
    std::string text() const;

private:
    const std::string separator_;
    std::string text_;
    std::size_t items_ = 0;
};

}  // namespace millrace
