// Goal    openapi.yaml lists the routes of the service, no more and no less, and everybody can read
// it.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "core/model/http_settings.h"
#include "core/model/settings.h"
#include "tests/openapi/openapi_document.h"
#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using nlohmann::json;

constexpr const char* kFolder = "/v1/documentation/";

class DocumentationTest : public ApiTest {
protected:
    Answer open(const std::string& path) { return call("GET", path, "", {}); }
};

std::string header(const Answer& answer, const std::string& name) {
    const auto found = answer.headers.find(name);
    return found == answer.headers.end() ? "" : found->second;
}

// "GET /v1/tasks/{taskId}", and whether it needs a token.
std::set<std::pair<std::string, bool>> documented_routes() {
    std::set<std::pair<std::string, bool>> routes;
    const auto document = openapi::document();
    for (const auto& [path, item] : document.at("paths").items()) {
        for (const auto& [method, operation] : item.items()) {
            if (method == "parameters") continue;
            std::string name = method;
            std::transform(name.begin(), name.end(), name.begin(),
                           [](char c) { return static_cast<char>(c - 'a' + 'A'); });
            routes.emplace(name + " " + path, operation.value("security", json()) != json::array());
        }
    }
    return routes;
}

std::set<std::pair<std::string, bool>> served_routes(const Router& router) {
    std::set<std::pair<std::string, bool>> routes;
    for (const auto& endpoint : router.endpoints()) {
        auto path = fmt::format("/{}", fmt::join(endpoint.segments, "/"));
        if (const auto star = path.find("{*"); star != std::string::npos) path.erase(star + 1, 1);
        routes.emplace(endpoint.method + " " + path, endpoint.access != Access::open);
    }
    return routes;
}

TEST_F(DocumentationTest, ListsTheRoutesThatAreServedAndNoOthers) {
    const auto documented = documented_routes();
    const auto served = served_routes(plane_.router());
    for (const auto& route : served) {
        EXPECT_TRUE(documented.contains(route))
            << route.first << (route.second ? " with" : " without")
            << " a token: not in openapi.yaml";
    }
    for (const auto& route : documented) {
        EXPECT_TRUE(served.contains(route))
            << route.first << (route.second ? " with" : " without") << " a token: not served";
    }
    EXPECT_GT(documented.size(), 20U);
}

// "GET /v1/tasks" with the names that its query may have; of those that want a token.
std::map<std::string, std::set<std::string>> documented_queries() {
    std::map<std::string, std::set<std::string>> queries;
    const auto document = openapi::document();
    const auto add = [&](const json& parameters, std::set<std::string>& names) {
        for (const auto& given : parameters) {
            const auto& parameter =
                given.contains("$ref")
                    ? document.at(json::json_pointer(given.at("$ref").get<std::string>().substr(1)))
                    : given;
            if (parameter.at("in") == "query")
                names.insert(parameter.at("name").get<std::string>());
        }
    };
    for (const auto& [path, item] : document.at("paths").items()) {
        for (const auto& [method, operation] : item.items()) {
            if (method == "parameters" || operation.value("security", json()) == json::array()) {
                continue;
            }
            std::string name = method;
            std::ranges::transform(name, name.begin(),
                                   [](char c) { return static_cast<char>(c - 'a' + 'A'); });
            auto& names = queries[name + " " + path];
            add(item.value("parameters", json::array()), names);
            add(operation.value("parameters", json::array()), names);
        }
    }
    return queries;
}

// Goal    a client may send each parameter that the file names, and is told of any other.
TEST_F(DocumentationTest, NamesTheParametersOfQueriesThatAreTakenAndNoOthers) {
    const auto documented = documented_queries();
    std::size_t compared = 0;
    for (const auto& endpoint : plane_.router().endpoints()) {
        if (endpoint.access == Access::open) continue;
        auto path = fmt::format("/{}", fmt::join(endpoint.segments, "/"));
        if (const auto star = path.find("{*"); star != std::string::npos) path.erase(star + 1, 1);
        const auto route = endpoint.method + " " + path;
        if (endpoint.takes_any_query()) {
            EXPECT_TRUE(path.ends_with("/test")) << route;
            continue;
        }
        const auto taken = endpoint.query_names();
        EXPECT_EQ(std::set<std::string>(taken.begin(), taken.end()), documented.at(route)) << route;
        ++compared;
    }
    EXPECT_GT(compared, 50U);
}

