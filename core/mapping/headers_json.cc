#include "core/mapping/headers_json.h"

#include "core/mapping/json_text.h"

namespace millrace::mapping {

void print_headers(const HeaderList& headers, std::string& json) {
    json.clear();
    json.push_back('{');
    for (const auto& header : headers.items()) {
        if (json.size() > 1) json.push_back(',');
        append_json_string(json, header.name);
        json.push_back(':');
        append_json_string(json, header.value);
    }
    json.push_back('}');
}

}  // namespace millrace::mapping
