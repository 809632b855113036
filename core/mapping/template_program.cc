#include "core/mapping/template_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/error_names.h"
#include "core/base/time_pattern.h"
#include "core/mapping/json_text.h"
#include "core/mapping/json_walk.h"
#include "core/mapping/jsonnet_text.h"
#include "core/mapping/scratch.h"
#include "core/mapping/utf8.h"

namespace millrace::mapping {
namespace {

using Kind = TemplateNode::Kind;

Error failed(std::string cause) {
    return Error(Code::invalid, std::move(cause)).named(error_names::kInTemplateFailed);
}

std::string_view type_name(std::string_view json) {
    switch (json.front()) {
        case 't':
        case 'f':
            return "boolean";
        case 'n':
            return "null";
        default:
            return "number";
    }
}

Result<std::string_view> field_of(std::string_view object, const std::string& name) {
    std::string key;
    for (JsonItems items(object); items.next();) {
        key.clear();
        append_unescaped(key, items.key());
        if (key == name) return items.value();
    }
    return failed(fmt::format("field does not exist: {}", name));
}

Result<std::string_view> element_of(std::string_view array, std::size_t index) {
    std::size_t count = 0;
    for (JsonItems items(array); items.next(); ++count) {
        if (count == index) return items.value();
    }
    return failed(fmt::format("array bounds error: {} not within [0, {})", index, count));
}

// One character of a string, as a JSON string.
Result<std::string> character_of(std::string_view quoted, std::size_t index) {
    const auto text = unquoted(quoted);
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
        const auto bytes = utf8_sequence_bytes(std::string_view(text).substr(at));
        if (count == index) {
            std::string character;
            append_jsonnet_string(character, std::string_view(text).substr(at, bytes));
            return character;
        }
        at += bytes;
    }
    return failed(fmt::format("string bounds error: {} not within [0, {})", index, count));
}

// What is in `json` at `step`; `made` holds it if it is not a part of `json`.
Result<std::string_view> take_step(std::string_view json, const TemplateStep& step,
                                   std::string& made) {
    const auto* const name = std::get_if<std::string>(&step);
    const auto* const index = std::get_if<std::size_t>(&step);
    switch (json.front()) {
        case '{':
            if (name != nullptr) return field_of(json, *name);
            return failed("object index must be string, got number.");
        case '[':
            if (index != nullptr) return element_of(json, *index);
            return failed(fmt::format("attempted index an array with string \"{}\".", *name));
        case '"': {
            if (index == nullptr) return failed("string index must be a number, got string.");
            TRY_ASSIGN(made, character_of(json, *index));
            return std::string_view(made);
        }
        default:
            return failed(fmt::format("can only index objects, strings, and arrays, got {}.",
                                      type_name(json)));
    }
}

bool is_body_readable(const Scratch& scratch) {
    return scratch.body == BodyState::read;
}

// A path finds the element 5 of an array by the key "5" too, Jsonnet does not.
bool can_be_path(const std::vector<TemplateStep>& steps) {
    return !steps.empty() && std::none_of(steps.begin(), steps.end(), [](const TemplateStep& step) {
        const auto* const name = std::get_if<std::string>(&step);
        return name != nullptr && name->find_first_not_of("0123456789") == std::string::npos;
    });
}

PathPart part_of(const TemplateStep& step) {
    if (const auto* const name = std::get_if<std::string>(&step)) {
        return {.key = *name, .index = std::nullopt};
    }
    const auto index = static_cast<std::uint32_t>(std::get<std::size_t>(step));
    return {.key = std::to_string(index), .index = index, .index_only = true};
}

class Evaluation {
public:
    Evaluation(Scratch& scratch, std::uint64_t bytes_max)
        : scratch_(scratch), bytes_max_(bytes_max) {}

    // Appends the value as JSON.
    Result<void> print(const TemplateNode& node, JsonnetStyle style, std::string& out) {
        TRY(print_unbounded(node, style, out));
        return within_limit(out);
    }

    // Appends what `'' + value` is.
    Result<void> join(const TemplateNode& node, std::string& out) {
        TRY(join_unbounded(node, out));
        return within_limit(out);
    }

