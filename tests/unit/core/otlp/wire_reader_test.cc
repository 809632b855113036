#include "core/otlp/wire_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/core/otlp/wire_bytes.h"

namespace millrace::otlp {
namespace {

std::string faults_of(std::string_view message) {
    WireFault fault;
    WireReader reader(message, fault);
    for (WireField field; reader.next(field);) {
    }
    return std::string(fault.what());
}

TEST(WireReaderTest, FieldsComeInTheOrderOfTheirBytes) {
    const auto message = number_field(1, 300) + field(2, "abc") + fixed64_field(3, 7) + tag(4, 5) +
                         "\x01\x02\x03\x04";
    WireFault fault;
    WireReader reader(message, fault);
    WireField one;
    ASSERT_TRUE(reader.next(one));
    EXPECT_EQ(reader.varint(one), 300);
    ASSERT_TRUE(reader.next(one));
    EXPECT_EQ(reader.bytes(one), "abc");
    ASSERT_TRUE(reader.next(one));
    EXPECT_EQ(reader.fixed64(one), 7);
    ASSERT_TRUE(reader.next(one));
    EXPECT_EQ(reader.fixed32(one), 0x04030201);
    EXPECT_FALSE(reader.next(one));
    EXPECT_FALSE(fault.is_noted());
}

TEST(WireReaderTest, AGroupIsOneFieldWithWhatIsInIt) {
    const auto group =
        tag(7, 3) + number_field(1, 1) + tag(8, 3) + field(2, "x") + tag(8, 4) + tag(7, 4);
    WireFault fault;
    const auto message = group + number_field(1, 5);
    WireReader reader(message, fault);
    WireField one;
    ASSERT_TRUE(reader.next(one));
    EXPECT_EQ(one.number, 7);
    EXPECT_EQ(one.type, WireType::group_begin);
    ASSERT_TRUE(reader.next(one));
    EXPECT_EQ(one.number, 1);
    EXPECT_EQ(reader.varint(one), 5);
    EXPECT_FALSE(reader.next(one));
    EXPECT_FALSE(fault.is_noted());
}

TEST(WireReaderTest, WhatIsNoMessageIsAFault) {
    std::string deep;
    for (int i = 0; i < 200'000; ++i) deep += tag(1, 3);
    const std::vector<std::pair<std::string, std::string>> table = {
        {"", ""},
        {std::string(1, '\x08'), "a field that is cut off"},
        {field(1, "abc").substr(0, 4), "a field that is cut off"},
        {fixed64_field(1, 1).substr(0, 8), "a field that is cut off"},
        {tag(1, 5) + "abc", "a field that is cut off"},
        {tag(1, 2) + varint(~std::uint64_t{0}), "a field that is cut off"},
        {tag(1, 0) + std::string(11, '\xff'), "a number of more than 10 bytes"},
        {std::string("\x00\x00", 2), "a field with the number 0"},
        {tag(1, 6), "a wire type that does not exist"},
        {tag(1, 7), "a wire type that does not exist"},
        {tag(1, 4), "the end of a group that has no begin"},
        {tag(1, 3), "a group that has no end"},
        {tag(1, 3) + tag(2, 4), "the end of another group"},
        {deep, "groups that are nested too deep"},
        {std::string(6, '\x88') + std::string(1, '\0'), "a tag that is too long"},
    };
    for (const auto& [message, fault] : table) EXPECT_EQ(faults_of(message), fault);
}

TEST(WireReaderTest, RepeatedNumbersMayBePackedOrNot) {
    std::string packed;
    for (const std::uint64_t value : {1U, 2U}) packed += fixed64_field(1, value).substr(1);
    const auto message = field(1, packed) + fixed64_field(1, 3) +
                         field(2, varint(300) + varint(4)) + number_field(2, 5);
    std::vector<std::uint64_t> fixed;
    std::vector<std::uint64_t> varints;
    WireFault fault;
    WireReader reader(message, fault);
    for (WireField one; reader.next(one);) {
        const auto add_to = [](auto& list) {
            return [&list](std::uint64_t v) { list.push_back(v); };
        };
        if (one.number == 1) reader.each_fixed64(one, add_to(fixed));
        if (one.number == 2) reader.each_varint(one, add_to(varints));
    }
    EXPECT_EQ(fixed, (std::vector<std::uint64_t>{1, 2, 3}));
    EXPECT_EQ(varints, (std::vector<std::uint64_t>{300, 4, 5}));
    EXPECT_FALSE(fault.is_noted());
}

}  // namespace
}  // namespace millrace::otlp
