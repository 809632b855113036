#include "api/control/json_body.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "api/control/api_errors.h"
#include "core/base/error_names.h"

namespace millrace::control {
namespace {

constexpr std::size_t kShownCharactersMax = 60;
constexpr std::string_view kDecodePayload = error_names::kApiDecodePayload;

// Walks the text without building anything, so a hostile document is refused before it costs
// memory.
class StrictCheck : public nlohmann::json_sax<Json> {
public:
    bool null() override { return true; }
    bool boolean(bool /*value*/) override { return true; }
    bool number_integer(number_integer_t /*value*/) override { return true; }
    bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
    bool string(string_t& /*value*/) override { return true; }
    bool binary(binary_t& /*value*/) override { return true; }

    bool start_object(std::size_t /*size*/) override { return enter(); }
    bool start_array(std::size_t /*size*/) override { return enter(); }
    bool end_object() override { return leave(); }
    bool end_array() override { return leave(); }

    bool key(string_t& key) override {
        if (keys_.back().insert(key).second) return true;
        problem_ = fmt::format("key \"{}\" is there more than once in one object",
                               shortened(key, kShownCharactersMax));
        return false;
    }

    bool parse_error(std::size_t /*position*/, const std::string& /*last_token*/,
                     const nlohmann::detail::exception& exception) override {
        // "[json.exception.parse_error.101] parse error at line 1, column 8: ..."
        std::string_view text = exception.what();
        if (const auto end = text.find("] "); end != std::string_view::npos) {
            text.remove_prefix(end + 2);
        }
        problem_ = shortened(text, 300);
        return false;
    }

    const std::string& problem() const { return problem_; }

private:
    bool enter() {
        keys_.emplace_back();
        if (keys_.size() <= kJsonDepthMax) return true;
        problem_ = fmt::format("nested deeper than {} levels", kJsonDepthMax);
        return false;
    }
    bool leave() {
        keys_.pop_back();
        return true;
    }

    std::vector<std::set<std::string>> keys_;  // of the objects and arrays being read
    std::string problem_;
};

std::string shown(const Json& value) {
    return shortened(value.dump(-1, ' ', false, Json::error_handler_t::replace),
                     kShownCharactersMax);
}

}  // namespace

Result<Json> parse_json_object(std::string_view text) {
    if (text.empty()) {
        return Error(Code::invalid, "Missing required payload.")
            .named(error_names::kApiMissingPayload);
    }
    StrictCheck check;
    if (!Json::sax_parse(text, &check)) {
        return Error(Code::invalid,
                     fmt::format("Request body is not valid JSON: {}", check.problem()))
            .named(kDecodePayload);
    }
    auto json = Json::parse(text);
    if (!json.is_object()) {
        return Error(Code::invalid, "Request body must be a JSON object.").named(kDecodePayload);
    }
    return json;
}

void Problems::add(std::string_view name, const std::string& text) {
    if (none()) name_ = name;
    texts_.add(text);
}

Result<void> Problems::result() const {
    if (none()) return {};
    return Error(Code::invalid, texts_.text()).named(name_);
}

std::size_t characters_in(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::string ObjectReader::path_of(std::string_view key) const {
    return fmt::format("{}.{}", path_, key);
}

const Json* ObjectReader::any(std::string_view key) {
    known_.emplace(key);
    const auto found = object_.find(std::string(key));
    return found == object_.end() ? nullptr : &*found;
}

const Json* ObjectReader::present(std::string_view key) {
    const auto* const value = any(key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

void ObjectReader::missing(std::string_view key) {
    problems_.add(kMissingField, fmt::format("\"{}\" is missing from {}", key, path_));
}

void ObjectReader::wrong_type(std::string_view key, const Json& value, std::string_view expected) {
    problems_.add(kInvalidFieldType, fmt::format("invalid value {} for \"{}\", must be {}",
                                                 shown(value), path_of(key), expected));
}

std::optional<std::string> ObjectReader::text(std::string_view key, TextLength length) {
    const auto* const value = present(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) {
        wrong_type(key, *value, "a string");
        return std::nullopt;
    }
    auto text = value->get<std::string>();
    const auto characters = characters_in(text);
    if (characters < length.min || characters > length.max) {
        problems_.add(
            kInvalidLength,
            fmt::format("length of {} must be {} or equal than {} but got value \"{}\" (len={})",
                        path_of(key), characters < length.min ? "greater" : "lesser",
                        characters < length.min ? length.min : length.max,
                        shortened(text, kShownCharactersMax), characters));
        return std::nullopt;
    }
    if (text.find('\0') != std::string::npos) {
        problems_.add(kBadRequest,
                      fmt::format("{} must not contain the NUL character", path_of(key)));
        return std::nullopt;
    }
    return text;
}

std::optional<std::string> ObjectReader::required_text(std::string_view key, TextLength length) {
    if (present(key) == nullptr) {
        missing(key);
        return std::nullopt;
    }
    return text(key, length);
}

std::optional<bool> ObjectReader::boolean(std::string_view key) {
    const auto* const value = present(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_boolean()) {
        wrong_type(key, *value, "a boolean");
        return std::nullopt;
    }
    return value->get<bool>();
}

const Json* ObjectReader::object(std::string_view key) {
    const auto* const value = present(key);
    if (value == nullptr || value->is_object()) return value;
    wrong_type(key, *value, "an object");
    return nullptr;
}

const Json* ObjectReader::array(std::string_view key) {
    const auto* const value = present(key);
    if (value == nullptr || value->is_array()) return value;
    wrong_type(key, *value, "an array");
    return nullptr;
}

void ObjectReader::finish() {
    for (const auto& [key, value] : object_.items()) {
        if (known_.contains(key)) continue;
        problems_.add(kBadRequest, fmt::format("unknown field \"{}\" in {}",
                                               shortened(key, kShownCharactersMax), path_));
    }
}

}  // namespace millrace::control
