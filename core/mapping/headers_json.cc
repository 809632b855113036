#include "core/mapping/headers_json.h"

#include <algorithm>

#include "core/mapping/json_text.h"

namespace millrace::mapping {
namespace {

constexpr std::string_view kLeftOut[] = {"Authorization", "Content-Length", "Cookie",
                                         "X-Storageapi-Token"};

// "content-TYPE" is "Content-Type".
void append_canonical(std::string& out, std::string_view name) {
    auto at = out.size();
    out.append(name);
    for (bool first = true; at < out.size(); ++at) {
        char& c = out[at];
        if (first && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (!first && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        first = c == '-';
    }
}

bool is_left_out(std::string_view name) {
    return std::find(std::begin(kLeftOut), std::end(kLeftOut), name) != std::end(kLeftOut);
}

}  // namespace

const std::string& HeadersJson::print(std::span<const RequestHeader> headers) {
    names_.clear();
    entries_.clear();
    for (std::size_t i = 0; i < headers.size(); ++i) {
        entries_.push_back({names_.size(), i});
        append_canonical(names_, headers[i].name);
    }
    std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
        const auto order = name(a, headers).compare(name(b, headers));
        return order < 0 || (order == 0 && a.header < b.header);
    });

    json_.clear();
    json_.push_back('{');
    std::string_view last;
    bool any_seen = false;
    for (const auto& entry : entries_) {
        const auto current = name(entry, headers);
        const bool repeated = any_seen && current == last;
        last = current;
        any_seen = true;
        if (repeated || is_left_out(current)) continue;
        if (json_.size() > 1) json_.push_back(',');
        append_json_string(json_, current);
        json_.push_back(':');
        append_json_string(json_, headers[entry.header].value);
    }
    json_.push_back('}');
    return json_;
}

}  // namespace millrace::mapping
