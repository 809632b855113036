#include "templates/worker_process.h"

#include <gtest/gtest.h>

namespace millrace::templates {
namespace {

constexpr std::uint64_t kBytesMax = 1 << 20;
constexpr Milliseconds kEnough{60'000};

// Goal    a process that ends before it evaluates anything is not waited for.
// Method  a batch that cannot be read; main() of template_pool_test.cc is the worker.
TEST(WorkerProcessTest, TellsOfAProcessThatDiesBetweenEvaluations) {
    auto started =
        WorkerProcess::start({"/proc/self/exe", "template-worker"}, {.templates = {"1"}});
    ASSERT_TRUE(started.ok());
    auto worker = std::move(started).value();
    const auto ready = worker.channel().receive(kBytesMax, kEnough);
    ASSERT_TRUE(ready.ok());
    EXPECT_EQ(ready.value().kind, FrameKind::ready);

    ASSERT_TRUE(worker.channel().send(FrameKind::batch, "no batch", kEnough).ok());
    const auto told = worker.channel().receive(kBytesMax, kEnough);
    ASSERT_TRUE(told.ok());
    ASSERT_EQ(told.value().kind, FrameKind::died);
    const auto died = decode_died(told.value().payload);
    ASSERT_TRUE(died.ok());
    EXPECT_EQ(died.value().death, Death::outside);
    EXPECT_EQ(died.value().item, std::nullopt);
    const auto end = worker.channel().receive(kBytesMax, kEnough);
    ASSERT_FALSE(end.ok());
    EXPECT_EQ(end.error().code(), Code::unavailable);
}

}  // namespace
}  // namespace millrace::templates
