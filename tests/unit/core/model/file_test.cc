#include "core/model/file.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(FileTest, EveryStateHasItsWireName) {
    using enum FileState;
    const std::pair<FileState, const char*> cases[] = {
        {writing, "writing"},
        {closing, "closing"},
        {importing, "importing"},
        {imported, "imported"},
    };
    for (const auto& [state, text] : cases) {
        EXPECT_EQ(to_string(state), text);
        EXPECT_EQ(file_state_from(text), state);
    }
}

TEST(FileTest, OtherTextsAreNoState) {
    for (const auto* text : {"", "Writing", "success ", "deleted"})
        EXPECT_EQ(file_state_from(text), std::nullopt);
}

}  // namespace
}  // namespace millrace
