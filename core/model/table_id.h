#pragma once
// TableId: "in.c-shop.orders" is table "orders" of bucket "in.c-shop".

#include <compare>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace {

class TableId {
public:
    TableId() = default;

    // Accepts ^(in|out)\.c-[A-Za-z0-9_-]{1,96}\.[A-Za-z0-9_-]{1,96}$, so both parts are safe as
    // file and table names.
    // Errors  invalid
    static Result<TableId> parse(std::string_view text);

    const std::string& text() const { return text_; }
    std::string_view bucket() const { return std::string_view(text_).substr(0, dot_); }
    std::string_view table() const { return std::string_view(text_).substr(dot_ + 1); }

    auto operator<=>(const TableId&) const = default;

private:
    std::string text_;
    std::size_t dot_ = 0;  // of the last dot
};

}  // namespace millrace
