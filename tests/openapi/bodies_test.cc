// Goal    the service takes exactly the request bodies that openapi.yaml describes.
// Method  Complete the example of each operation that has a body, so that it has every field. From
//         it make bodies that differ in one place, following the schema: what the schema allows
//         must pass, what it does not allow must be a 400 that names the field. Rules between
//         fields (a name that is there twice) are in the texts of the file and in the tests of the
//         resources.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tests/openapi/openapi_document.h"
#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using nlohmann::json;
using Place = json::json_pointer;

struct Variant {
    std::string what;
    json body;
    bool valid = true;
    std::string field;  // that the message must name
};

class Variants {
public:
    Variants(const json& document, const json& schema, json example)
        : document_(document), full_(std::move(example)) {
        complete(resolved(schema), full_);
        add("the example with all fields", full_, true, "");
        auto least = full_;
        reduce(resolved(schema), least);
        add("only what is required", least, true, "");
        walk(schema, Place(), "body");
    }

    const std::vector<Variant>& all() const { return variants_; }

private:
    const json& resolved(const json& schema) const {
        if (!schema.contains("$ref")) return schema;
        return document_.at(Place(schema.at("$ref").get<std::string>().substr(1)));
    }

    // The alternative of a oneOf whose `type` has the value's one.
    const json& alternative_for(const json& schema, const json& value) const {
        if (!schema.contains("oneOf")) return schema;
        for (const auto& choice : schema.at("oneOf")) {
            const auto& types = resolved(choice).at("properties").at("type").at("enum");
            if (std::find(types.begin(), types.end(), value.at("type")) != types.end()) {
                return resolved(choice);
            }
        }
        ADD_FAILURE() << "no alternative for " << value.dump();
        return schema;
    }

    // A part of a source whose combinations are its kind's, which has tests of its own.
    bool is_of_a_kind(const json& property) const {
        return resolved(property).value("x-is-of-a-kind", false);
    }

    json sample(const json& unresolved) const {
        const auto& schema = resolved(unresolved);
        if (schema.contains("example")) return schema.at("example");
        if (schema.contains("enum")) return schema.at("enum").front();
        const auto type = schema.value("type", "");
        if (type == "boolean") return true;
        if (type == "integer") return schema.value("minimum", 1);
        if (type == "array") return json::array();
        if (type == "object") {
            auto object = json::object();
            complete(schema, object);
            return object;
        }
        return "sample";
    }

    void complete(const json& unresolved, json& value) const {
        if (value.is_array()) {
            const auto& items = resolved(unresolved).at("items");
            for (auto& item : value) complete(resolved(items), item);
        }
        if (!value.is_object()) return;
        const auto& schema = alternative_for(resolved(unresolved), value);
        if (!schema.contains("properties")) return;
        for (const auto& [key, property] : schema.at("properties").items()) {
            if (is_of_a_kind(property)) continue;
            if (!value.contains(key)) value[key] = sample(property);
            complete(resolved(property), value[key]);
        }
    }

    void reduce(const json& unresolved, json& value) const {
        if (value.is_array()) {
            for (auto& item : value) reduce(resolved(resolved(unresolved).at("items")), item);
        }
        if (!value.is_object()) return;
        const auto& schema = alternative_for(resolved(unresolved), value);
        if (!schema.contains("properties")) return;  // of any fields
        const auto required = schema.value("required", json::array());
        for (const auto& [key, property] : schema.at("properties").items()) {
            if (std::find(required.begin(), required.end(), key) == required.end()) {
                value.erase(key);
            } else {
                reduce(resolved(property), value.at(key));
            }
        }
    }

    void add(std::string what, json body, bool valid, std::string field) {
        variants_.push_back({std::move(what), std::move(body), valid, std::move(field)});
    }

    void with(const Place& place, const json& value, bool valid, const std::string& field) {
        auto body = full_;
        body[place] = value;
        auto shown = value.dump();
        if (shown.size() > 40)
            shown = fmt::format("{}... ({} bytes)", shown.substr(0, 20), shown.size());
        add(fmt::format("{} = {}", place.to_string(), shown), std::move(body), valid, field);
    }

