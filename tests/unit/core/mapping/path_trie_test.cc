#include "core/mapping/path_trie.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::mapping {
namespace {

Path path(std::string_view text) {
    return parse_path(text).value();
}

PathTrie trie(const std::vector<std::string>& texts) {
    std::vector<Path> paths;
    for (const auto& text : texts) paths.push_back(path(text));
    return PathTrie::build(paths).value();
}

PathTrie::StateId member(const PathTrie& trie, PathTrie::StateId state, std::string key) {
    const auto bytes = key.size();
    key.append(kKeyPadding, 'x');  // padding must not count
    return trie.member(state, std::string_view(key).substr(0, bytes));
}

std::vector<PathTrie::Slot> slots(const PathTrie& trie, PathTrie::StateId state) {
    const auto found = trie.slots(state);
    return {found.begin(), found.end()};
}

TEST(PathTrieTest, FindsMembersAmongManyOfLikeNames) {
    std::vector<std::string> names;
    for (int i = 0; i < 500; ++i)
        names.push_back("common_prefix_" + std::to_string(i) + "_common_end");
    for (int i = 0; i < 500; ++i) names.push_back("k" + std::to_string(i));
    const auto built = trie(names);
    for (std::size_t i = 0; i < names.size(); ++i) {
        SCOPED_TRACE(names[i]);
        const auto state = member(built, PathTrie::kRoot, names[i]);
        ASSERT_NE(state, PathTrie::kNone);
        EXPECT_EQ(slots(built, state), std::vector<PathTrie::Slot>{static_cast<PathTrie::Slot>(i)});
        EXPECT_EQ(member(built, PathTrie::kRoot, names[i] + "x"), PathTrie::kNone);
        EXPECT_EQ(member(built, PathTrie::kRoot, ""), PathTrie::kNone);
    }
}

TEST(PathTrieTest, GivesEqualPathsOneState) {
    const auto built = trie({"a.b", "a.b", "a"});
    const auto a = member(built, PathTrie::kRoot, "a");
    EXPECT_EQ(slots(built, a), std::vector<PathTrie::Slot>{2});
    EXPECT_EQ(slots(built, member(built, a, "b")), (std::vector<PathTrie::Slot>{0, 1}));
}

TEST(PathTrieTest, LeadsDigitsIntoObjectsAndArraysAndIndexesIntoArraysOnly) {
    const auto built = trie({"5.x", "[5].y", "05"});
    const auto elements = built.elements(PathTrie::kRoot);
    ASSERT_EQ(elements.size(), 1U);
    EXPECT_EQ(elements[0].index, 5U);
    EXPECT_EQ(slots(built, elements[0].state), std::vector<PathTrie::Slot>{2});
    EXPECT_NE(member(built, elements[0].state, "x"), PathTrie::kNone);
    EXPECT_NE(member(built, elements[0].state, "y"), PathTrie::kNone);

    const auto five = member(built, PathTrie::kRoot, "5");
    ASSERT_NE(five, PathTrie::kNone);
    EXPECT_NE(member(built, five, "x"), PathTrie::kNone);
    EXPECT_EQ(member(built, five, "y"), PathTrie::kNone);
}

// Goal    nobody can make the automaton exponentially large with a few paths.
// Method  30 paths, path i with an index at place i and keys of digits elsewhere: every choice of
//         objects and arrays on the way is a state of its own.
TEST(PathTrieTest, RefusesPathsThatMeetInTooManyWays) {
    std::vector<Path> paths;
    for (int at = 0; at < 30; ++at) {
        std::string text;
        for (int i = 0; i < 30; ++i) text += i == at ? "[1]" : ".1";
        paths.push_back(path(text));
    }
    const auto built = PathTrie::build(paths);
    ASSERT_FALSE(built.ok());
    EXPECT_EQ(built.error().code(), Code::invalid);
}

}  // namespace
}  // namespace millrace::mapping
