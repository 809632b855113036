#include "core/pipeline/sink_counters.h"

#include <gtest/gtest.h>

namespace millrace::pipeline {
namespace {

TEST(SinkCounterSetTest, ASinkHasOneSetOfCountersAsOftenAsItIsAskedFor) {
    SinkCounterSet set;
    set.of(SinkNumber(1))->add_received(3);
    set.of(SinkNumber(1))->add_refused(2);
    set.of(SinkNumber(2))->add_duplicate(1);
    EXPECT_EQ(set.counts(SinkNumber(1)), (SinkCounts{.received = 3, .refused = 2}));
    EXPECT_EQ(set.counts(SinkNumber(2)), (SinkCounts{.duplicate = 1}));
    EXPECT_EQ(set.counts(SinkNumber(3)), SinkCounts{});
    EXPECT_EQ(set.all().size(), 2U) << "asking for counts makes none";
}

}  // namespace
}  // namespace millrace::pipeline
