#include "storage/schema_registry/http_schema_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <thread>

namespace millrace::schema_registry {
namespace {

using testing::HasSubstr;

class HttpSchemaRegistryTest : public testing::Test {
protected:
    HttpSchemaRegistryTest() : port_(server_.bind_to_any_port("127.0.0.1")) {
        thread_ = std::thread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) std::this_thread::yield();
    }
    ~HttpSchemaRegistryTest() override {
        server_.stop();
        thread_.join();
    }

    std::string url(const std::string& rest = "") const {
        return "http://127.0.0.1:" + std::to_string(port_) + rest;
    }
    void answer(const std::string& path, int status, const std::string& body) {
        server_.Get(path, [=](const httplib::Request&, httplib::Response& response) {
            response.status = status;
            response.set_content(body, "application/json");
        });
    }
    std::unique_ptr<SchemaRegistry> open(SchemaRegistrySettings settings = {}) {
        if (settings.urls.empty()) settings.urls = url();
        return registries_.open(settings);
    }

    httplib::Server server_;
    int port_ = 0;
    std::thread thread_;
    HttpSchemaRegistries registries_{{.call_max = Milliseconds(2'000)}};
};

TEST_F(HttpSchemaRegistryTest, AnAnswerIsWhatTheRegistryHas) {
    answer("/sub/schemas/ids/7", 200, "{}");
    EXPECT_EQ(open({.urls = url("/sub")})->get("schemas/ids/7").value(), "{}");
    EXPECT_EQ(open({.urls = url("/sub/")})->get("schemas/ids/7").value(), "{}");
}

TEST_F(HttpSchemaRegistryTest, OnlyARegistryCanSayThatThereIsNoSchema) {
    struct Case {
        const char* body;
        bool is_definite;
    };
    const Case cases[] = {
        {R"({"error_code":40403,"message":"Schema not found"})", true},
        {R"({"error_code":404,"message":"x"})", true},
        {R"({"error_code":50001})", false},
        {R"({"error_code":"40403"})", false},
        {R"({"message":"not found"})", false},
        {"<html>nginx</html>", false},
        {"", false},
    };
    int number = 0;
    for (const auto& [body, is_definite] : cases) {
        const auto path = "schemas/ids/" + std::to_string(++number);
        answer("/" + path, 404, body);
        const auto got = open()->get(path);
        ASSERT_FALSE(got.ok());
        EXPECT_EQ(got.error().code(), is_definite ? Code::not_found : Code::unavailable) << body;
        EXPECT_EQ(open({.has_error_codes = false})->get(path).error().code(), Code::not_found);
    }
}

TEST_F(HttpSchemaRegistryTest, EverythingElseCannotBeToldNow) {
    for (const int status : {400, 401, 403, 429, 500, 503}) {
        const auto path = "/" + std::to_string(status);
        answer(path, status, R"({"error_code":40403})");
        const auto got = open()->get(path.substr(1));
        ASSERT_FALSE(got.ok());
        EXPECT_EQ(got.error().code(), Code::unavailable) << status;
        EXPECT_THAT(got.error().operator_text(), HasSubstr(std::to_string(status)));
    }
    server_.Get("/moved", [](const httplib::Request&, httplib::Response& response) {
        response.set_redirect("http://other/");
    });
    EXPECT_THAT(open()->get("moved").error().operator_text(), HasSubstr("http://other/"));
    answer("/large", 200, std::string(5 << 20, ' '));
    EXPECT_EQ(open()->get("large").error().code(), Code::unavailable);
    EXPECT_EQ(open({.urls = "http://127.0.0.1:1"})->get("x").error().code(), Code::unavailable);
    EXPECT_EQ(open({.urls = "http://no.such.host.invalid"})->get("x").error().code(),
              Code::unavailable);
}

TEST_F(HttpSchemaRegistryTest, UserAndPasswordAreSent) {
    server_.Get("/x", [](const httplib::Request& request, httplib::Response& response) {
        response.status =
            request.get_header_value("Authorization") == "Basic bWU6c2VjcmV0" ? 200 : 401;
    });
    EXPECT_TRUE(open({.user_info = "me:secret"})->get("x").ok());
    const auto refused = open({.user_info = "me:other"})->get("x");
    EXPECT_THAT(refused.error().operator_text(), HasSubstr("user.info"));
    EXPECT_THAT(refused.error().operator_text(), testing::Not(HasSubstr("other")));
}

TEST_F(HttpSchemaRegistryTest, AnotherUrlAnswersWhereOneIsAway) {
    answer("/schemas/ids/7", 200, "{}");
    answer("/schemas/ids/8", 404, R"({"error_code":40403})");
    const auto registry = open({.urls = "http://127.0.0.1:1," + url()});
    EXPECT_TRUE(registry->get("schemas/ids/7").ok());
    EXPECT_EQ(registry->get("schemas/ids/8").error().code(), Code::not_found);
}

TEST_F(HttpSchemaRegistryTest, AddressesThatMayNotBeAskedAreNot) {
    answer("/x", 200, "{}");
    std::string asked;
    HttpSchemaRegistries limited(
        {.may_connect = [&](std::string_view host, std::string_view address) {
            asked = std::string(host) + " " + std::string(address);
            return false;
        }});
    EXPECT_EQ(limited.open({.urls = url()})->get("x").error().code(), Code::unavailable);
    EXPECT_EQ(asked, "127.0.0.1 127.0.0.1");
}

// Goal    a service that stops does not wait for a registry that says nothing.
TEST_F(HttpSchemaRegistryTest, AStopEndsAQuestion) {
    std::atomic<bool> is_stopped = false;
    std::atomic<bool> is_asked = false;
    server_.Get("/x", [&](const httplib::Request&, httplib::Response&) {
        is_asked = true;
        while (!is_stopped) std::this_thread::yield();
    });
    HttpSchemaRegistries patient({.call_max = Milliseconds(60'000)});
    const auto registry =
        patient.open({.urls = url(), .is_stopped = [&] { return is_asked.load(); }});
    const auto got = registry->get("x");
    is_stopped = true;
    EXPECT_EQ(got.error().code(), Code::unavailable);
}

}  // namespace
}  // namespace millrace::schema_registry
