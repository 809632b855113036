#include "core/model/task.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(TaskTest, EveryStatusHasItsWireName) {
    using enum TaskStatus;
    const std::pair<TaskStatus, const char*> cases[] = {
        {processing, "processing"},
        {success, "success"},
        {error, "error"},
    };
    for (const auto& [state, text] : cases) {
        EXPECT_EQ(to_string(state), text);
        EXPECT_EQ(task_status_from(text), state);
    }
}

TEST(TaskTest, OtherTextsAreNoStatus) {
    for (const auto* text : {"", "Writing", "success ", "deleted"})
        EXPECT_EQ(task_status_from(text), std::nullopt);
}

}  // namespace
}  // namespace millrace
