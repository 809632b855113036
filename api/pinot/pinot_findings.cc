#include "api/pinot/pinot_findings.h"

#include <fmt/format.h>

#include <charconv>

#include "api/control/json_body.h"
#include "core/base/shown_text.h"

namespace millrace::pinot {
namespace {

// RFC 6901
std::string escaped(std::string_view key) {
    std::string text;
    for (const char c : key) {
        if (c == '~') {
            text += "~0";
        } else if (c == '/') {
            text += "~1";
        } else {
            text.push_back(c);
        }
    }
    return text;
}

}  // namespace

Result<void> PinotFindings::result() const {
    if (errors_.empty()) return {};
    ShownList list("; ");
    for (const auto& error : errors_) list.add(error);
    return Error(Code::invalid, list.text());
}

bool is_empty_value(const Json& value) {
    if (value.is_null() || value == false) return true;
    if (value.is_string()) return value.get_ref<const std::string&>().empty();
    return (value.is_object() || value.is_array()) && value.empty();
}

const Json* DocumentReader::present(std::string_view key) {
    known_.emplace(key);
    const auto found = object_.find(key);
    if (found == object_.end() || found->is_null()) return nullptr;
    return &*found;
}

std::string DocumentReader::pointer_of(std::string_view key) const {
    return fmt::format("{}/{}", pointer_, escaped(key));
}

void DocumentReader::wrong_type(std::string_view key, std::string_view expected) {
    findings_.error(fmt::format("'{}' must be {}", pointer_of(key), expected));
}

std::optional<std::string> DocumentReader::text(std::string_view key) {
    const auto* const value = present(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    if (value->is_primitive()) return value->dump();
    wrong_type(key, "a string");
    return std::nullopt;
}

std::optional<bool> DocumentReader::boolean(std::string_view key) {
    const auto* const value = present(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    if (value->is_string()) {
        const auto& text = value->get_ref<const std::string&>();
        if (text == "true" || text == "True" || text == "TRUE") return true;
        if (text == "false" || text == "False" || text == "FALSE" || text.empty()) return false;
    }
    wrong_type(key, "true or false");
    return std::nullopt;
}

std::optional<std::int64_t> DocumentReader::integer(std::string_view key) {
    const auto* const value = present(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_number_integer()) return value->get<std::int64_t>();
    if (value->is_string()) {
        const auto& text = value->get_ref<const std::string&>();
        std::int64_t number = 0;
        const auto* const end = text.data() + text.size();
        const auto [stop, failure] = std::from_chars(text.data(), end, number);
        if (failure == std::errc() && stop == end) return number;
    }
    wrong_type(key, "a whole number");
    return std::nullopt;
}

const Json* DocumentReader::object(std::string_view key) {
    const auto* const value = present(key);
    if (value == nullptr || value->is_object()) return value;
    wrong_type(key, "an object");
    return nullptr;
}

const Json* DocumentReader::array(std::string_view key) {
    const auto* const value = present(key);
    if (value == nullptr || value->is_array()) return value;
    wrong_type(key, "an array");
    return nullptr;
}

const Json* DocumentReader::any(std::string_view key) {
    return present(key);
}

std::vector<std::string> DocumentReader::texts(std::string_view key) {
    std::vector<std::string> texts;
    const auto* const list = array(key);
    if (list == nullptr) return texts;
    for (const auto& item : *list) {
        if (item.is_string()) {
            texts.push_back(item.get<std::string>());
        } else {
            wrong_type(key, "an array of strings");
        }
    }
    return texts;
}

void DocumentReader::no_effect(std::string_view key, std::string_view why) {
    const auto* const value = present(key);
    if (value == nullptr || is_empty_value(*value)) return;
    findings_.warn(fmt::format("'{}' has no effect: {}", pointer_of(key), why));
}

void DocumentReader::refuse(std::string_view key, std::string_view why) {
    const auto* const value = present(key);
    if (value == nullptr || is_empty_value(*value)) return;
    findings_.error(fmt::format("'{}' is not supported: {}", pointer_of(key), why));
}

void DocumentReader::finish() {
    for (const auto& [key, value] : object_.items()) {
        if (!known_.contains(key)) findings_.unrecognized(pointer_of(key), value);
    }
}

Result<Json> parse_pinot_document(std::string_view text) {
    TRY(control::parse_json_object(text));
    auto json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) return Error(Code::invalid, "it is no JSON object");
    return json;
}

}  // namespace millrace::pinot
