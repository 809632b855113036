#include "api/cli/type_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "api/config/client_line.h"

namespace millrace::cli {
namespace {

constexpr std::array kTypes = {DataType::string,    DataType::integer, DataType::decimal,
                               DataType::float64,   DataType::boolean, DataType::date,
                               DataType::timestamp, DataType::json};

std::vector<std::string> type_names() {
    std::vector<std::string> names;
    for (const auto type : kTypes) names.emplace_back(to_string(type));
    return names;
}

bool is_shouted(std::string_view word) {
    return word.size() > 1 &&
           std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Error no_type(std::string_view word) {
    const auto names = type_names();
    return Error(Code::invalid,
                 fmt::format("{} is no type, which are {}{}", word, fmt::join(names, ", "),
                             config::suggestion(word, names)));
}

}  // namespace

Result<TypeWords> take_type_words(std::string_view& text) {
    TypeWords found;
    for (auto colon = text.rfind(':'); colon != std::string_view::npos; colon = text.rfind(':')) {
        const auto word = text.substr(colon + 1);
        const auto type = data_type_from(word);
        if (word == "key" && !found.is_key) {
            found.is_key = true;
        } else if (word == "required" && !found.is_required) {
            found.is_required = true;
        } else if (type && !found.type) {
            found.type = type;
        } else if (is_shouted(word)) {
            if (type) return Error(Code::invalid, "it has two types");
            return no_type(word);
        } else {
            break;
        }
        text = text.substr(0, colon);
    }
    return found;
}

}  // namespace millrace::cli
