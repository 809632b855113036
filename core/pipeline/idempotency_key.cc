#include "core/pipeline/idempotency_key.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error_names.h"

namespace millrace::pipeline {
namespace {

constexpr std::size_t kKeyMax = 255;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_named(const RequestHeader& header, std::string_view name) {
    return header.name.size() == name.size() &&
           std::equal(name.begin(), name.end(), header.name.begin(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

Error bad_key(std::string_view name, std::string_view what) {
    return Error(Code::invalid, fmt::format("The header {} {}.", name, what))
        .named(error_names::kInBadRequest);
}

// The text of a quoted string; nothing if it is none.
std::optional<std::string> unquoted(std::string_view value) {
    if (value.size() < 2 || value.back() != '"') return {};
    value = value.substr(1, value.size() - 2);
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '"') return {};
        if (value[i] == '\\') {
            if (++i == value.size() || (value[i] != '"' && value[i] != '\\')) return {};
        }
        text.push_back(value[i]);
    }
    return text;
}

std::string_view form_name(RecordForm form) {
    switch (form) {
        case RecordForm::single:
            return "single";
        case RecordForm::lines:
            return "lines";
        case RecordForm::array:
            return "array";
    }
    return "";
}

std::string_view bytes_of(const Fingerprint& fingerprint) {
    return {reinterpret_cast<const char*>(fingerprint.bytes.data()), fingerprint.bytes.size()};
}

}  // namespace

Result<std::optional<std::string>> find_idempotency_key(std::span<const RequestHeader> headers,
                                                        std::string_view name) {
    const auto named = [name](const RequestHeader& header) { return is_named(header, name); };
    const auto found = std::find_if(headers.begin(), headers.end(), named);
    if (found == headers.end()) return std::optional<std::string>();
    if (std::any_of(found + 1, headers.end(), named)) {
        return bad_key(name, "must be there once at most");
    }
    const auto value = found->value;
    auto key = value.starts_with('"') ? unquoted(value) : std::string(value);
    const bool is_key =
        key && !key->empty() && key->size() <= kKeyMax &&
        std::all_of(key->begin(), key->end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!is_key) {
        return bad_key(name,
                       fmt::format("must be 1 to {} visible ASCII characters, such as a UUID, "
                                   "with or without quotes around them",
                                   kKeyMax));
    }
    return key;
}

Fingerprint key_scope(const Source& source) {
    const auto number = [](auto value) { return std::to_string(value); };
    return fingerprint_of({number(source.key.project.value), number(source.key.branch.value),
                           source.key.source.value, number(source.created.at.unix_ms)});
}

RequestKey request_key(const Fingerprint& scope, std::string_view key, const Record& request,
                       RecordForm form) {
    return {.source = scope,
            .key = fingerprint_of({bytes_of(scope), key}),
            .request = fingerprint_of({form_name(form), request.content_type, request.body})};
}

}  // namespace millrace::pipeline
