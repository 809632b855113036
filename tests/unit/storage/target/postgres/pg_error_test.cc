#include "storage/target/postgres/pg_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PgErrorTest, StatesAreCodes) {
    EXPECT_EQ(code_of("22003"), Code::corrupt);
    EXPECT_EQ(code_of("23505"), Code::conflict);
    EXPECT_EQ(code_of("25006"), Code::unavailable);
    EXPECT_EQ(code_of("42703"), Code::conflict);
    EXPECT_EQ(code_of("53100"), Code::unavailable);
    EXPECT_EQ(code_of("55P03"), Code::unavailable);
    EXPECT_EQ(code_of("57P01"), Code::unavailable);
    EXPECT_EQ(code_of("XX000"), Code::unavailable);
    EXPECT_EQ(code_of(""), Code::unavailable);
}

TEST(PgErrorTest, AnErrorSaysWhereAndNotWhat) {
    const auto error = error_of({.state = "22P02",
                                 .message = "invalid input syntax for type bigint: \"secret\"",
                                 .context = "COPY orders, line 3, column price: \"secret\""});
    EXPECT_EQ(error.code(), Code::corrupt);
    EXPECT_THAT(error.operator_text(), HasSubstr("line 3, column price"));
    EXPECT_THAT(error.operator_text(), Not(HasSubstr("secret")));
}

TEST(PgErrorTest, AnErrorSaysWhatToDo) {
    EXPECT_THAT(error_of({.state = "25006", .message = "read-only", .context = {}}).operator_text(),
                HasSubstr("primary"));
    EXPECT_THAT(error_of({.state = "53100", .message = "full", .context = {}}).operator_text(),
                HasSubstr("free space"));
    for (const auto* const missing : {"3F000", "42P01"}) {
        const auto said = error_of({.state = missing, .message = "no", .context = {}});
        EXPECT_THAT(said.operator_text(), HasSubstr("enable the sink"));
        EXPECT_THAT(said.operator_text(), HasSubstr("millrace table create"));
    }
}

TEST(PgErrorTest, ThePlaceOfACopyIsFound) {
    EXPECT_EQ(place_of("COPY orders, line 3, column a: \"b: c\"\nmore"), "line 3, column a");
    EXPECT_EQ(place_of("COPY orders, line 12: \"...\""), "line 12");
    EXPECT_EQ(place_of("JSON data, line 1: ...\nCOPY json, line 5, column j: ..."),
              "line 5, column j");
    EXPECT_EQ(place_of("SQL function f, line 3"), "");
}

TEST(PgErrorTest, StatesThatAreAboutARow) {
    for (const auto* state :
         {"22003", "22P02", "23502", "23505", "23514", "44000", "54000", "P0001"}) {
        EXPECT_TRUE(is_about_row(state)) << state;
    }
    for (const auto* state :
         {"08006", "25006", "40001", "42501", "42P01", "53100", "54001", "57014"}) {
        EXPECT_FALSE(is_about_row(state)) << state;
    }
}

TEST(PgErrorTest, TheLineOfACopyIsRead) {
    EXPECT_EQ(line_of("COPY orders, line 17, column price: \"x\""), 17U);
    EXPECT_EQ(line_of("PL/pgSQL function f() line 3 at RAISE\nCOPY orders, line 2: \"a\""), 2U);
    EXPECT_EQ(line_of("PL/pgSQL function f() line 3 at RAISE"), 0U);
    EXPECT_EQ(line_of(""), 0U);
}

TEST(PgErrorTest, WordsAboutARowHaveNoPlaceAndNoRemedy) {
    EXPECT_EQ(
        words_of({.state = "23514", .message = "it violates \"c\"", .context = "COPY o, line 1"}),
        "PostgreSQL: it violates \"c\" (23514)");
    EXPECT_EQ(words_of({.state = "22P02", .message = "no bigint: \"abc\"", .context = ""}),
              "PostgreSQL: no bigint (22P02)");
}

}  // namespace
}  // namespace millrace::postgres
