#include "api/cli/json_fields.h"

namespace millrace::cli {
namespace {

std::string dumped(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
    auto json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return std::nullopt;
    return json;
}

std::string to_line(const Json& json) {
    return dumped(json) + "\n";
}

std::string to_array(const std::vector<Json>& items) {
    if (items.empty()) return "[]\n";
    std::string text = "[";
    for (const auto& item : items) {
        text += text.size() == 1 ? "\n  " : ",\n  ";
        text += dumped(item);
    }
    return text + "\n]\n";
}

const Json& member(const Json& json, std::initializer_list<std::string_view> names) {
    static const Json none;
    const auto* at = &json;
    for (const auto name : names) {
        if (!at->is_object()) return none;
        const auto found = at->find(std::string(name));
        if (found == at->end()) return none;
        at = &*found;
    }
    return *at;
}

bool is_equal(const Json& a, const Json& b) {
    return nlohmann::json(a) == nlohmann::json(b);
}

std::string text_of(const Json& json) {
    if (json.is_null()) return {};
    if (json.is_string()) return json.get<std::string>();
    return dumped(json);
}

std::string text_at(const Json& json, std::initializer_list<std::string_view> names) {
    return text_of(member(json, names));
}

std::uint64_t count_at(const Json& json, std::initializer_list<std::string_view> names) {
    const auto& found = member(json, names);
    return found.is_number_unsigned() ? found.get<std::uint64_t>() : 0;
}

}  // namespace millrace::cli
