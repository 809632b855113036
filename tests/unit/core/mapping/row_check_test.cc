#include "core/mapping/row_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "core/mapping/source_mapper.h"
#include "tests/support/counting_rng.h"

namespace millrace::mapping {
namespace {

using testing::HasSubstr;

constexpr ValueRules kAny;
constexpr ValueRules kStrict{.is_strict = true, .key_bytes_max = 12};

class RowCheckTest : public testing::Test {
protected:
    ColumnPlan plan(DataType type, bool primary_key = false) {
        return {.type = ColumnType::path,
                .data_type = type,
                .time_form = TimeForm::text,
                .primary_key = primary_key,
                .raw_string = true,
                .slot = 0,
                .texts = &texts_};
    }

    ColumnTexts texts_{
        .name = "c", .path = "p", .argument = "", .if_missing = {}, .program = std::nullopt};
    test::CountingRng rng_{test::CountingRng::kLargeStep};
    std::unique_ptr<Scratch, void (*)(Scratch*)> scratch_ = make_scratch(rng_);
};

TEST_F(RowCheckTest, TextsOfATargetThatHoldsAnyNeedNoLook) {
    EXPECT_FALSE(RowCheck(kAny, *scratch_).looks_at(plan(DataType::string, true)));
    EXPECT_TRUE(RowCheck(kAny, *scratch_).looks_at(plan(DataType::integer)));
    EXPECT_TRUE(RowCheck(kStrict, *scratch_).looks_at(plan(DataType::string)));
}

TEST_F(RowCheckTest, ACellBecomesAValueOfItsTypeOrIsRefused) {
    auto time = plan(DataType::timestamp);
    time.time_form = TimeForm::epoch_s;
    struct Row {
        ColumnPlan column;
        ValueRules rules;
        std::string cell;
        std::string expected;  // the cell then, or "!" and a part of the error
    };
    const Row table[] = {
        {plan(DataType::integer), kAny, "7", "7"},
        {plan(DataType::integer), kAny, "null", ""},
        {plan(DataType::integer, true), kAny, "null", "!a primary key cannot be NULL"},
        {plan(DataType::integer), kAny, "x", "!is not INTEGER"},
        {plan(DataType::json), kAny, R"({"a":1})", R"({"a":1})"},
        {plan(DataType::json), kAny, "{", "!is not JSON"},
        {plan(DataType::json), kAny, R"("\u0000")", R"("\u0000")"},
        {plan(DataType::json), kStrict, R"("\u0000")", "!which the target cannot hold"},
        {time, kAny, "0", "1970-01-01T00:00:00.000000Z"},
        {time, kAny, "soon", "!is not TIMESTAMP"},
        {plan(DataType::string), kStrict, "\xff", "!which the target cannot hold"},
    };
    for (const auto& row : table) {
        SCOPED_TRACE(row.cell);
        RowCheck values(row.rules, *scratch_);
        std::string_view cell = row.cell;
        const auto looked = values.look(row.column, cell);
        if (!row.expected.starts_with('!')) {
            ASSERT_TRUE(looked.ok()) << looked.error().client_text();
            EXPECT_EQ(cell, row.expected);
            continue;
        }
        ASSERT_FALSE(looked.ok());
        EXPECT_EQ(looked.error().name(), "stream.in.invalidValue");
        EXPECT_THAT(looked.error().client_text(), HasSubstr(row.expected.substr(1)));
    }
}

TEST_F(RowCheckTest, TheCellsOfAKeyAreCountedTogether) {
    RowCheck values(kStrict, *scratch_);
    const auto look = [&](bool primary_key, std::string_view cell) {
        return values.look(plan(DataType::string, primary_key), cell).ok();
    };
    EXPECT_TRUE(look(true, "1234"));  // with 8: all that there is
    EXPECT_TRUE(look(false, "a text beside the key"));
    EXPECT_FALSE(look(true, ""));
}

}  // namespace
}  // namespace millrace::mapping
