#include "api/log/line_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace millrace::log {
namespace {

using Json = nlohmann::ordered_json;

bool is_plain(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return c > ' ' && c <= '~' && c != '"' && c != '=';
    });
}

std::string text_of(const Value& value) {
    const auto* const text = std::get_if<std::string>(&value);
    if (text != nullptr && is_plain(*text)) return *text;
    const auto json = std::visit([](const auto& any) { return Json(any); }, value);
    return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

std::string json_members(std::string_view event, Fields fields) {
    Json object = {{"event", event}};
    for (const auto& [key, value] : fields) {
        std::visit([&, name = std::string(key)](const auto& any) { object[name] = any; }, value);
    }
    const auto text = object.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text.substr(1, text.size() - 2);
}

std::string text_members(std::string_view event, Fields fields) {
    std::string text(event);
    for (const auto& [key, value] : fields) text += fmt::format(" {}={}", key, text_of(value));
    return text;
}

}  // namespace millrace::log
