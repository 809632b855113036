#include "core/mapping/header_list.h"

#include <algorithm>

namespace millrace::mapping {
namespace {

// Credentials, and the URL of the request as proxies repeat it: the secret of the source is in it.
constexpr std::string_view kSecrets[] = {
    "Authorization",         "Cookie",
    "Proxy-Authorization",   "X-Storageapi-Token",
    "X-Envoy-Original-Path",  // Envoy
    "X-Forwarded-Path",      "X-Forwarded-Uri",
    "X-Replaced-Path",                                   // Traefik
    "X-Original-Uri",        "X-Auth-Request-Redirect",  // nginx
    "X-Original-Url",        "X-Rewrite-Url",            // IIS, Azure
    "X-Request-Uri"};

}  // namespace

bool is_secret_header(std::string_view canonical) {
    return std::find(std::begin(kSecrets), std::end(kSecrets), canonical) != std::end(kSecrets);
}

void append_canonical_header(std::string& out, std::string_view name) {
    auto at = out.size();
    out.append(name);
    for (bool first = true; at < out.size(); ++at) {
        char& c = out[at];
        if (first && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (!first && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        first = c == '-';
    }
}

void HeaderList::read(std::span<const RequestHeader> headers, SecretHeaders secrets) {
    names_.clear();
    items_.clear();
    for (const auto& header : headers) append_canonical_header(names_, header.name);
    std::size_t at = 0;  // only now: names_ does not move any more
    for (const auto& header : headers) {
        items_.push_back({.name = std::string_view(names_).substr(at, header.name.size()),
                          .value = header.value});
        at += header.name.size();
    }
    const auto by_name = [](const RequestHeader& a, const RequestHeader& b) {
        const auto order = a.name.compare(b.name);
        return order < 0 || (order == 0 && a.name.data() < b.name.data());  // as sent
    };
    std::sort(items_.begin(), items_.end(), by_name);
    const auto same_name = [](const RequestHeader& a, const RequestHeader& b) {
        return a.name == b.name;
    };
    items_.erase(std::unique(items_.begin(), items_.end(), same_name), items_.end());
    std::erase_if(items_, [secrets](const RequestHeader& header) {
        return header.name == "Content-Length" ||
               (secrets == SecretHeaders::left_out && is_secret_header(header.name));
    });
}

const std::string_view* HeaderList::find(std::string_view canonical) const {
    const auto at = std::lower_bound(
        items_.begin(), items_.end(), canonical,
        [](const RequestHeader& header, std::string_view name) { return header.name < name; });
    return at != items_.end() && at->name == canonical ? &at->value : nullptr;
}

}  // namespace millrace::mapping
