#include "api/http/error_status.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

TEST(ErrorStatusTest, ANameHasAStatusOfItsOwnElseItsCode) {
    EXPECT_EQ(status_of(Error(Code::invalid, "").named("stream.in.pathNotFound")), 422);
    EXPECT_EQ(status_of(Error(Code::invalid, "").named("stream.api.badRequest")), 400);
    EXPECT_EQ(status_of(Error(Code::unknown_outcome, "")), 503);
}

}  // namespace
}  // namespace millrace::http
