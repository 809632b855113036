#include "api/http/sent_headers.h"

#include <algorithm>

namespace millrace::http {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

SentHeaders SentHeaders::of(const RequestView& request) {
    std::vector<Header> headers;
    headers.reserve(request.head.headers.size());
    for (const auto& header : request.head.headers) {
        headers.push_back({.name = request.text(header.name), .value = request.text(header.value)});
    }
    return SentHeaders(std::move(headers));
}

std::optional<std::string_view> SentHeaders::find(std::string_view name) const {
    for (const auto& header : headers_) {
        if (equal_ignoring_case(header.name, name)) return header.value;
    }
    return std::nullopt;
}

bool SentHeaders::has_several(std::string_view name) const {
    return std::count_if(headers_.begin(), headers_.end(), [&](const Header& header) {
               return equal_ignoring_case(header.name, name);
           }) > 1;
}

}  // namespace millrace::http
