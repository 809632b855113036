#include "api/upload/upload_outcome.h"

#include <gtest/gtest.h>

#include "core/base/error_names.h"
#include "core/ports/disk.h"

namespace millrace::upload {
namespace {

TEST(UploadOutcomeTest, AFailureOfTheServiceIsTellingOfAFullDiskAlone) {
    const struct {
        Error error;
        int status;
        std::string_view name;
    } cases[] = {
        {Error(Code::unavailable, "x").named(kNoSpace), 507, error_names::kInDiskFull},
        {Error(Code::unknown_outcome, "x").named(kNoSpace), 507, error_names::kInDiskFull},
        {Error(Code::overloaded, "x").named(error_names::kInDiskFull), 507,
         error_names::kInDiskFull},
        {Error(Code::unavailable, "x"), 503, error_names::kUploadUnavailable},
        {Error(Code::internal, "x"), 500, error_names::kUploadInternalError},
    };
    for (const auto& test : cases) {
        const auto failure = failure_of(test.error);
        EXPECT_EQ(failure.status, test.status) << test.name;
        EXPECT_EQ(failure.name, test.name);
    }
    const auto full = failure_of(Error(Code::unavailable, "write /x").named(kNoSpace));
    EXPECT_NE(full.message.find("make room"), std::string::npos) << full.message;
    EXPECT_EQ(full.message.find("/x"), std::string::npos) << full.message;
}

}  // namespace
}  // namespace millrace::upload
