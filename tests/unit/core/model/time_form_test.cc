#include "core/model/time_form.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace millrace {
namespace {

TEST(TimeFormTest, NumbersBecomeTimesOfOneForm) {
    struct Row {
        TimeForm form;
        std::string text;
        std::optional<std::string> expected;
    };
    const Row table[] = {
        {TimeForm::epoch_s, "1700000000", "2023-11-14T22:13:20.000000Z"},
        {TimeForm::epoch_s, "1700000000.000100", "2023-11-14T22:13:20.000100Z"},
        {TimeForm::epoch_s, "1700000000.9999999", "2023-11-14T22:13:20.999999Z"},
        {TimeForm::epoch_s, "0", "1970-01-01T00:00:00.000000Z"},
        {TimeForm::epoch_s, "-1", "1969-12-31T23:59:59.000000Z"},
        {TimeForm::epoch_s, "-0.5", "1969-12-31T23:59:59.500000Z"},
        {TimeForm::epoch_s, "253402300799", "9999-12-31T23:59:59.000000Z"},
        {TimeForm::epoch_s, "253402300800", std::nullopt},
        {TimeForm::epoch_s, "-62135596800", "0001-01-01T00:00:00.000000Z"},
        {TimeForm::epoch_s, "-62135596801", std::nullopt},
        {TimeForm::epoch_s, "99999999999999999999999", std::nullopt},
        {TimeForm::epoch_s, "9999999999999999", std::nullopt},
        {TimeForm::epoch_ms, "1700000000123", "2023-11-14T22:13:20.123000Z"},
        {TimeForm::epoch_ms, "7", "1970-01-01T00:00:00.007000Z"},
        {TimeForm::epoch_ms, "1.5", "1970-01-01T00:00:00.001500Z"},
        {TimeForm::epoch_us, "1700000000123456", "2023-11-14T22:13:20.123456Z"},
        {TimeForm::epoch_ns, "1700000000123456789", "2023-11-14T22:13:20.123456Z"},
        {TimeForm::epoch_ns, "12", "1970-01-01T00:00:00.000000Z"},
        {TimeForm::rfc2822, "Sat, 31 Jan 2026 09:30:00 GMT", "2026-01-31T09:30:00.000000Z"},
        {TimeForm::text, "2026-01-31", "2026-01-31T00:00:00.000000Z"},
        {TimeForm::epoch_s, "", std::nullopt},
        {TimeForm::epoch_s, "-", std::nullopt},
        {TimeForm::epoch_s, ".5", std::nullopt},
        {TimeForm::epoch_s, "5.", std::nullopt},
        {TimeForm::epoch_s, "1e9", std::nullopt},
        {TimeForm::epoch_s, " 5", std::nullopt},
        {TimeForm::epoch_s, "+5", std::nullopt},
        {TimeForm::epoch_s, "2026-01-31", std::nullopt},
    };
    for (const auto& row : table) {
        EXPECT_EQ(parse_time(row.form, row.text), row.expected)
            << to_string(row.form) << " " << row.text;
    }
}

TEST(TimeFormTest, NamesAreReadAsTheyAreWritten) {
    for (const auto form : {TimeForm::epoch_s, TimeForm::epoch_ms, TimeForm::epoch_us,
                            TimeForm::epoch_ns, TimeForm::rfc2822}) {
        EXPECT_EQ(time_form_from(to_string(form)), form);
        EXPECT_FALSE(rule_of(form).empty());
    }
    EXPECT_FALSE(time_form_from("text"));
    EXPECT_FALSE(time_form_from("epoch"));
}

}  // namespace
}  // namespace millrace
