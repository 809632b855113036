// Goal    what is no answer of this API is an error that names the remedy, and never an empty list
//         or a change that was made.
// Method  a server that answers everything alike.
#include "api/cli/api_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <string>
#include <thread>
#include <vector>

namespace millrace::cli {
namespace {

using testing::HasSubstr;

struct Alike {
    int status = 200;
    std::string body;
    std::string location = {};
};

class AlikeServer {
public:
    explicit AlikeServer(Alike alike) : alike_(std::move(alike)) {
        server_.set_pre_routing_handler([this](const auto&, httplib::Response& response) {
            response.status = alike_.status;
            if (!alike_.location.empty()) response.set_header("Location", alike_.location);
            response.set_content(alike_.body, "application/json");
            return httplib::Server::HandlerResponse::Handled;
        });
        port_ = server_.bind_to_any_port("127.0.0.1");
        thread_ = std::thread([this] { server_.listen_after_bind(); });
    }
    ~AlikeServer() {
        while (!server_.is_running()) std::this_thread::yield();
        server_.stop();
        thread_.join();
    }
    AlikeServer(const AlikeServer&) = delete;
    AlikeServer& operator=(const AlikeServer&) = delete;

    ApiClient client(const std::string& path = "/mill") const {
        config::ServicePlace place;
        place.api = "http://127.0.0.1:" + std::to_string(port_) + path;
        place.token = "token";
        return ApiClient::open(place).value();
    }

private:
    const Alike alike_;
    httplib::Server server_;
    int port_ = 0;
    std::thread thread_;
};

// What each way to ask says; empty: it has taken the answer for one of the API.
std::vector<std::string> said_of_all(ApiClient& api) {
    std::vector<std::string> said;
    const auto add = [&](const auto& result) {
        said.push_back(result.ok() ? std::string() : result.error().client_text());
    };
    add(api.list("/branches/default/sources", "sources"));
    add(api.get("/volumes", "volumes"));
    add(api.get_source("shop"));
    add(api.post("/tokens", Json::object(), "token"));
    add(api.change("POST", "/branches/default/sources", Json::object()));
    add(api.remove("/tokens/x"));
    return said;
}

TEST(ApiClientTest, WhatIsNoAnswerOfTheApiIsAnError) {
    for (const auto& alike : std::vector<Alike>{
             {.status = 200, .body = "{}"},
             {.status = 200, .body = ""},
             {.status = 200, .body = "<html>"},
             {.status = 200, .body = "[]"},
             {.status = 200, .body = R"({"status": "up"})"},
             {.status = 404, .body = "not here"},
             {.status = 307, .body = "", .location = "/elsewhere"},
             {.status = 304, .body = ""},
         }) {
        SCOPED_TRACE(alike.body + std::to_string(alike.status));
        const AlikeServer server(alike);
        auto api = server.client();
        for (const auto& text : said_of_all(api)) EXPECT_THAT(text, HasSubstr("--api"));
    }
}

TEST(ApiClientTest, AListThatIsNoneIsNotEmpty) {
    const AlikeServer server({.status = 200, .body = R"({"sources": {}})"});
    auto api = server.client();
    EXPECT_FALSE(api.list("/branches/default/sources", "sources").ok());
}

TEST(ApiClientTest, WhoNamesTheVersionTooIsToldTheAddress) {
    const AlikeServer server({.status = 404, .body = R"({"error":"stream.api.notFound",
                     "message":"No endpoint found for path \"/v1/v1/tokens\"."})"});
    auto api = server.client("/v1");
    const auto said = api.get("/tokens", "tokens").error().client_text();
    EXPECT_THAT(said, testing::ContainsRegex("without /v1: --api http://127.0.0.1:[0-9]+$"));
    auto other = server.client("/mill");
    EXPECT_THAT(other.get("/tokens", "tokens").error().client_text(),
                testing::Not(HasSubstr("--api")));
}

TEST(ApiClientTest, WhatNoTokenMayDoIsNotBlamedOnTheToken) {
    const auto said = [](const std::string& message) {
        const AlikeServer server(
            {.status = 403,
             .body = Json{{"error", "stream.api.forbidden"}, {"message", message}}.dump()});
        return server.client().get("/tokens", "tokens").error().client_text();
    };
    EXPECT_THAT(said("Only admin token can do write operations on streams."),
                HasSubstr("this needs one of the role admin"));
    EXPECT_EQ(said("Cannot modify protected keys: \"a\"."), "Cannot modify protected keys: \"a\".");
}

// As a proxy does that has the API by https only.
TEST(ApiClientTest, ARedirectNamesTheAddressToUse) {
    const AlikeServer server(
        {.status = 308,
         .body = "",
         .location = "https://mill.example.com/mill/v1/branches/default/sources?limit=100"});
    auto api = server.client();
    const auto listed = api.list("/branches/default/sources", "sources");
    ASSERT_FALSE(listed.ok());
    EXPECT_THAT(listed.error().client_text(), HasSubstr("--api https://mill.example.com/mill"));
    EXPECT_THAT(listed.error().client_text(),
                testing::Not(HasSubstr("--api https://mill.example.com/mill/v1")));
}

}  // namespace
}  // namespace millrace::cli
