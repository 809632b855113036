// What is found in records while they are written.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "core/otlp/flattener.h"
#include "tests/unit/core/otlp/found_check.h"
#include "tests/unit/core/otlp/wire_bytes.h"

namespace millrace::otlp {
namespace {

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path << ": run from the root of the source tree";
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string text_value(std::string_view text) {
    return field(1, text);
}
std::string entry(std::string_view key, std::string_view any) {
    return field(1, key) + field(2, any);
}
std::string attribute(std::string_view key, std::string_view any) {
    return field(6, entry(key, any));
}
std::string object_value(std::string_view entries) {
    return field(6, entries);
}
std::string list_value(std::string_view items) {
    return field(5, items);
}

std::size_t found_in(std::string_view record) {
    return expect_found_as_scanned(Signal::logs, Encoding::protobuf, logs_of(record));
}

// Goal    whatever a message has is found where a scanner finds it.
// Method  all paths of the golden files, and some that lead nowhere.
TEST(FlattenerFoundTest, FindsWhatAScannerFinds) {
    for (const auto signal : kSignals) {
        const auto stem = "tests/data/otlp/" + std::string(to_string(signal));
        EXPECT_GT(expect_found_as_scanned(signal, Encoding::json, read_file(stem + ".json")), 50U)
            << stem;
    }
}

// Goal    of two members with one name the first counts, with all that is in it and no more.
TEST(FlattenerFoundTest, TheFirstOfTwoMembersCounts) {
    const auto inner = [](std::string_view key) {
        return object_value(field(1, entry(key, text_value("x"))));
    };
    EXPECT_GT(found_in(attribute("a", inner("b")) + attribute("a", inner("c")) +
                       attribute("b", text_value("1")) + attribute("b", text_value("2"))),
              0U);
}

// Goal    a key counts as what it means, also where it cannot be written as it is.
TEST(FlattenerFoundTest, KeysAreFoundByWhatTheyMean) {
    for (const auto* key : {"a\"b", "\\", "\n", "gr\xc3\xbc\xc3\x9f", "\xff", "", "12345678",
                            "123456789", "1234567890123456", "12345678901234567"}) {
        EXPECT_GT(
            found_in(attribute(key, text_value("x\"y")) + attribute("after", text_value(key))), 0U)
            << key;
    }
}

// Goal    a path that ends in an attribute finds nothing in it, whatever else is wanted.
TEST(FlattenerFoundTest, WhatIsBehindAPathIsNotWanted) {
    Flattener flattener(1 << 20);
    const std::vector<mapping::Path> paths = {mapping::parse_path("attributes.a").value(),
                                              mapping::parse_path("attributes.b").value()};
    const auto trie = mapping::PathTrie::build(paths).value();
    const auto nested = object_value(field(1, entry("attributes", text_value("wrong"))) +
                                     field(1, entry("a", text_value("wrong"))) +
                                     field(1, entry("b", text_value("wrong"))));
    ASSERT_TRUE(
        flattener.flatten(Signal::logs, Encoding::protobuf, logs_of(attribute("a", nested)), &trie)
            .ok());
    const auto found = flattener.found().of(0);
    EXPECT_TRUE(found.values[0].found());
    EXPECT_FALSE(found.values[1].found());
}

// Goal    elements of lists are found by their place, in lists of lists too.
TEST(FlattenerFoundTest, ElementsAreFoundByTheirPlace) {
    const auto list = [](std::string_view a, std::string_view b) {
        return list_value(field(1, a) + field(1, b));
    };
    EXPECT_GT(found_in(attribute("a", list(list(text_value("x"), text_value("y")), "")) +
                       attribute("b", list_value("")) + attribute("c", object_value(""))),
              5U);
}

// Goal    a request of few bytes and very many records does not take memory for what is found.
TEST(FlattenerFoundTest, OfVeryManyRecordsNothingIsFound) {
    std::vector<mapping::Path> paths;
    for (int i = 0; i < 100; ++i) {
        paths.push_back(mapping::parse_path("resource.r" + std::to_string(i)).value());
    }
    const auto trie = mapping::PathTrie::build(paths).value();
    const auto resource = field(1, field(1, field(1, "r7") + field(2, text_value("x"))));
    const auto request = [&](int records) {
        std::string all;
        for (int i = 0; i < records; ++i) all += field(2, "");
        return field(1, resource + field(2, all));
    };
    Flattener flattener(64 << 20);
    ASSERT_TRUE(flattener.flatten(Signal::logs, Encoding::protobuf, request(5000), &trie).ok());
    EXPECT_EQ(flattener.found().of(4999).paths, &trie);
    EXPECT_TRUE(flattener.found().of(4999).values[7].found());
    ASSERT_TRUE(flattener.flatten(Signal::logs, Encoding::protobuf, request(5100), &trie).ok());
    EXPECT_EQ(flattener.records(), 5100U);
    EXPECT_EQ(flattener.found().of(0).paths, nullptr);
}

// Goal    nobody finds anything in records whose source wants nothing, and what was found of an
//         earlier request is gone.
TEST(FlattenerFoundTest, ForgetsTheRequestBefore) {
    Flattener flattener(1 << 20);
    const auto trie = mapping::PathTrie::build(
                          std::vector<mapping::Path>{mapping::parse_path("severity_text").value()})
                          .value();
    const auto with_text = logs_of(field(3, "WARN"));
    ASSERT_TRUE(flattener.flatten(Signal::logs, Encoding::protobuf, with_text, &trie).ok());
    EXPECT_TRUE(flattener.found().of(0).values[0].found());
    ASSERT_TRUE(flattener.flatten(Signal::logs, Encoding::protobuf, with_text).ok());
    EXPECT_EQ(flattener.found().of(0).paths, nullptr);
    ASSERT_FALSE(flattener.flatten(Signal::logs, Encoding::protobuf, "\x0a", &trie).ok());
    EXPECT_EQ(flattener.found().of(0).paths, nullptr);
}

}  // namespace
}  // namespace millrace::otlp
