#include "api/webhooks/source_rules.h"

#include <gtest/gtest.h>

namespace millrace::webhooks {
namespace {

constexpr const char* kGithub = R"({"preset":"github","secrets":{"signature":["s"]}})";
constexpr const char* kStripe = R"({"preset":"stripe","secrets":{"signature":["s"]}})";
constexpr const char* kMeta = R"({"preset":"meta","secrets":{"signature":["s"]}})";

std::unique_ptr<SourceRules> compiled(const std::string& details, IdempotencySettings keys = {}) {
    return SourceRules::compile(details, {}, keys, "");
}

TEST(SourceRulesTest, ASourceWithoutAPresetAsksNothing) {
    EXPECT_EQ(
        compiled("{}")->check({.headers = {}, .content_type = "", .body = "", .target = "/"}, {}),
        std::nullopt);
}

// Earlier versions left secrets behind when a source went back to a version without a preset.
TEST(SourceRulesTest, SecretsWithoutAPresetAskNothing) {
    EXPECT_EQ(compiled(R"({"secrets":{"signature":["s"]}})")
                  ->check({.headers = {}, .content_type = "", .body = "", .target = "/"}, {}),
              std::nullopt);
}

// Goal    what cannot be read, or has lost its secrets, is closed and not open.
TEST(SourceRulesTest, DetailsThatCannotBeReadLetNothingIn) {
    for (const auto* const details :
         {"", "x", "[]", R"({"preset":"of-tomorrow"})", R"({"preset":7})", R"({"else":1})",
          R"({"preset":"github"})", R"({"preset":"github","secrets":{"signature":[]}})",
          R"({"preset":"github","secrets":"sealed-1.x"})"}) {
        const auto rules = compiled(details);
        ASSERT_NE(rules, nullptr) << details;
        EXPECT_EQ(rules->check({.headers = {}, .content_type = "", .body = "", .target = "/"}, {}),
                  BadSignature::no_secret)
            << details;
    }
    EXPECT_EQ(
        SourceRules().check({.headers = {}, .content_type = "", .body = "", .target = "/"}, {}),
        BadSignature::no_secret);
}

TEST(SourceRulesTest, EventsComeByPostUnlessTheSourceSaysOtherMethods) {
    const auto of = [](const std::string& methods) {
        return SourceRules::compile("{}", {{"source.http.methods", methods}}, {}, "");
    };
    EXPECT_TRUE(compiled("{}")->takes("POST"));
    EXPECT_FALSE(compiled("{}")->takes("GET"));
    EXPECT_EQ(compiled("{}")->methods(), "POST");
    EXPECT_TRUE(of("GET,  PUT")->takes("PUT"));
    EXPECT_TRUE(of("GET,  PUT")->takes("GET"));
    EXPECT_FALSE(of("GET,  PUT")->takes("POST"));
    EXPECT_FALSE(of("GET,  PUT")->takes("get"));
    EXPECT_EQ(of("GET,  PUT")->methods(), "GET, PUT");
    EXPECT_FALSE(of("BREW")->takes("BREW")) << "what is not known lets nothing in";
}

TEST(SourceRulesTest, ACertificateOfTheClientIsNeededIfTheSourceSaysSo) {
    EXPECT_FALSE(compiled("{}")->needs_client_certificate());
    EXPECT_TRUE(SourceRules::compile(
                    "{}", {{"source.http.clientCertificate", std::string("required")}}, {}, "")
                    ->needs_client_certificate());
}

TEST(SourceRulesTest, ThePayloadOfAFormIsTheEvent) {
    const auto rules = compiled(kGithub);
    const auto form = rules->event_of("payload=%7B%22action%22%3A%22opened%22%7D",
                                      "application/x-www-form-urlencoded");
    EXPECT_EQ(form.body, R"({"action":"opened"})");
    EXPECT_EQ(form.content_type, "application/json");
    const auto json = rules->event_of(R"({"action":"closed"})", "application/json");
    EXPECT_EQ(json.body, R"({"action":"closed"})");
    const auto other = rules->event_of("a=1", "application/x-www-form-urlencoded");
    EXPECT_EQ(other.body, "a=1");
    EXPECT_EQ(other.content_type, "application/x-www-form-urlencoded");
}

TEST(SourceRulesTest, TheKeyOfStripeIsInTheBody) {
    const auto rules = compiled(kStripe);
    const struct {
        std::string body;
        std::string wanted;
    } rows[] = {
        {R"({"id":"evt_1","object":"event"})", "evt_1"},
        {R"({"object":"event","id":17})", "17"},
        {R"({"data":{"id":"x"}})", ""},
        {R"({"id":null})", ""},
        {R"({"id":{"a":1}})", ""},
        {R"({"id":""})", ""},
        {R"({"id":)", ""},
        {"", ""},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(rules->event_of(row.body, "application/json").key, row.wanted) << row.body;
    }
}

// Goal    a delivery that comes again is known by its key, however its body is written.
TEST(SourceRulesTest, TheKeyIsFoundWhereColumnsFindIt) {
    const auto rules = SourceRules::compile("{}", {{"source.http.idempotency.path", "id"}}, {}, "");
    const std::string_view utf16("\xff\xfe{\0\"\0i\0d\0\"\0:\0\"\0Z\0\"\0}\0", 22);
    const std::string_view form = "application/x-www-form-urlencoded";
    const struct {
        std::string_view body;
        std::string_view type;
        std::string_view wanted;
    } rows[] = {
        {R"({"id":"Z"})", "application/json", "Z"},
        {R"({"id":"\u005a"})", "application/json", "Z"},
        {"\xef\xbb\xbf{\"id\":\"Z\"}", "application/json", "Z"},
        {utf16, "application/json", "Z"},
        {"{\"id\":\"\xe9\"}", "application/json; charset=iso-8859-1", "\xc3\xa9"},
        {"id=%5A&x=1", form, "Z"},
        {"x=1", form, ""},
        {R"({"id":"Z"})", form, "Z"},
        {R"({"id":"Z"})", "text/plain", "Z"},
        {R"({"id":"Z"})", "application/octet-stream", "Z"},
        {"{\"id\":\"Z\"}\n{\"id\":\"Y\"}", "application/x-ndjson", ""},
    };
    for (const auto& [body, type, wanted] : rows) {
        EXPECT_EQ(rules->event_of(body, type).key, wanted) << type << " " << body;
    }
}

TEST(SourceRulesTest, KeysAreThoseOfThePresetUnlessTheSourceSetsOthers) {
    EXPECT_EQ(compiled(kGithub)->idempotency().header, "X-GitHub-Delivery");
    EXPECT_EQ(compiled(kGithub)->idempotency().window, std::chrono::days(3));
    EXPECT_EQ(compiled(kMeta)->idempotency(), IdempotencySettings());
    const auto set = compiled(kGithub, {.header = "X-Mine", .window = std::chrono::hours(1)});
    EXPECT_EQ(set->idempotency().header, "X-Mine");
    EXPECT_EQ(set->idempotency().window, std::chrono::hours(1));
}

TEST(SourceRulesTest, ARegistrationIsAnsweredByItsPresetOnly) {
    const std::string hub = "/stream/1/s/x?hub.mode=subscribe&hub.challenge=7&hub.verify_token=";
    EXPECT_EQ(compiled(kMeta)->answer_get(hub + "s", "url-secret"), "7");
    EXPECT_EQ(compiled(kMeta)->answer_get(hub + "url-secret", "url-secret"), "7");
    EXPECT_EQ(compiled(kMeta)->answer_get(hub + "other", "url-secret"), std::nullopt);
    EXPECT_EQ(compiled(kGithub)->answer_get(hub + "s", "url-secret"), std::nullopt);
    const auto* const own =
        R"({"preset":"meta","secrets":{"signature":["s"],"verifyToken":"mine"}})";
    EXPECT_EQ(compiled(own)->answer_get(hub + "mine", "url-secret"), "7");
    EXPECT_EQ(compiled(own)->answer_get(hub + "s", "url-secret"), std::nullopt);
    const auto* const verification = R"({"type":"url_verification","challenge":"c"})";
    EXPECT_EQ(
        compiled(R"({"preset":"slack","secrets":{"signature":["s"]}})")->answer_post(verification),
        "c");
    EXPECT_EQ(compiled(kStripe)->answer_post(verification), std::nullopt);
}

}  // namespace
}  // namespace millrace::webhooks
