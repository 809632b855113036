#include "api/webhooks/form_text.h"

#include "core/base/percent.h"
#include "core/mapping/media_type.h"

namespace millrace::webhooks {
namespace {

std::string_view take_until(std::string_view& text, char end) {
    const auto at = text.find(end);
    const auto taken = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return taken;
}

}  // namespace

std::optional<std::string> decode_form_text(std::string_view encoded) {
    std::string text;
    text.reserve(encoded.size());
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        if (encoded[i] == '+') {
            text.push_back(' ');
        } else if (encoded[i] != '%') {
            text.push_back(encoded[i]);
        } else {
            const auto byte = escaped_byte(encoded, i);
            if (!byte) return {};
            text.push_back(*byte);
            i += 2;
        }
    }
    return text;
}

std::optional<std::string> form_value(std::string_view form, std::string_view name) {
    while (!form.empty()) {
        auto value = take_until(form, '&');
        const auto key = take_until(value, '=');
        const bool is_plain = key.find_first_of("%+") == std::string_view::npos;
        if (is_plain ? key == name : decode_form_text(key) == name) return decode_form_text(value);
    }
    return {};
}

std::optional<std::vector<std::pair<std::string, std::string>>> form_pairs(std::string_view form,
                                                                           std::size_t pairs_max) {
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!form.empty()) {
        auto value = take_until(form, '&');
        if (value.empty()) continue;
        auto key = decode_form_text(take_until(value, '='));
        auto text = decode_form_text(value);
        if (!key || !text || pairs.size() >= pairs_max) return {};
        pairs.emplace_back(std::move(*key), std::move(*text));
    }
    return pairs;
}

std::string_view query_of(std::string_view target) {
    const auto at = target.find('?');
    return at == std::string_view::npos ? "" : target.substr(at + 1);
}

bool is_form(std::string_view content_type) {
    return mapping::body_type_of(content_type).media == mapping::MediaType::form;
}

}  // namespace millrace::webhooks
