#include "api/otlp/otlp_url.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::otlp {
namespace {

std::string shown(std::string_view target) {
    const auto url = parse_otlp_url(target);
    if (!url) return is_otlp_target(target) ? "unknown" : "elsewhere";
    return std::string(url->project) + "|" + std::string(url->source) + "|" +
           std::string(url->secret) + "|" + std::string(to_string(url->signal));
}

TEST(OtlpUrlTest, TargetsAreReadAsTheReferenceSays) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {"/otlp/1/shop/SECRET/v1/logs", "1|shop|SECRET|logs"},
        {"/otlp/1/shop/v1/metrics", "1|shop||metrics"},
        {"/otlp/1/shop/v1/traces/", "1|shop||traces"},
        {"/otlp/1/shop/v1/logs?x=1", "1|shop||logs"},
        {"http://host:1/otlp/1/shop/v1/logs", "1|shop||logs"},
        {"/otlp/1/v1/v1/v1/logs", "1|v1|v1|logs"},
        {"/otlp/1/shop/v1/profiles", "unknown"},
        {"/otlp/1/shop/v2/logs", "unknown"},
        {"/otlp/1/shop//v1/logs", "unknown"},
        {"/otlp/1/v1/logs", "unknown"},
        {"/otlp/1/shop/a/b/v1/logs", "unknown"},
        {"/otlp/", "unknown"},
        {"/otlp", "elsewhere"},
        {"/stream/1/shop/SECRET", "elsewhere"},
        {"/", "elsewhere"},
    };
    for (const auto& [target, parts] : table) EXPECT_EQ(shown(target), parts) << target;
}

}  // namespace
}  // namespace millrace::otlp
