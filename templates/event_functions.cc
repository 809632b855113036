#include "templates/event_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/time_pattern.h"
#include "core/mapping/header_list.h"
#include "core/mapping/json_text.h"
#include "core/mapping/json_walk.h"
#include "core/mapping/jsonnet_text.h"
#include "core/mapping/path.h"

namespace millrace::templates {
namespace {

Error not_a_string(std::string_view what) {
    return Error(Code::invalid, fmt::format("{} must be a string", what));
}

std::string canonical(std::string_view name) {
    std::string out;
    mapping::append_canonical_header(out, name);
    return out;
}

// What is at one part of a path; nothing if it is missing.
std::optional<std::string_view> step_into(std::string_view json, const mapping::PathPart& part) {
    const bool is_object = json.front() == '{' && !part.index_only;
    const bool is_array = json.front() == '[' && part.index;
    if (!is_object && !is_array) return std::nullopt;
    std::uint32_t index = 0;
    std::string key;
    for (mapping::JsonItems items(json); items.next(); ++index) {
        if (is_array) {
            if (index == *part.index) return items.value();
            continue;
        }
        key.clear();
        mapping::append_unescaped(key, items.key());
        if (key == part.key) return items.value();
    }
    return std::nullopt;
}

std::string_view trimmed(std::string_view json) {
    constexpr std::string_view kSpace = " \t\r\n";
    json.remove_prefix(std::min(json.find_first_not_of(kSpace), json.size()));
    return json.substr(0, json.find_last_not_of(kSpace) + 1);
}

}  // namespace

EventFunctions::EventFunctions(Vm& vm, const std::string& suffix) : values_(vm.values()) {
    vm.add_native("ip" + suffix,
                  [this](const Argument&) { return text(record_->request->client_ip); });
    vm.add_native("now" + suffix, [this](const Argument& pattern) { return now(pattern); });
    vm.add_native("bodyStr" + suffix, [this](const Argument&) { return text(record_->body); });
    vm.add_native("headerStr" + suffix, [this](const Argument&) { return header_lines(); });
    vm.add_native("body" + suffix, [this](const Argument& path) { return body(path); });
    vm.add_native("header" + suffix, [this](const Argument& name) { return header(name); });
    vm.add_native(
        "whole" + suffix, [this](const Argument&) { return values_.boolean(true); },
        Vm::Parameters::with_end);
    vm.add_native("noPath" + suffix, [](const Argument& path) { return no_path(path); });
    vm.add_native("noHeader" + suffix, [](const Argument& name) { return no_header(name); });
}

void EventFunctions::begin(const TemplateRecord& record) {
    record_ = &record;
    numbers_.clear();
    needed_a_body_ = false;
}

Result<Value*> EventFunctions::text(std::string_view bytes) const {
    std::string out;
    mapping::append_utf8(out, bytes);
    return values_.string(out);
}

Result<Value*> EventFunctions::now(const Argument& pattern) const {
    if (!pattern) return not_a_string("format");
    TRY(check_time_pattern(*pattern));
    std::string out;
    append_time(out, record_->request->arrived_at, *pattern);
    return values_.string(out);
}

Result<Value*> EventFunctions::header_lines() const {
    std::string lines;
    for (const auto& [name, value] : record_->request->headers) {
        mapping::append_utf8(lines, name);
        lines += ": ";
        mapping::append_utf8(lines, value);
        lines += "\n";
    }
    return values_.string(lines);
}

Result<Value*> EventFunctions::no_path(const Argument& path) {
    return Error(Code::invalid,
                 fmt::format("path \"{}\" not found in the body", path.value_or("")));
}

Result<Value*> EventFunctions::no_header(const Argument& name) {
    return Error(Code::invalid,
                 fmt::format("header \"{}\" not found", canonical(name.value_or(""))));
}

Result<Value*> EventFunctions::all_headers() const {
    auto* const all = values_.object();
    for (const auto& [name, value] : record_->request->headers) {
        TRY_ASSIGN(auto* const made, text(value));
        TRY(values_.put(all, name, made));
    }
    return all;
}

Result<Value*> EventFunctions::header(const Argument& name) const {
    if (!name) return not_a_string("header");
    auto* const found = values_.array();
    if (name->empty()) {
        TRY_ASSIGN(auto* const all, all_headers());
        values_.append(found, all);
        return found;
    }
    const auto wanted = canonical(*name);
    for (const auto& [key, value] : record_->request->headers) {
        if (key != wanted) continue;
        TRY_ASSIGN(auto* const made, text(value));
        values_.append(found, made);
    }
    return found;
}

Result<Value*> EventFunctions::body(const Argument& path) {
    if (!path) return not_a_string("path");
    if (!record_->is_json && !record_->json) {
        needed_a_body_ = true;
        return Error(Code::invalid, "the body is not readable");
    }
    std::optional<std::string_view> json =
        trimmed(record_->is_json ? record_->body : *record_->json);
    if (!path->empty()) {
        TRY_ASSIGN(const auto parts, mapping::parse_path(*path));
        for (const auto& part : parts) {
            json = step_into(*json, part);
            if (!json) return values_.array();
        }
    }
    mapping::ContainerEnds ends(*json);
    TRY_ASSIGN(auto* const value, convert(*json, ends));
    auto* const found = values_.array();
    values_.append(found, value);
    return found;
}

Result<Value*> EventFunctions::convert(std::string_view json, mapping::ContainerEnds& ends) {
    switch (json.front()) {
        case '{':
            return convert_object(json, ends);
        case '[':
            return convert_array(json, ends);
        case '"':
            return values_.string(mapping::unquoted(json));
        case 't':
        case 'f':
            return values_.boolean(json.front() == 't');
        case 'n':
            return values_.null();
        default:
            return convert_number(json);
    }
}

Result<Value*> EventFunctions::convert_number(std::string_view json) {
    const auto number = mapping::jsonnet_double(json);
    if (!number) {
        return Error(Code::invalid,
                     fmt::format("a number of the body is too large for a template: {}",
                                 json.substr(0, 40)));
    }
    numbers_.add(json, *number);
    return values_.number(*number);
}

// Values of a conversion that fails are not freed: the failure ends the evaluation's process.
Result<Value*> EventFunctions::convert_array(std::string_view json, mapping::ContainerEnds& ends) {
    auto* const array = values_.array();
    for (mapping::JsonItems items(json, &ends); items.next();) {
        TRY_ASSIGN(auto* const item, convert(items.value(), ends));
        values_.append(array, item);
    }
    return array;
}

// Of the same key sent twice the first counts.
Result<Value*> EventFunctions::convert_object(std::string_view json, mapping::ContainerEnds& ends) {
    auto* const object = values_.object();
    std::set<std::string> keys;
    for (mapping::JsonItems items(json, &ends); items.next();) {
        std::string key;
        mapping::append_unescaped(key, items.key());
        if (!keys.insert(key).second) continue;
        TRY_ASSIGN(auto* const value, convert(items.value(), ends));
        TRY(values_.put(object, key, value));
    }
    return object;
}

}  // namespace millrace::templates