    // Appends a string as what it means, any other value as JSON.
    Result<void> print_raw(const TemplateNode& node, std::string& out) {
        if (is_fallback(node)) return print_raw(*node.fallback, out);
        switch (node.kind) {
            case Kind::constant:
            case Kind::object:
            case Kind::array:
                return print(node, JsonnetStyle::value, out);
            case Kind::body:
            case Kind::headers: {
                std::string made;
                TRY_ASSIGN(const auto json, found(node, made));
                if (json.front() != '"') return print(node, JsonnetStyle::value, out);
                append_decoded(json, out);
                return within_limit(out);
            }
            case Kind::string:
            case Kind::ip:
            case Kind::now:
            case Kind::body_str:
            case Kind::header:
            case Kind::header_str:
            case Kind::concat:
                break;
        }
        return join(node, out);
    }

private:
    Result<void> within_limit(const std::string& out) const {
        if (out.size() <= bytes_max_) return {};
        return Error(Code::too_large, "the template's value is too large");
    }

    // Whether the default is the value.
    bool is_fallback(const TemplateNode& node) {
        if (node.fallback == nullptr) return false;
        if (node.kind == Kind::header) return scratch_.headers().find(node.text) == nullptr;
        return is_body_readable(scratch_) && !scratch_.json.value(node.slot).found();
    }

    // The JSON value of a body or headers node; `made` may hold it.
    Result<std::string_view> found(const TemplateNode& node, std::string& made) {
        std::string_view json;
        if (node.kind == Kind::headers) {
            json = scratch_.headers_json();
        } else {
            if (!is_body_readable(scratch_))
                return Error(Code::invalid, "the body is not readable");
            const auto& value = scratch_.json.value(node.slot);
            if (!value.found()) {
                return failed(fmt::format("path \"{}\" not found in the body", node.text));
            }
            const auto& last = node.last_slot ? scratch_.json.value(*node.last_slot) : value;
            if (scratch_.is_broken(last.found() ? last : value)) {
                return broken_value(scratch_.form.problem());
            }
            if (node.last_slot && last.found()) return last.text();
            json = value.text();  // the steps lead nowhere or into a string: find out
        }
        for (const auto& step : node.steps) {
            TRY_ASSIGN(json, take_step(json, step, made));
        }
        return json;
    }

    Result<std::string_view> header(const TemplateNode& node) {
        const auto* const value = scratch_.headers().find(node.text);
        if (value == nullptr) return failed(fmt::format("header \"{}\" not found", node.text));
        return *value;
    }

    static void append_decoded(std::string_view quoted, std::string& out) {
        append_unescaped(out, quoted.substr(1, quoted.size() - 2));
    }

    Result<void> print_unbounded(const TemplateNode& node, JsonnetStyle style, std::string& out) {
        const bool spaced = style == JsonnetStyle::to_string;
        switch (node.kind) {
            case Kind::constant:
                out.append(node.text);
                return {};
            case Kind::string:
            case Kind::ip:
            case Kind::now:
            case Kind::body_str:
            case Kind::header_str:
            case Kind::concat: {
                std::string text;
                TRY(join(node, text));
                append_jsonnet_string(out, text);
                return {};
            }
            case Kind::header: {
                if (is_fallback(node)) return print(*node.fallback, style, out);
                TRY_ASSIGN(const auto value, header(node));
                append_jsonnet_string(out, value);
                return {};
            }
            case Kind::body:
            case Kind::headers: {
                if (is_fallback(node)) return print(*node.fallback, style, out);
                std::string made;
                TRY_ASSIGN(const auto json, found(node, made));
                return append_value(json, style, out);
            }
            case Kind::object:
            case Kind::array:
                break;
        }
        const bool object = node.kind == Kind::object;
        out.push_back(object ? '{' : '[');
        for (std::size_t i = 0; i < node.children.size(); ++i) {
            if (i > 0) out.append(spaced ? ", " : ",");
            if (object) {
                append_jsonnet_string(out, node.names[i]);
                out.append(spaced ? ": " : ":");
            }
            TRY(print(node.children[i], style, out));
        }
        if (node.children.empty() && spaced) out.push_back(' ');
        out.push_back(object ? '}' : ']');
        return {};
    }

