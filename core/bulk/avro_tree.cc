#include "core/bulk/avro_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "core/base/shown_text.h"

namespace millrace::bulk {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShown = 100;
constexpr std::size_t kNodesMax = 100'000;
constexpr std::size_t kDepthMax = 200;
constexpr std::size_t kFixedBytesMax = 16 << 20;
constexpr std::size_t kScaleMax = 1'000;

Error invalid(std::string text) {
    return Error(Code::invalid, std::move(text));
}

struct Plain {
    std::string_view name;
    AvroKind kind;
};
constexpr std::array<Plain, 8> kPlain = {{{"null", AvroKind::null},
                                          {"boolean", AvroKind::boolean},
                                          {"int", AvroKind::int32},
                                          {"long", AvroKind::int64},
                                          {"float", AvroKind::float32},
                                          {"double", AvroKind::float64},
                                          {"string", AvroKind::string},
                                          {"bytes", AvroKind::bytes}}};

struct Logical {
    std::string_view name;
    AvroKind base;
    AvroKind kind;
};
constexpr std::array<Logical, 7> kLogical = {{
    {"date", AvroKind::int32, AvroKind::date},
    {"time-millis", AvroKind::int32, AvroKind::time_millis},
    {"time-micros", AvroKind::int64, AvroKind::time_micros},
    {"timestamp-millis", AvroKind::int64, AvroKind::timestamp_millis},
    {"timestamp-micros", AvroKind::int64, AvroKind::timestamp_micros},
    {"local-timestamp-millis", AvroKind::int64, AvroKind::timestamp_millis},
    {"local-timestamp-micros", AvroKind::int64, AvroKind::timestamp_micros},
}};

std::string text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::size_t> size_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::size_t>();
}

class TreeParser {
public:
    Result<AvroTree> parse(std::string_view json, std::span<const std::string> references) {
        for (const auto& reference : references) TRY(parse_whole(reference));
        TRY_ASSIGN(tree_.root, parse_whole(json));
        return std::move(tree_);
    }

private:
    Result<std::size_t> parse_whole(std::string_view json) {
        // The name of a primitive type may stand alone, also without quotes.
        const auto* const plain = std::ranges::find(kPlain, json, &Plain::name);
        if (plain != kPlain.end()) return add({.kind = plain->kind});
        const auto schema = Json::parse(json, nullptr, false);
        if (schema.is_discarded()) return invalid("The Avro schema is no JSON.");
        return parse_type(schema, "", 0);
    }

    Result<std::size_t> add(AvroNode node) {
        if (tree_.nodes.size() == kNodesMax) return invalid("The Avro schema has too many types.");
        tree_.nodes.push_back(std::move(node));
        return tree_.nodes.size() - 1;
    }

    // `space` is the namespace that names without one are of.
    Result<std::size_t> parse_type(const Json& type, const std::string& space, std::size_t depth) {
        if (depth > kDepthMax) return invalid("The Avro schema is nested too deep.");
        if (type.is_string()) return parse_name(type.get<std::string>(), space);
        if (type.is_array()) return parse_union(type, space, depth);
        if (!type.is_object()) return no_type(type);
        const auto base = type.find("type");
        if (base == type.end()) return no_type(type);
        if (!base->is_string()) return parse_type(*base, space, depth + 1);
        const auto name = base->get<std::string>();
        if (name == "record" || name == "error") return parse_record(type, space, depth);
        if (name == "enum") return parse_enumeration(type, space);
        if (name == "fixed") return parse_fixed(type, space);
        if (name == "array") return parse_items(type, AvroKind::array, "items", space, depth);
        if (name == "map") return parse_items(type, AvroKind::map, "values", space, depth);
        TRY_ASSIGN(const auto node, parse_name(name, space));
        return with_logical_type(node, type);
    }

    Result<std::size_t> parse_name(const std::string& name, const std::string& space) {
        const auto* const plain = std::ranges::find(kPlain, name, &Plain::name);
        if (plain != kPlain.end()) return add({.kind = plain->kind});
        for (const auto& full : {space.empty() ? name : space + "." + name, name}) {
            const auto known = named_.find(full);
            if (known != named_.end()) return known->second;
        }
        return invalid(fmt::format("The Avro schema has no type \"{}\".", shortened(name, kShown)));
    }

    Result<std::size_t> parse_union(const Json& branches, const std::string& space,
                                    std::size_t depth) {
        if (branches.empty()) return invalid("The Avro schema has a union without a type.");
        AvroNode node{.kind = AvroKind::one_of};
        for (const auto& branch : branches) {
            if (branch.is_array()) return invalid("The Avro schema has a union in a union.");
            TRY_ASSIGN(const auto item, parse_type(branch, space, depth + 1));
            node.items.push_back(item);
        }
        return add(std::move(node));
    }