    void walk(const json& unresolved, const Place& place, const std::string& field) {
        const auto& value = full_.at(place);
        const auto& described = resolved(unresolved);
        if (!place.empty()) walk_types(described, place, field);
        if (value.is_string()) walk_text(described, place, field);
        if (value.is_array()) walk_array(described, place, field);
        if (value.is_object()) walk_object(described, place);
    }

    void walk_types(const json& schema, const Place& place, const std::string& field) {
        const std::array<std::pair<const char*, json>, 5> values = {{{"boolean", true},
                                                                     {"number", 7},
                                                                     {"string", "text"},
                                                                     {"array", json::array()},
                                                                     {"object", json::object()}}};
        std::vector<std::string> types;
        if (schema.contains("anyOf")) {
            for (const auto& choice : schema.at("anyOf")) {
                types.push_back(resolved(choice).at("type"));
            }
        } else {
            types.push_back(schema.contains("oneOf") ? "object"
                                                     : schema.at("type").get<std::string>());
        }
        for (const auto& [type, value] : values) {
            const bool is_number = std::string(type) == "number";
            const bool allowed = std::any_of(types.begin(), types.end(), [&](const auto& one) {
                return one == type || (is_number && one == "integer");
            });
            if (!allowed) with(place, value, false, field);
        }
        with(place, nullptr, schema.value("nullable", false), field);
    }

    void walk_text(const json& schema, const Place& place, const std::string& field) {
        const auto repeated = [](std::size_t times) {
            std::string text;
            for (std::size_t i = 0; i < times; ++i) text += "\u00e1";  // 2 bytes, 1 character
            return text;
        };
        if (is_key(place)) return;
        if (schema.contains("enum")) {
            for (const auto& choice : schema.at("enum")) with(place, choice, true, field);
            with(place, "another", false, field);
        } else if (schema.contains("pattern")) {
            with(place, "", false, field);
            with(place, "?!", false, field);
        } else {
            if (schema.contains("minLength")) {
                const auto least = schema.at("minLength").get<std::size_t>();
                with(place, repeated(least), true, field);
                with(place, repeated(least - 1), false, field);
            }
            if (schema.contains("maxLength")) {
                const auto most = schema.at("maxLength").get<std::size_t>();
                with(place, repeated(most), true, field);
                with(place, repeated(most + 1), false, field);
            }
        }
    }

    // Which value fits a key of settings is said in words.
    static bool is_key(const Place& place) { return place.back() == "key"; }

    void walk_array(const json& schema, const Place& place, const std::string& field) {
        const auto& value = full_.at(place);
        if (schema.contains("minItems")) {
            ASSERT_EQ(schema.at("minItems"), 1);
            with(place, json::array(), false, field);
        } else {
            with(place, json::array(), true, field);
        }
        if (schema.contains("maxItems")) {
            const auto most = schema.at("maxItems").get<std::size_t>();
            auto items = json::array();
            while (items.size() < most + 1) {
                auto item = value.empty() ? json("item") : value.front();
                if (item.contains("name")) item["name"] = fmt::format("c{}", items.size());
                if (items.size() == most && item.contains("name")) with(place, items, true, field);
                items.push_back(std::move(item));
            }
            with(place, items, false, field);
        }
        for (std::size_t i = 0; i < value.size(); ++i) {
            walk(schema.at("items"), place / i, fmt::format("[{}]", i));
        }
    }

