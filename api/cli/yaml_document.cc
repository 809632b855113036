#include "api/cli/yaml_document.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/base/utf8_sequence.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kTextMax = 16 << 20;
constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kFieldsMax = 1000;      // of a map: equal keys are looked for
constexpr std::size_t kNodesMax = 1'000'000;  // an alias counts as what it stands for

Error refused(std::size_t line, std::string_view why) {
    return Error(Code::invalid, fmt::format("line {}: {}", line, why));
}

// yaml-cpp counts from 0, and has no place for what is not there.
std::size_t line_of(const YAML::Mark& mark, std::size_t otherwise) {
    return mark.is_null() ? otherwise : static_cast<std::size_t>(mark.line) + 1;
}

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// [-+]? ( digits [. digits] | . digits ) [ e [-+]? digits ]
bool is_number(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    const auto exponent = text.find_first_of("eE");
    if (exponent != std::string_view::npos) {
        auto power = text.substr(exponent + 1);
        if (power.starts_with('-') || power.starts_with('+')) power.remove_prefix(1);
        if (!is_digits(power)) return false;
        text = text.substr(0, exponent);
    }
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return is_digits(text);
    const auto whole = text.substr(0, dot);
    const auto fraction = text.substr(dot + 1);
    return (is_digits(whole) && (fraction.empty() || is_digits(fraction))) ||
           (whole.empty() && is_digits(fraction));
}

class Converter {
public:
    Result<YamlNode> convert(const YAML::Node& node, std::size_t line, std::size_t depth) {
        YamlNode made;
        made.line = line_of(node.Mark(), line);
        if (depth > kDepthMax) {
            return refused(made.line, fmt::format("more than {} levels", kDepthMax));
        }
        if (++nodes_ > kNodesMax) {
            return refused(made.line, fmt::format("more than {} values", kNodesMax));
        }
        switch (node.Type()) {
            case YAML::NodeType::Undefined:
            case YAML::NodeType::Null:
                return made;
            case YAML::NodeType::Scalar: {
                TRY_ASSIGN(made.scalar, scalar(node, made.line));
                return made;
            }
            case YAML::NodeType::Sequence:
                made.kind = YamlNode::Kind::list;
                for (const auto& item : node) {
                    TRY_ASSIGN(auto converted, convert(item, made.line, depth + 1));
                    made.items.push_back(std::move(converted));
                }
                return made;
            case YAML::NodeType::Map:
                made.kind = YamlNode::Kind::map;
                if (node.size() > kFieldsMax) {
                    return refused(made.line, fmt::format("more than {} keys", kFieldsMax));
                }
                for (const auto& field : node) TRY(add_field(made, field, depth));
                return made;
        }
        return made;
    }

private:
    // A field as yaml-cpp iterates over them.
    template <typename Field>
    Result<void> add_field(YamlNode& map, const Field& field, std::size_t depth) {
        const auto line = line_of(field.first.Mark(), map.line);
        if (!field.first.IsScalar()) return refused(line, "a key must be a text");
        const auto& name = field.first.Scalar();
        if (map.find(name) != nullptr) {
            return refused(line, fmt::format("\"{}\" is there twice", name));
        }
        TRY_ASSIGN(auto value, convert(field.second, line, depth + 1));
        map.fields.emplace_back(YamlNode::Key{.name = name, .line = line}, std::move(value));
        return {};
    }

    static Result<Json> scalar(const YAML::Node& node, std::size_t line) {
        const auto& tag = node.Tag();
        if (tag.empty() || tag == "?") return plain_scalar(node.Scalar());
        if (tag == "!" || tag == "tag:yaml.org,2002:str") return Json(node.Scalar());
        return refused(line, fmt::format("the tag {} is not known here", tag));
    }

    std::size_t nodes_ = 0;
};

// The last line that says something, without its end.
std::string_view last_line(std::string_view text) {
    const auto end = text.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) return {};
    text = text.substr(0, end + 1);
    return text.substr(text.rfind('\n') + 1);
}

