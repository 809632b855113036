#include "core/mapping/headers_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace millrace::mapping {
namespace {

std::string print(const std::vector<RequestHeader>& headers,
                  SecretHeaders secrets = SecretHeaders::left_out) {
    HeaderList list;
    list.read(headers, secrets);
    std::string json;
    print_headers(list, json);
    return json;
}

TEST(HeadersJsonTest, SortsCanonicalNames) {
    EXPECT_EQ(print({}), "{}");
    EXPECT_EQ(
        print({{"user-agent", "curl/8"}, {"CONTENT-type", "a/b"}, {"Host", "h:1"}, {"x", ""}}),
        R"({"Content-Type":"a/b","Host":"h:1","User-Agent":"curl/8","X":""})");
}

TEST(HeadersJsonTest, TakesTheFirstOfEqualNames) {
    EXPECT_EQ(print({{"x-a", "1"}, {"B", "2"}, {"X-A", "3"}, {"x-A", "4"}}),
              R"({"B":"2","X-A":"1"})");
}

TEST(HeadersJsonTest, LeavesOutSecretsAndTheLength) {
    EXPECT_EQ(print({{"authorization", "Bearer s"},
                     {"COOKIE", "s=1"},
                     {"proxy-authorization", "s"},
                     {"X-StorageApi-Token", "s"},
                     {"x-storageapi-token", "s"},
                     {"Content-Length", "5"},
                     {"Content-Lengths", "kept"}}),
              R"({"Content-Lengths":"kept"})");
}

TEST(HeadersJsonTest, LeavesOutTheUrlThatProxiesRepeat) {
    const std::string url = "/stream/1/source/secret";
    for (const auto* name :
         {"X-Original-URI", "x-original-url", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Request-URI",
          "x-envoy-original-path", "X-Replaced-Path", "X-Auth-Request-Redirect"}) {
        EXPECT_EQ(print({{name, url}, {"X-Original-Host", "h"}}), R"({"X-Original-Host":"h"})")
            << name;
    }
    EXPECT_EQ(print({{"X-Original-URI", "/u"}}, SecretHeaders::shown),
              R"({"X-Original-Uri":"/u"})");
}

TEST(HeadersJsonTest, ShowsSecretsWhereAsked) {
    EXPECT_EQ(print({{"authorization", "Bearer s"}, {"COOKIE", "c=1"}, {"Content-Length", "5"}},
                    SecretHeaders::shown),
              R"({"Authorization":"Bearer s","Cookie":"c=1"})");
}

TEST(HeadersJsonTest, IsValidJsonWhateverTheBytes) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
    const auto json = print({{"X-Bytes", bytes}, {"a\"b", "c\\d\xff"}});
    const auto parsed = nlohmann::json::parse(json);
    EXPECT_EQ(parsed.at("A\"b"), "c\\d\xef\xbf\xbd");
    EXPECT_EQ(parsed.at("X-Bytes").get<std::string>().substr(0, 128), bytes.substr(0, 128));
}

}  // namespace
}  // namespace millrace::mapping
