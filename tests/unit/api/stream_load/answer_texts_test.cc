#include "api/stream_load/answer_texts.h"

#include <gtest/gtest.h>

#include "core/ports/disk.h"

namespace millrace::stream_load {
namespace {

// Some clients send again where they read "unavailable", and only there.
TEST(AnswerTextsTest, AFullDiskIsSaidAndMayBeTriedAgain) {
    const auto full =
        message_of(Error(Code::unavailable, "write /x").named(kNoSpace), kAnalysisError);
    EXPECT_EQ(full, "[INTERNAL_ERROR]unavailable for the moment: the disk is full");
    const auto other = message_of(Error(Code::unavailable, "write /x"), kAnalysisError);
    EXPECT_EQ(other, "[INTERNAL_ERROR]the service is unavailable for the moment, please try again");
}

}  // namespace
}  // namespace millrace::stream_load
