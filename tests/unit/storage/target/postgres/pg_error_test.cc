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
}

TEST(PgErrorTest, ThePlaceOfACopyIsFound) {
    EXPECT_EQ(place_of("COPY orders, line 3, column a: \"b: c\"\nmore"), "line 3, column a");
    EXPECT_EQ(place_of("COPY orders, line 12: \"...\""), "line 12");
    EXPECT_EQ(place_of("JSON data, line 1: ...\nCOPY json, line 5, column j: ..."),
              "line 5, column j");
    EXPECT_EQ(place_of("SQL function f, line 3"), "");
}

}  // namespace
}  // namespace millrace::postgres
