#include "templates/worker_wire.h"

#include <gtest/gtest.h>

namespace millrace::templates {
namespace {

TemplateRecord record(std::string body) {
    const TemplateRequest request{.arrived_at = WallTime{-5},
                                  .client_ip = "::1",
                                  .headers = {{"A", "1"}, {"B", std::string("\0\n", 2)}}};
    return {.request = std::make_shared<const TemplateRequest>(request),
            .body = std::move(body),
            .is_json = true,
            .json = std::nullopt};
}

TEST(WireTest, ABatchIsReadAsItWasWritten) {
    const auto first = record("{}");
    auto second = record("a=1");
    second.is_json = false;
    second.json = R"({"a":"1"})";
    const std::vector<const TemplateRecord*> records{&first, &second};
    const std::vector<Item> items{{.record_index = 0, .template_index = 7},
                                  {.record_index = 1, .template_index = 0}};
    const auto batch = decode_batch(encode_batch(records, items));
    ASSERT_TRUE(batch.ok());
    ASSERT_EQ(batch.value().records.size(), 2u);
    const auto& read = batch.value().records[1];
    EXPECT_EQ(read.request->arrived_at, WallTime{-5});
    EXPECT_EQ(read.request->client_ip, "::1");
    EXPECT_EQ(read.request->headers, first.request->headers);
    EXPECT_EQ(read.body, "a=1");
    EXPECT_FALSE(read.is_json);
    EXPECT_EQ(read.json, R"({"a":"1"})");
    EXPECT_TRUE(batch.value().records[0].is_json);
    EXPECT_EQ(batch.value().items[0].template_index, 7u);
    EXPECT_EQ(batch.value().items[1].record_index, 1u);
}

TEST(WireTest, ASetupIsReadAsItWasWritten) {
    const templates::Setup setup{.only_check = true,
                                 .niceness = 19,
                                 .limits = {.memory_bytes = 1ULL << 33,
                                            .stack_frames = 50,
                                            .output_bytes = 10,
                                            .time = Milliseconds{1234}},
                                 .templates = {"a", ""}};
    const auto read = decode_setup(encode(setup));
    ASSERT_TRUE(read.ok());
    EXPECT_TRUE(read.value().only_check);
    EXPECT_EQ(read.value().niceness, 19);
    EXPECT_EQ(read.value().limits.memory_bytes, 1ULL << 33);
    EXPECT_EQ(read.value().limits.stack_frames, 50u);
    EXPECT_EQ(read.value().limits.output_bytes, 10u);
    EXPECT_EQ(read.value().limits.time, Milliseconds{1234});
    EXPECT_EQ(read.value().templates, setup.templates);
}

TEST(WireTest, ADeathIsReadAsItWasWritten) {
    const auto named = decode_died(encode(Died{.death = Death::memory, .item = 7}));
    ASSERT_TRUE(named.ok());
    EXPECT_EQ(named.value().death, Death::memory);
    EXPECT_EQ(named.value().item, 7u);
    const auto unnamed = decode_died(encode(Died{.death = Death::outside, .item = std::nullopt}));
    ASSERT_TRUE(unnamed.ok());
    EXPECT_EQ(unnamed.value().death, Death::outside);
    EXPECT_EQ(unnamed.value().item, std::nullopt);
}

// Goal    whatever a worker sends, reading it neither fails badly nor takes much memory.
// Method  cut good payloads at every byte, and set every byte of them to 0xff.
TEST(WireTest, WhatIsNoFrameIsRefused) {
    const auto results = encode(Results{.items = {{.outcome = Outcome::failed, .text = "why"}}});
    const auto problems = encode(Problems{std::nullopt, "1:1 why"});
    for (std::size_t bytes = 0; bytes < results.size(); ++bytes) {
        const auto cut = decode_results(results.substr(0, bytes));
        ASSERT_FALSE(cut.ok()) << bytes;
        EXPECT_EQ(cut.error().code(), Code::corrupt);
        auto changed = results;
        changed[bytes] = '\xff';
        (void)decode_results(changed).ok();
    }
    for (std::size_t bytes = 0; bytes < problems.size(); ++bytes) {
        EXPECT_FALSE(decode_problems(problems.substr(0, bytes)).ok()) << bytes;
    }
    EXPECT_FALSE(decode_results(results + "x").ok());
    EXPECT_FALSE(decode_died(std::string("\5\0\0\0\0\0", 6)).ok());
    EXPECT_FALSE(decode_frame_head(std::string("\0\0\0\0\x7f", 5)).ok());
}

}  // namespace
}  // namespace millrace::templates
