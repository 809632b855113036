#include "core/definitions/definition_errors.h"

#include <gtest/gtest.h>

#include "core/ports/disk.h"

namespace millrace::definitions {
namespace {

TEST(DefinitionErrorsTest, OnlyAFullDiskIsExplained) {
    const auto full = explained(Error(Code::unavailable, "write /x").named(kNoSpace));
    EXPECT_EQ(full.name(), "stream.api.diskFull");
    EXPECT_EQ(full.code(), Code::overloaded) << "its text is for clients";
    EXPECT_EQ(full.client_text().find("/x"), std::string::npos) << full.client_text();
    EXPECT_EQ(explained(Error(Code::overloaded, "x").named("stream.in.diskFull")).name(),
              "stream.api.diskFull");
    for (const auto name : {kNoDescriptors, std::string_view()}) {
        const auto other = explained(Error(Code::unavailable, "open /x").named(name));
        EXPECT_EQ(other.name(), name);
        EXPECT_EQ(other.code(), Code::unavailable);
        EXPECT_EQ(other.client_text(), "open /x");
    }
}

TEST(DefinitionErrorsTest, WhatIsExplainedStaysSo) {
    const auto once = explained(Error(Code::unavailable, "write /x").named(kNoSpace));
    const auto twice = explained(once);
    EXPECT_EQ(twice.name(), once.name());
    EXPECT_EQ(twice.operator_text(), once.operator_text());
}

}  // namespace
}  // namespace millrace::definitions