    void walk_object(const json& described, const Place& place) {
        const auto& value = full_.at(place);
        const auto& schema = alternative_for(described, value);
        if (!schema.contains("properties")) return;  // of any fields
        const auto required = schema.value("required", json::array());
        const auto& properties = schema.at("properties");
        for (const auto& [key, property] : properties.items()) {
            if (is_of_a_kind(property)) continue;
            auto body = full_;
            body.at(place).erase(key);
            const bool optional =
                std::find(required.begin(), required.end(), key) == required.end();
            add(fmt::format("without {}/{}", place.to_string(), key), std::move(body), optional,
                key);
            walk(property, place / key, key);
        }
        ASSERT_EQ(schema.at("additionalProperties"), false);
        with(place / "unknownField", 1, false, "unknownField");
        for (const auto& other : described.value("oneOf", json::array())) {
            for (const auto& [key, property] : resolved(other).at("properties").items()) {
                if (!properties.contains(key)) with(place / key, sample(property), false, key);
            }
        }
    }

    const json& document_;
    json full_;
    std::vector<Variant> variants_;
};

// A schema cannot say that a default value is of the data type, what a template is, that a key
// has no NULL, which tokens have buckets, or that a source keeps its type: such a request may be
// refused by what the description says in words.
bool is_said_in_words(const Answer& answer) {
    const auto message = answer.message();
    return message.find(", in defaultValue.") != std::string::npos ||
           message.find(" template is invalid: ") != std::string::npos ||
           message.find("The type of the source is ") != std::string::npos ||
           message.find("Value of body.type must be one of \"http\" but got") == 0 ||
           message.find("Sources of type \"otlp\" are not available") == 0 ||
           message.find("CsvParser.") == 0 || message.find("There is no target ") == 0 ||
           message.find("must be an absolute one") != std::string::npos ||
           message.find(" is only for the role ") != std::string::npos ||
           message.find("\"buckets\" is missing") != std::string::npos ||
           message.find(" is in the primary key, so it cannot be nullable") != std::string::npos;
}

class BodiesTest : public ApiTest {
protected:
    Answer send(const std::string& method, std::string path, const std::string& body) {
        for (const auto& [parameter, value] :
             {std::pair("{branchId}", "default"), std::pair("{sourceId}", "my-source"),
              std::pair("{sinkId}", "my-sink")}) {
            const auto at = path.find(parameter);
            if (at != std::string::npos) path.replace(at, std::string(parameter).size(), value);
        }
        Request request;
        request.method = method;
        request.path = path;
        request.storage_token = "secret-token";
        request.body = body;
        const auto response = plane_.handle(request);
        return {.status = response.status, .body = response.body, .headers = {}};
    }
};

TEST_F(BodiesTest, AreTakenAsTheFileDescribesThem) {
    make_source_and_sink();
    const auto document = openapi::document();
    std::size_t operations = 0;
    for (const auto& [path, item] : document.at("paths").items()) {
        for (const auto& [method, operation] : item.items()) {
            if (!operation.contains("requestBody")) continue;
            const auto& content = operation.at("requestBody").at("content");
            if (!content.contains("application/json")) continue;
            const auto& body = content.at("application/json");
            if (!body.contains("example")) continue;
            const auto& schema = body.at("schema");
            if (schema.empty()) continue;  // anything
            const std::string verb = method == "post"    ? "POST"
                                     : method == "patch" ? "PATCH"
                                                         : "PUT";
            ++operations;
            std::size_t refused = 0;
            const Variants variants(document, schema, body.at("example"));
            for (const auto& variant : variants.all()) {
                SCOPED_TRACE(fmt::format("{} {}: {}", verb, path, variant.what));
                const auto answer = send(verb, path, variant.body.dump());
                if (variant.valid) {
                    EXPECT_TRUE(answer.status != 400 || is_said_in_words(answer)) << answer.body;
                    EXPECT_LT(answer.status, 500) << answer.body;
                } else {
                    ++refused;
                    EXPECT_EQ(answer.status, 400) << answer.body;
                    EXPECT_NE(answer.message().find(variant.field), std::string::npos)
                        << answer.body << " does not name " << variant.field;
                }
            }
            EXPECT_GT(refused, 8U) << verb << " " << path;
        }
    }
    EXPECT_GE(operations, 5U);
    settle();  // what was taken is work of the plane: it ends before the plane does
}

}  // namespace
}  // namespace millrace::control
