#include "core/model/http_settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/model/backend_names.h"
#include "core/model/kind_settings.h"

namespace millrace {
namespace {

TEST(HttpSettingsTest, TheyAreOrderedAndOfTheirKindOnly) {
    const auto specs = http_setting_specs();
    EXPECT_TRUE(std::ranges::is_sorted(specs, {}, &SettingSpec::key));
    for (const auto& spec : specs) {
        EXPECT_TRUE(spec.key.starts_with(setting_prefix(kHttpSource))) << spec.key;
        EXPECT_EQ(find_setting(spec.key), nullptr) << spec.key << " is general too";
        EXPECT_TRUE(spec.of_source) << spec.key;
    }
}

TEST(HttpSettingsTest, WhatIsNotSetIsTheDefault) {
    EXPECT_EQ(resolve_http_settings({}), HttpSettings{.answer_type = "text/plain"});
    const SettingOverrides set = {{"source.http.allow", std::string("10.0.0.0/8")},
                                  {"source.http.answer.success", std::string("any")},
                                  {"source.http.limit.bodySize", std::int64_t{1024}},
                                  {"source.kafka.topic", std::string("t")}};
    const HttpSettings wanted{.allow = "10.0.0.0/8",
                              .answer_type = "text/plain",
                              .is_one_sink_enough = true,
                              .body_bytes = 1024};
    EXPECT_EQ(resolve_http_settings(set), wanted);
}

TEST(HttpSettingsTest, TextsThatCannotBeUsedAreRefused) {
    const struct {
        std::string_view key;
        std::string text;
        bool is_ok;
    } rows[] = {
        {"source.http.allow", "", true},
        {"source.http.allow", "10.0.0.0/8, ::1", true},
        {"source.http.allow", "somewhere", false},
        {"source.http.answer.contentType", "application/json", true},
        {"source.http.answer.contentType", "", false},
        {"source.http.answer.contentType", "text/plain\r\nX: y", false},
        {"source.http.answer.body", "\r\n", true},
        {"source.http.methods", "POST", true},
        {"source.http.methods", " POST,PUT, PATCH, DELETE ,GET", true},
        {"source.http.methods", "", false},
        {"source.http.methods", "post", false},
        {"source.http.methods", "HEAD", false},
        {"source.http.methods", "OPTIONS", false},
        {"source.http.methods", "POST,", false},
        {"source.http.methods", "POST PUT", false},
        {"source.http.methods", "POST, BREW", false},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(check_http_setting(row.key, SettingValue(row.text)).ok(), row.is_ok) << row.text;
    }
}

TEST(HttpSettingsTest, EachMethodOfAListIsThereOnce) {
    EXPECT_EQ(http_methods_in("PUT, POST,PUT"), (std::vector<std::string>{"PUT", "POST"}));
    EXPECT_TRUE(http_methods_in("").empty());
}

}  // namespace
}  // namespace millrace
