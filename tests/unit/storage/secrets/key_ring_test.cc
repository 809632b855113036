#include "storage/secrets/key_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::secrets {
namespace {

using testing::HasSubstr;

TEST(KeyRingTest, TheTextOfAKeyFileGivesTheSameKeys) {
    const auto ring = KeyRing::generate().with_new_key();
    const auto read = KeyRing::parse(ring.text(), "k").value();
    EXPECT_EQ(read.keys(), ring.keys());
    EXPECT_EQ(read.keys().size(), 2U);
}

TEST(KeyRingTest, CommentsEmptyLinesAndEndsOfLinesDoNotMatter) {
    const auto ring = KeyRing::generate();
    auto text = "# mine\r\n\n" + ring.text();
    text.insert(text.size() - 1, " \r");
    EXPECT_EQ(KeyRing::parse(text, "k").value().keys(), ring.keys());
}

TEST(KeyRingTest, ANewKeyStandsFirstAndTheOldOnesCanBeDropped) {
    const auto old = KeyRing::generate();
    const auto both = old.with_new_key();
    EXPECT_NE(both.newest().id(), old.newest().id());
    EXPECT_EQ(both.keys().back(), old.newest());
    EXPECT_EQ(both.with_newest_only().keys().size(), 1U);
    EXPECT_EQ(both.with_newest_only().newest(), both.newest());
}

TEST(KeyRingTest, WhatIsNotAKeyFileIsRefusedWithTheLine) {
    const auto key = KeyRing::generate().text();
    const std::pair<std::string, const char*> cases[] = {
        {"", "k: has no key"},
        {"# only this\n", "k: has no key"},
        {"secret\n", "k:1: must be"},
        {"millrace-key-1 YWJj\n", "k:1: must be"},  // three bytes
        {"millrace-key-1 " + std::string(43, '!'), "k:1: must be"},
        {key + "millrace-key-2 x\n", "k:4: must be"},
    };
    for (const auto& [text, message] : cases) {
        SCOPED_TRACE(text);
        const auto ring = KeyRing::parse(text, "k");
        ASSERT_FALSE(ring.ok());
        EXPECT_EQ(ring.error().code(), Code::corrupt);
        EXPECT_THAT(ring.error().operator_text(), HasSubstr(message));
    }
}

TEST(KeyRingTest, AnErrorNeverShowsTheKey) {
    const auto line = "millrace-key-9 VGhpcy1pcy1hLWtleQ";
    EXPECT_THAT(KeyRing::parse(line, "k").error().operator_text(), Not(HasSubstr("VGhpcy")));
}

}  // namespace
}  // namespace millrace::secrets
