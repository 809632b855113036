#pragma once
// SentHeaders: the headers of a request by their names, without regard to case.

#include <optional>
#include <string_view>
#include <vector>

#include "api/http/door.h"

namespace millrace::http {

bool equal_ignoring_case(std::string_view a, std::string_view b);

struct Header {
    std::string_view name;
    std::string_view value;  // without the white space around it
};

class SentHeaders {
public:
    explicit SentHeaders(std::vector<Header> headers) : headers_(std::move(headers)) {}
    static SentHeaders of(const RequestView& request);

    // The value of the first one; nothing if there is none.
    std::optional<std::string_view> find(std::string_view name) const;
    // The value, or nothing at all.
    std::string_view text(std::string_view name) const { return find(name).value_or(""); }
    bool has_several(std::string_view name) const;

    const std::vector<Header>& all() const { return headers_; }

private:
    std::vector<Header> headers_;
};

}  // namespace millrace::http
