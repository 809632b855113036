#include "core/model/slice.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(SliceTest, EveryStateHasItsWireName) {
    using enum SliceState;
    const std::pair<SliceState, const char*> cases[] = {
        {writing, "writing"},   {closing, "closing"},   {uploading, "uploading"},
        {uploaded, "uploaded"}, {imported, "imported"},
    };
    for (const auto& [state, text] : cases) {
        EXPECT_EQ(to_string(state), text);
        EXPECT_EQ(slice_state_from(text), state);
    }
}

TEST(SliceTest, OtherTextsAreNoState) {
    for (const auto* text : {"", "Writing", "success ", "deleted"})
        EXPECT_EQ(slice_state_from(text), std::nullopt);
}

}  // namespace
}  // namespace millrace
