#include "templates/number_texts.h"

#include <algorithm>

#include "core/mapping/json_text.h"
#include "core/mapping/json_walk.h"
#include "core/mapping/jsonnet_text.h"

namespace millrace::templates {
namespace {

// Whether it surely is what Jsonnet prints: a whole number that a double holds.
bool is_plain(std::string_view text) {
    return text.size() <= 15 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool begins_number(char c) {
    return c == '-' || (c >= '0' && c <= '9');
}

}  // namespace

void NumberTexts::clear() {
    texts_.clear();
    all_same_ = true;
}

void NumberTexts::add(std::string_view text, double number) {
    texts_.emplace_back(number, text);
    all_same_ = all_same_ && is_plain(text);
}

// The text of the number that is printed so; `printed` where there is none or more than one.
std::string_view NumberTexts::text_of(std::string_view printed) const {
    const auto number = mapping::jsonnet_double(printed);
    const auto less = [](const auto& a, const auto& b) { return a.first < b.first; };
    const auto [begin, end] = std::equal_range(
        texts_.begin(), texts_.end(), std::pair(number.value_or(0), std::string_view()), less);
    const auto same = [&](const auto& text) { return text.second == begin->second; };
    return begin != end && std::all_of(begin, end, same) ? begin->second : printed;
}

void NumberTexts::append_restored(std::string& out, std::string_view json) {
    if (all_same_) return mapping::append_compact(out, json);
    std::sort(texts_.begin(), texts_.end());
    for (std::size_t at = 0; at < json.size();) {
        if (json[at] == '"') {
            const auto bytes = mapping::json_string_bytes(json.substr(at));
            out.append(json.substr(at, bytes));
            at += bytes;
        } else if (begins_number(json[at])) {
            const auto end = std::min(json.find_first_of(",]} \n", at), json.size());
            out.append(text_of(json.substr(at, end - at)));
            at = end;
        } else {
            if (json[at] != ' ' && json[at] != '\n') out.push_back(json[at]);
            ++at;
        }
    }
}

}  // namespace millrace::templates