TEST_F(DocumentationTest, ServesTheFileInFourForms) {
    for (const auto* name : {"openapi.json", "openapi3.json"}) {
        const auto answer = open(std::string(kFolder) + name);
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(header(answer, "Content-Type"), "application/json");
        EXPECT_EQ(answer.json().value("openapi", ""), "3.0.3");
    }
    for (const auto* name : {"openapi.yaml", "openapi3.yaml"}) {
        const auto answer = open(std::string(kFolder) + name);
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(header(answer, "Content-Type"), "application/yaml");
        EXPECT_NE(answer.body.find("\nopenapi: 3.0.3\n"), std::string::npos);
    }
}

TEST_F(DocumentationTest, TheConversionKeepsTheTypesOfValues) {
    const auto document = openapi::document();
    EXPECT_EQ(document.at("/info/version"_json_pointer), "1");
    EXPECT_EQ(document.at("/components/parameters/Limit/schema/maximum"_json_pointer), 100);
    EXPECT_EQ(document.at("/components/parameters/AfterId/schema/default"_json_pointer), "");
    EXPECT_EQ(document.at("/components/schemas/Stamp/additionalProperties"_json_pointer), false);
    EXPECT_TRUE(
        document.at("/paths/~1v1~1documentation/get/responses"_json_pointer).contains("301"));
}

// The kinds of answers behind a wait, of each call that may answer with a task that runs.
TEST_F(DocumentationTest, EveryCallThatAnswersWithATaskTakesWait) {
    const auto document = openapi::document();
    const json wait = {{"$ref", "#/components/parameters/Wait"}};
    const json finished = {{"$ref", "#/components/responses/FinishedTask"}};
    int calls = 0;
    for (const auto& [path, item] : document.at("paths").items()) {
        for (const auto& [method, operation] : item.items()) {
            if (method == "parameters" || !operation.at("responses").contains("202")) continue;
            ++calls;
            const auto parameters = operation.value("parameters", json::array());
            EXPECT_NE(std::find(parameters.begin(), parameters.end(), wait), parameters.end())
                << method << " " << path;
            EXPECT_EQ(operation.at("responses").value("200", json()), finished)
                << method << " " << path;
        }
    }
    EXPECT_GT(calls, 15);
}

TEST_F(DocumentationTest, NamesTheKeysOfAllSettings) {
    const auto document = openapi::document();
    const auto& key =
        document.at("/components/schemas/GivenSettings/items/properties/key/enum"_json_pointer);
    const std::set<std::string> named(key.begin(), key.end());
    std::set<std::string> known;
    for (const auto specs : {setting_specs(), http_setting_specs()}) {
        for (const auto& spec : specs) known.emplace(spec.key);
    }
    EXPECT_EQ(named, known);
}

TEST_F(DocumentationTest, TheRootOfTheApiLinksAPageThatIsThere) {
    auto link = open("/v1").json().value("documentation", "");
    const std::string host = "https://api.example";
    ASSERT_TRUE(link.starts_with(host)) << link;
    const auto redirect = open(link.substr(host.size()));
    EXPECT_EQ(redirect.status, 301);
    const auto page = open(header(redirect, "Location"));
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(header(page, "Content-Type"), "text/html; charset=utf-8");
    EXPECT_NE(page.body.find("<title>Millrace REST API</title>"), std::string::npos);
}

TEST_F(DocumentationTest, ThePageTakesNothingFromOtherHosts) {
    const auto page = open(kFolder);
    EXPECT_TRUE(header(page, "Content-Security-Policy").starts_with("default-src 'self';"));
    EXPECT_EQ(page.body.find("//"), std::string::npos) << page.body;
    if (openapi::file_named("swagger-ui-bundle.js").empty()) {
        EXPECT_NE(page.body.find("not part of this build"), std::string::npos);
        EXPECT_EQ(open(std::string(kFolder) + "start.js").error(), "stream.api.endpointNotFound");
        GTEST_SKIP()
            << "this build has no page: swagger-ui-dist was not there when it was configured";
    }
    for (const auto* name : {"start.js", "swagger-ui.css", "swagger-ui-bundle.js"}) {
        EXPECT_NE(page.body.find("\"" + std::string(name) + "\""), std::string::npos) << name;
        EXPECT_EQ(open(std::string(kFolder) + name).status, 200) << name;
    }
}

TEST_F(DocumentationTest, AFileThatIsNotOfThePageIsNotFound) {
    for (const auto* path : {"absent.html", "..%2f..%2fetc%2fpasswd", "openapi.json/", "x"}) {
        const auto answer = open(std::string(kFolder) + path);
        EXPECT_EQ(answer.status, 404) << path;
        EXPECT_EQ(answer.error(), "stream.api.endpointNotFound");
    }
}

}  // namespace
}  // namespace millrace::control