Result<void> check_whole(std::string_view text) {
    const auto line = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    if (!text.empty() && text.back() != '\n') {
        return refused(line + 1,
                       "the last line has no end, so the file may have been cut; if it is whole, "
                       "end it with a new line");
    }
    if (text.starts_with("---") && last_line(text) != "...") {
        return refused(line,
                       "the file begins with --- and does not end with ..., so it may have "
                       "been cut; if it is whole, add that line");
    }
    return {};
}

Result<void> check_utf8(std::string_view text) {
    const auto at = find_invalid_utf8(text);
    if (at == text.size()) return {};
    return refused(static_cast<std::size_t>(std::ranges::count(text.substr(0, at), '\n')) + 1,
                   fmt::format("the byte 0x{:02X} is no UTF-8; save the file as UTF-8",
                               static_cast<unsigned char>(text[at])));
}

// Nothing is in quotes behind it, so that quotes without an end are told: yaml-cpp ends them where
// the text does.
std::string ended(const std::string& text) {
    return last_line(text) == "..." ? text : text + "...\n";
}

// The line of the last text: where quotes have no end they have all that follows.
std::size_t last_text_line(const YAML::Node& node, std::size_t line) {
    if (node.IsScalar()) return std::max(line, line_of(node.Mark(), line));
    for (const auto& item : node) {
        if (node.IsSequence()) {
            line = last_text_line(item, line);
        } else {
            line = last_text_line(item.second, last_text_line(item.first, line));
        }
    }
    return line;
}

// Of a text in which quotes have no end.
Error open_quotes(const std::string& text, std::size_t otherwise) {
    auto line = otherwise;
    try {
        if (last_line(text) != "...") {
            for (const auto& document : YAML::LoadAll(text)) line = last_text_line(document, 1);
        }
    } catch (const std::exception&) {
        line = otherwise;
    }
    return refused(line,
                   "the quotes of a text have no end, so the file may have been cut; if it is "
                   "whole, end them");
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view name) const {
    const auto found =
        std::ranges::find_if(fields, [&](const auto& field) { return field.first.name == name; });
    return found == fields.end() ? nullptr : &found->second;
}

Json plain_scalar(const std::string& text) {
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
        return {};
    }
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    if (!is_number(text)) return text;
    const auto* const begin = text.data() + (text.front() == '+' ? 1 : 0);
    const auto* const end = text.data() + text.size();
    std::int64_t whole = 0;
    const auto read = std::from_chars(begin, end, whole);
    if (read.ec == std::errc() && read.ptr == end) return whole;
    double number = 0;
    const auto real = std::from_chars(begin, end, number);
    if (real.ec == std::errc() && real.ptr == end && std::isfinite(number)) return number;
    return text;
}

Result<YamlNode> parse_yaml(const std::string& text) {
    if (text.size() > kTextMax) {
        return Error(Code::too_large,
                     fmt::format("line 1: the file has more than {} MB", kTextMax >> 20));
    }
    TRY(check_utf8(text));
    TRY(check_whole(text));
    try {
        const auto documents = YAML::LoadAll(ended(text));
        if (documents.empty()) return YamlNode();
        if (documents.size() > 1) {
            return refused(line_of(documents[1].Mark(), 1), "a second document begins here");
        }
        return Converter().convert(documents.front(), 1, 0);
    } catch (const YAML::Exception& exception) {
        if (exception.msg == YAML::ErrorMsg::DOC_IN_SCALAR) {
            return open_quotes(text, line_of(exception.mark, 1));
        }
        return refused(line_of(exception.mark, 1), exception.msg);
    } catch (const std::exception& exception) {
        return refused(1, exception.what());
    }
}

Json to_json(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::scalar:
            return node.scalar;
        case YamlNode::Kind::list: {
            auto array = Json::array();
            for (const auto& item : node.items) array.push_back(to_json(item));
            return array;
        }
        case YamlNode::Kind::map: {
            auto object = Json::object();
            for (const auto& [key, value] : node.fields) object[key.name] = to_json(value);
            return object;
        }
    }
    return {};
}

}  // namespace millrace::cli