    Result<void> join_unbounded(const TemplateNode& node, std::string& out) {
        switch (node.kind) {
            case Kind::string:
                out.append(node.text);
                return {};
            case Kind::ip:
                out.append(scratch_.record.client_ip);
                return {};
            case Kind::now:
                append_time(out, scratch_.record.arrived_at, node.text);
                return {};
            case Kind::body_str:
                append_utf8(out, scratch_.record.body);
                return {};
            case Kind::header_str:
                for (const auto& header : scratch_.headers().items()) {
                    append_utf8(out, header.name);
                    out.append(": ");
                    append_utf8(out, header.value);
                    out.push_back('\n');
                }
                return {};
            case Kind::header: {
                if (is_fallback(node)) return join(*node.fallback, out);
                TRY_ASSIGN(const auto value, header(node));
                append_utf8(out, value);
                return {};
            }
            case Kind::concat:
                return join_all(node.children, out);
            case Kind::body:
            case Kind::headers: {
                if (is_fallback(node)) return join(*node.fallback, out);
                std::string made;
                TRY_ASSIGN(const auto json, found(node, made));
                if (json.front() != '"') return append_value(json, JsonnetStyle::to_string, out);
                append_decoded(json, out);
                return {};
            }
            case Kind::constant:
            case Kind::object:
            case Kind::array:
                break;
        }
        return print(node, JsonnetStyle::to_string, out);
    }

    // Jsonnet evaluates both sides of a "+" before it looks into an array or object, so of two
    // errors the one on the right comes first there.
    Result<void> join_all(const std::vector<TemplateNode>& nodes, std::string& out) {
        std::size_t done = 0;
        if (is_composed(nodes[0])) {
            std::string right;
            TRY(join(nodes[1], right));
            TRY(join(nodes[0], out));
            out += right;
            done = 2;
        }
        for (; done < nodes.size(); ++done) TRY(join(nodes[done], out));
        return {};
    }

    // Whether the value is an array or object that the template itself makes.
    bool is_composed(const TemplateNode& node) {
        if (is_fallback(node)) return is_composed(*node.fallback);
        return node.kind == Kind::array || node.kind == Kind::object;
    }

    Result<void> append_value(std::string_view json, JsonnetStyle style, std::string& out) const {
        auto appended = append_jsonnet(out, json, style, bytes_max_);
        if (appended.ok() || appended.error().code() == Code::too_large) return appended;
        return failed(appended.error().client_text());
    }

    Scratch& scratch_;
    const std::uint64_t bytes_max_;
};

void set_slots_of(TemplateNode& node, const TemplateProgram::SlotOf& slot_of) {
    if (node.kind == Kind::body) {
        auto path = node.text.empty() ? Path{} : parse_path(node.text).value();
        node.slot = slot_of(path);
        for (const auto& step : node.steps) path.push_back(part_of(step));
        if (can_be_path(node.steps)) node.last_slot = slot_of(std::move(path));
    }
    if (node.fallback != nullptr) set_slots_of(*node.fallback, slot_of);
    for (auto& child : node.children) set_slots_of(child, slot_of);
}

}  // namespace

Result<TemplateProgram> TemplateProgram::compile(std::string_view text) {
    auto parsed = parse_template(text);
    if (auto* const problem = std::get_if<TemplateProblem>(&parsed)) {
        return Error(Code::invalid, std::move(problem->text));
    }
    return TemplateProgram(std::move(std::get<TemplateNode>(parsed)));
}

void TemplateProgram::set_slots(const SlotOf& slot_of) {
    set_slots_of(root_, slot_of);
}

Result<void> TemplateProgram::evaluate(Scratch& scratch, const Options& options,
                                       std::string& out) const {
    out.clear();
    Evaluation evaluation(scratch, options.bytes_max);
    if (options.raw_string) return evaluation.print_raw(root_, out);
    return evaluation.print(root_, JsonnetStyle::value, out);
}

}  // namespace millrace::mapping
