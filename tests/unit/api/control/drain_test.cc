#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

class DrainTest : public ApiTest {
protected:
    std::string begin(const std::string& method, const std::string& path) {
        const auto id = call(method, path).json().value("taskId", "");
        settle();
        return id;
    }
    nlohmann::json task(const std::string& id) { return call("GET", "/v1/tasks/" + id).json(); }
    void wake() {
        strand_.wake();
        settle();
    }
};

TEST_F(DrainTest, DisablingEndsWhenAcceptedRowsAreImported) {
    make_source_and_sink();
    lifecycle_.by_sink[SinkNumber(1)].staging.rows = 3;
    const auto id = begin("PUT", kSources + "/my-source/disable");
    EXPECT_EQ(task(id)["status"], "processing");
    wake();
    EXPECT_EQ(task(id)["status"], "processing");

    lifecycle_.by_sink[SinkNumber(1)] = {};
    wake();
    EXPECT_EQ(task(id)["result"], "Source has been disabled successfully.");
}

TEST_F(DrainTest, RowsThatCannotBeImportedAreNamedInTheResult) {
    make_source_and_sink();
    lifecycle_.by_sink[SinkNumber(1)].local.rows = 1;
    lifecycle_.by_sink[SinkNumber(1)].staging.rows = 2;
    const auto id = begin("DELETE", kSinks + "/my-sink");
    clock_.advance(definitions::kDrainAtMost - Milliseconds(1));
    wake();
    EXPECT_EQ(task(id)["status"], "processing");
    clock_.advance(Milliseconds(1));
    wake();
    EXPECT_EQ(task(id)["status"], "success");
    EXPECT_EQ(task(id)["result"],
              "Sink has been deleted successfully. 3 rows of the sink \"my-sink\" are not imported "
              "yet: they are kept and imported later.");
}

TEST_F(DrainTest, AVolumeWhoseRowsAreUnknownIsNamedInTheResult) {
    make_source_and_sink();
    journal_.unknown = {VolumeId("fast")};
    const auto id = begin("PUT", kSources + "/my-source/disable");
    EXPECT_EQ(task(id)["result"],
              "Source has been disabled successfully. The rows of the failed or missing volume "
              "\"fast\" cannot be counted: they are kept and imported later.");
}

// Goal    waiting for rows holds up no other change.
TEST_F(DrainTest, OtherTasksGoOnMeanwhile) {
    make_source_and_sink();
    lifecycle_.by_sink[SinkNumber(1)].staging.rows = 3;
    begin("PUT", kSinks + "/my-sink/disable");
    EXPECT_EQ(finish("PUT", kSinks + "/my-sink/enable")["status"], "success");
}

}  // namespace
}  // namespace millrace::control
