#include "api/control/request_header.h"

#include <algorithm>

namespace millrace::control {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char one, char other) { return lower(one) == lower(other); });
}

std::optional<std::string> header_of(const Request& request, std::string_view name) {
    std::optional<std::string> joined;
    for (const auto& [given, value] : request.headers) {
        if (!is_same_name(given, name)) continue;
        if (joined) {
            *joined += ", " + value;
        } else {
            joined = value;
        }
    }
    return joined;
}

}  // namespace millrace::control
