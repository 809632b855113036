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

constexpr std::array<std::string_view, 2> kWords = {"key", "required"};

std::string lower(std::string_view text) {
    std::string made(text);
    std::ranges::transform(made, made.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return made;
}

// One letter is another, is missing, is too many, or two are the wrong way round.
bool is_one_off(std::string_view a, std::string_view b) {
    while (!a.empty() && !b.empty() && a.front() == b.front()) {
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    while (!a.empty() && !b.empty() && a.back() == b.back()) {
        a.remove_suffix(1);
        b.remove_suffix(1);
    }
    const bool is_swapped = a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0];
    return is_swapped || (a.size() <= 1 && b.size() <= 1);
}

// The type or the word that was mistyped; nothing: it is none.
std::optional<std::string> meant_by(std::string_view word) {
    auto known = type_names();
    known.insert(known.end(), kWords.begin(), kWords.end());
    if (std::ranges::find(known, word) != known.end()) return std::nullopt;
    const auto found = std::ranges::find_if(
        known, [&](const std::string& one) { return is_one_off(lower(one), lower(word)); });
    return found == known.end() ? std::nullopt : std::optional(*found);
}

Error no_type(std::string_view word) {
    const auto names = type_names();
    return Error(Code::invalid,
                 fmt::format("{} is no type, which are {}{}", word, fmt::join(names, ", "),
                             config::suggestion(word, names)));
}

}  // namespace

Result<TypeWords> take_type_words(std::string_view& text, std::string_view way_out) {
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
        } else if (const auto meant = meant_by(word)) {
            return Error(Code::invalid,
                         fmt::format("{} behind the colon is no type, nor key or required; did you "
                                     "mean {}? {}",
                                     word, *meant, way_out));
        } else {
            break;
        }
        text = text.substr(0, colon);
    }
    return found;
}

}  // namespace millrace::cli
