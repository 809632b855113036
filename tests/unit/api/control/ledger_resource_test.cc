#include "api/control/ledger_resource.h"

#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

class LedgerResourceTest : public ApiTest {
protected:
    LedgerResourceTest() { make_source_and_sink(); }

    void keep_reject() {
        Reject reject;
        reject.sink = SinkNumber(1);
        rejects_.rejects.emplace(rejects_.rejects.size() + 1, reject);
    }
};

TEST_F(LedgerResourceTest, EveryRecordIsInOnePlace) {
    auto& statistics = lifecycle_.by_sink[SinkNumber(1)];
    statistics.local.rows = 1;
    statistics.staging.rows = 20;
    statistics.target.rows = 300;
    statistics.set_aside.rows = 4000;
    statistics.discarded.rows = 50000;
    keep_reject();
    keep_reject();
    const auto counters = sink_counters_.of(SinkNumber(1));
    counters->add_received(40);
    counters->add_refused(5);
    counters->add_duplicate(6);
    EXPECT_EQ(call("GET", kSinks + "/my-sink/ledger").json(),
              nlohmann::json::parse(R"({"accepted":54323,"local":1,"staging":20,"target":300,
                  "setAside":4000,"discarded":50000,"keptRejects":2,"lost":0,"sinceStart":{"received":40,"refused":5,"duplicate":6}})"));
    EXPECT_EQ(call("GET", kSinks + "/other/ledger").status, 404);
}

TEST_F(LedgerResourceTest, RowsOfAVolumeThatWasNotRecoveredCannotBeCounted) {
    journal_.unknown = {VolumeId("fast"), VolumeId("slow")};
    const auto answer = call("GET", kSinks + "/my-sink/ledger");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.error(), "stream.api.volumeFailed");
    EXPECT_EQ(answer.message(),
              "The rows of the failed or missing volumes \"fast\", \"slow\" cannot be counted. If "
              "it has failed, the log of the start says why (volume_is_failed): mend that, remove "
              "the file FAILED in its directory if there is one, and restart the service. If it is "
              "missing, configure it again, or give it up with `millrace volume lost NAME`.");
    EXPECT_TRUE(answer.json().contains("exceptionId"));
    EXPECT_EQ(call("GET", kSinks + "/my-sink/statistics/total").status, 200);
}

}  // namespace
}  // namespace millrace::control
