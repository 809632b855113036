#include "core/pipeline/idempotency_key.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::pipeline {
namespace {

// The key of a request with that one header; "-" for none, "!" for a bad one.
std::string key_in(std::string_view value, std::string_view name = "Idempotency-Key") {
    const std::vector<RequestHeader> headers = {{.name = "Host", .value = "x"},
                                                {.name = name, .value = value}};
    const auto found = find_idempotency_key(headers, "Idempotency-Key");
    if (found.ok()) return found.value().value_or("-");
    EXPECT_EQ(found.error().code(), Code::invalid);
    EXPECT_EQ(found.error().name(), "stream.in.badRequest");
    return "!";
}

TEST(IdempotencyKeyTest, IsATextWithOrWithoutQuotes) {
    EXPECT_EQ(key_in("abc"), "abc");
    EXPECT_EQ(key_in("abc", "idempotency-KEY"), "abc");
    EXPECT_EQ(key_in("\"abc\""), "abc");
    EXPECT_EQ(key_in(R"("a\"b\\c")"), R"(a"b\c)");
    EXPECT_EQ(key_in("a\"b"), "a\"b");
    EXPECT_EQ(key_in("~!"), "~!");
    EXPECT_EQ(key_in(std::string(255, 'k')), std::string(255, 'k'));
    EXPECT_EQ(key_in("\"" + std::string(255, 'k') + "\""), std::string(255, 'k'));
    EXPECT_EQ(key_in("abc", "Idempotency-Keys"), "-");
    EXPECT_EQ(key_in("abc", "X"), "-");
}

TEST(IdempotencyKeyTest, WhatIsNoKeyIsABadRequest) {
    for (const auto* bad : {"", "\"\"", "\"", "\"a", "\"a\"b\"", "\"a\\b\"", "\"a\\\"", "a b",
                            "\"a b\"", "a\x7f", "\xc3\xa9", "\"a\";p=1", "a\tb"}) {
        EXPECT_EQ(key_in(bad), "!") << bad;
    }
    EXPECT_EQ(key_in(std::string(256, 'k')), "!");
    const std::vector<RequestHeader> two = {{.name = "Idempotency-Key", .value = "a"},
                                            {.name = "idempotency-key", .value = "a"}};
    const auto found = find_idempotency_key(two, "Idempotency-Key");
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().client_text(),
              "The header Idempotency-Key must be there once at most.");
}

TEST(IdempotencyKeyTest, ASourceKeepsItsScopeWhateverChangesInIt) {
    Source source;
    source.key = {.project = ProjectId(1), .branch = BranchId(2), .source = SourceId("shop")};
    source.created.at = WallTime{5};
    const auto scope = key_scope(source);
    source.name = "Shop";
    source.secret = Secret("another");
    source.version.number = 7;
    EXPECT_EQ(key_scope(source), scope);

    auto other = source;
    other.key.source = SourceId("shop2");
    EXPECT_NE(key_scope(other), scope);
    other = source;
    other.key.branch = BranchId(3);
    EXPECT_NE(key_scope(other), scope);
    other = source;
    other.created.at = WallTime{6};
    EXPECT_NE(key_scope(other), scope);
}

TEST(IdempotencyKeyTest, ARequestIsItsBodyAndWhatChangesItsMeaning) {
    const Record record{.arrived_at = {},
                        .client_ip = "1.1.1.1",
                        .headers = {},
                        .content_type = "a/b",
                        .body = "x"};
    const Fingerprint scope = fingerprint_of({"scope"});
    const auto key = request_key(scope, "k", record, RecordForm::single);
    EXPECT_EQ(key.source, scope);

    auto other = record;
    other.client_ip = "2.2.2.2";
    EXPECT_EQ(request_key(scope, "k", other, RecordForm::single), key);
    other.body = "y";
    EXPECT_EQ(request_key(scope, "k", other, RecordForm::single).key, key.key);
    EXPECT_NE(request_key(scope, "k", other, RecordForm::single).request, key.request);
    other = record;
    other.content_type = "a/c";
    EXPECT_NE(request_key(scope, "k", other, RecordForm::single).request, key.request);
    EXPECT_NE(request_key(scope, "k", record, RecordForm::lines).request, key.request);
    EXPECT_NE(request_key(scope, "l", record, RecordForm::single).key, key.key);
    EXPECT_NE(request_key(fingerprint_of({"other"}), "k", record, RecordForm::single).key, key.key);
}

}  // namespace
}  // namespace millrace::pipeline