    Result<std::size_t> parse_items(const Json& type, AvroKind kind, const char* key,
                                    const std::string& space, std::size_t depth) {
        const auto items = type.find(key);
        if (items == type.end()) return no_type(type);
        TRY_ASSIGN(const auto item, parse_type(*items, space, depth + 1));
        return add({.kind = kind, .items = {item}});
    }

    Result<std::size_t> parse_record(const Json& type, const std::string& outer,
                                     std::size_t depth) {
        const auto fields = type.find("fields");
        if (fields == type.end() || !fields->is_array()) return no_type(type);
        TRY_ASSIGN(const auto name, declare(type, outer, {.kind = AvroKind::record}));
        const auto node = named_.at(name);
        const auto dot = name.rfind('.');
        const auto space = dot == std::string::npos ? std::string() : name.substr(0, dot);
        std::vector<AvroNode::Field> found;
        std::set<std::string> names;
        for (const auto& field : *fields) {
            auto field_name = field.is_object() ? text_of(field, "name") : "";
            if (field_name.empty() || !field.contains("type")) {
                return invalid(
                    fmt::format("A field of \"{}\" in the Avro schema has no name, or "
                                "no type.",
                                shortened(name, kShown)));
            }
            if (!names.insert(field_name).second) {
                return invalid(fmt::format("The Avro schema has the field \"{}\" twice.",
                                           shortened(field_name, kShown)));
            }
            TRY_ASSIGN(const auto item, parse_type(field.at("type"), space, depth + 1));
            found.push_back({.name = std::move(field_name), .node = item});
        }
        tree_.nodes[node].fields = std::move(found);
        return node;
    }

    Result<std::size_t> parse_enumeration(const Json& type, const std::string& space) {
        const auto symbols = type.find("symbols");
        if (symbols == type.end() || !symbols->is_array()) return no_type(type);
        AvroNode node{.kind = AvroKind::enumeration};
        for (const auto& symbol : *symbols) {
            if (!symbol.is_string()) return no_type(type);
            node.symbols.push_back(symbol.get<std::string>());
        }
        TRY_ASSIGN(const auto name, declare(type, space, std::move(node)));
        return named_.at(name);
    }

    Result<std::size_t> parse_fixed(const Json& type, const std::string& space) {
        const auto size = size_of(type, "size");
        if (!size || *size > kFixedBytesMax) return no_type(type);
        AvroNode node{.kind = AvroKind::fixed, .size = *size};
        set_decimal(node, type);
        TRY_ASSIGN(const auto name, declare(type, space, std::move(node)));
        return named_.at(name);
    }

    // Makes a named type known. Returns its full name.
    Result<std::string> declare(const Json& type, const std::string& outer, AvroNode node) {
        auto name = text_of(type, "name");
        if (name.empty()) return no_type(type);
        if (name.find('.') == std::string::npos) {
            const auto own = type.find("namespace");
            const auto space =
                own != type.end() && own->is_string() ? own->get<std::string>() : outer;
            if (!space.empty()) name = space + "." + name;
        }
        if (named_.contains(name)) {
            return invalid(
                fmt::format("The Avro schema has the type \"{}\" twice.", shortened(name, kShown)));
        }
        TRY_ASSIGN(const auto number, add(std::move(node)));
        named_.emplace(name, number);
        return name;
    }

    static void set_decimal(AvroNode& node, const Json& type) {
        if (text_of(type, "logicalType") != "decimal") return;
        const auto precision = size_of(type, "precision");
        const auto scale =
            type.contains("scale") ? size_of(type, "scale") : std::optional<std::size_t>(0);
        if (!precision || *precision == 0 || !scale || *scale > *precision || *scale > kScaleMax) {
            return;
        }
        node.kind = node.kind == AvroKind::fixed ? AvroKind::fixed_decimal : AvroKind::decimal;
        node.scale = *scale;
    }

    // The node, or one more of the logical type that `type` says.
    Result<std::size_t> with_logical_type(std::size_t number, const Json& type) {
        const auto name = text_of(type, "logicalType");
        if (name.empty()) return number;
        AvroNode node{.kind = tree_.nodes[number].kind};
        if (node.kind == AvroKind::bytes) {
            set_decimal(node, type);
            return node.kind == AvroKind::bytes ? Result<std::size_t>(number)
                                                : add(std::move(node));
        }
        for (const auto& logical : kLogical) {
            if (logical.name == name && logical.base == node.kind) {
                return add({.kind = logical.kind});
            }
        }
        return number;
    }

    static Error no_type(const Json& type) {
        return invalid(fmt::format(
            "The Avro schema has a type that is none: {}",
            shortened(type.dump(-1, ' ', false, Json::error_handler_t::replace), kShown)));
    }

    AvroTree tree_;
    std::map<std::string, std::size_t> named_;  // by full names
};

}  // namespace

Result<AvroTree> parse_avro_tree(std::string_view json, std::span<const std::string> references) {
    return TreeParser().parse(json, references);
}

}  // namespace millrace::bulk
