#include "core/mapping/query.h"

#include <algorithm>
#include <cstddef>

#include "core/base/percent.h"

namespace millrace::mapping {
namespace {

// `text` itself where nothing in it is escaped.
std::string_view decoded_text(std::string_view text, std::string& decoded) {
    if (text.find_first_of("+%") == std::string_view::npos) return text;
    decoded.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (const auto byte = escaped_byte(text, i)) {
            decoded.push_back(*byte);
            i += 2;
        } else {
            decoded.push_back(text[i] == '+' ? ' ' : text[i]);
        }
    }
    return decoded;
}

}  // namespace

std::optional<std::string_view> find_parameter(std::string_view query, std::string_view name,
                                               std::string& decoded) {
    while (!query.empty()) {
        const auto parameter = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), parameter.size() + 1));
        const auto equals = parameter.find('=');
        if (decoded_text(parameter.substr(0, equals), decoded) != name) continue;
        if (equals == std::string_view::npos) return std::string_view();
        return decoded_text(parameter.substr(equals + 1), decoded);
    }
    return {};
}

}  // namespace millrace::mapping
