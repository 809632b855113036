#include "core/policy/conditions.h"

#include <gtest/gtest.h>

namespace millrace::policy {
namespace {

Settings settings() {
    Settings settings;
    settings.upload = {.count = 10, .bytes = 100, .interval = Milliseconds(1000)};
    settings.import = {.count = 20, .bytes = 200, .interval = Milliseconds(2000)};
    settings.import_slices = 3;
    return settings;
}

struct Case {
    std::uint64_t rows;
    std::uint64_t bytes;
    std::int64_t age_ms;
    const char* reason;  // null: not due
};

TEST(ConditionsTest, SliceIsDueWhenAnyUploadConditionHolds) {
    const Case cases[] = {
        {9, 99, 999, nullptr},
        {10, 1, 0, "count: 10 of 10 records"},
        {11, 1, 0, "count: 11 of 10 records"},
        {1, 100, 0, "size: 100B of 100B"},
        {1, 1, 1000, "interval: open for 1s of 1s"},
        {0, 0, 1'000'000, nullptr},  // nothing without a row
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(testing::Message()
                     << c.rows << " rows, " << c.bytes << " B, " << c.age_ms << " ms");
        OpenSlice slice;
        slice.content.rows = c.rows;
        slice.content.bytes = c.bytes;
        const auto due = upload_due(slice, settings(), Milliseconds(c.age_ms));
        EXPECT_EQ(due.value_or("not due"), c.reason == nullptr ? "not due" : c.reason);
    }
}

TEST(ConditionsTest, FileIsDueWhenAnyImportConditionHolds) {
    const Case cases[] = {
        {19, 199, 1999, nullptr},          {20, 1, 0, "count: 20 of 20 records"},
        {1, 200, 0, "size: 200B of 200B"}, {1, 1, 2000, "interval: open for 2s of 2s"},
        {0, 0, 1'000'000, nullptr},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(testing::Message()
                     << c.rows << " rows, " << c.bytes << " B, " << c.age_ms << " ms");
        OpenFile file;
        file.slices = 1;
        file.rows = c.rows;
        file.bytes = c.bytes;
        const auto due = import_due(file, settings(), Milliseconds(c.age_ms));
        EXPECT_EQ(due.value_or("not due"), c.reason == nullptr ? "not due" : c.reason);
    }
}

TEST(ConditionsTest, FileIsDueWhenItsSealedSlicesReachTheLimit) {
    OpenFile file;
    file.rows = 3;
    file.slices = 3;
    file.slice = OpenSlice{};
    EXPECT_EQ(import_due(file, settings(), Milliseconds(0)), std::nullopt);
    file.slice.reset();
    EXPECT_EQ(import_due(file, settings(), Milliseconds(0)), "slices: 3 of 3");
}

}  // namespace
}  // namespace millrace::policy
