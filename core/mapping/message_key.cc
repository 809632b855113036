#include "core/mapping/message_key.h"

#include "core/mapping/json_text.h"

namespace millrace::mapping {

std::string key_as_json(std::string_view key, JsonCheck& check) {
    constexpr std::string_view kSpace = " \t\r\n";
    std::string json;
    if (!check.is_json(key)) {
        append_json_string(json, key);
        return json;
    }
    const auto begin = key.find_first_not_of(kSpace);
    json = key.substr(begin, key.find_last_not_of(kSpace) + 1 - begin);
    return json;
}

}  // namespace millrace::mapping
