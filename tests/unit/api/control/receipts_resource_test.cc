#include <gtest/gtest.h>

#include "core/model/receipt.h"
#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

const std::string kReceipts = "/v1/branches/default/receipts/";

class ReceiptsResourceTest : public ApiTest {
protected:
    ReceiptsResourceTest() { make_source_and_sink(); }

    static std::string receipt() {
        return encode_receipt({.ack = Ack::disk,
                               .arrived_at = WallTime{1'700'000'000'000},
                               .volume = VolumeId("default"),
                               .batch = BatchNumber(7),
                               .sinks = {{.number = SinkNumber(1), .has_rows = true},
                                         {.number = SinkNumber(99), .has_refused = true}}});
    }
};

TEST_F(ReceiptsResourceTest, SaysForEachSinkWhereItsRowsAre) {
    const auto answer = call("GET", kReceipts + receipt());
    ASSERT_EQ(answer.status, 200) << answer.body;
    auto json = answer.json();
    EXPECT_EQ(json["receipt"], receipt());
    json.erase("receipt");
    EXPECT_EQ(json, nlohmann::json::parse(R"({"projectId":1,"branchId":123,"ack":"disk",
        "arrivedAt":"2023-11-14T22:13:20.000Z","volume":"default","done":false,"sinks":[
        {"sourceId":"my-source","sinkId":"my-sink","state":"memory"},
        {"state":"rejected","refused":true}]})"));
    journal_.durable = 7;
    EXPECT_EQ(call("GET", kReceipts + receipt()).json()["done"], true);
}

// Goal    nobody takes rows for kept whose table is gone.
TEST_F(ReceiptsResourceTest, RowsOfASourceThatIsDeletedForGoodAreDeleted) {
    journal_.durable = 7;
    const auto state = [&] {
        const auto json = call("GET", kReceipts + receipt()).json();
        EXPECT_EQ(json["done"], true);
        return json["sinks"][0]["state"];
    };
    EXPECT_EQ(state(), "target");
    finish("DELETE", kSources + "/my-source");
    EXPECT_EQ(state(), "target") << "its table is kept";
    finish("PUT", kSources + "/my-source/undelete");
    finish("DELETE", kSources + "/my-source?cascade=true");
    EXPECT_EQ(state(), "deleted");
    make_source_and_sink();
    EXPECT_EQ(state(), "deleted") << "another one of that name";
}

TEST_F(ReceiptsResourceTest, WaitsUntilTheRowsAreWhereTheyStay) {
    std::thread mover([this] {
        journal_.durable = 7;
        progress_.note();
    });
    const auto answer = call("GET", kReceipts + receipt() + "?wait=30s");
    mover.join();
    EXPECT_EQ(answer.json()["done"], true) << answer.body;
}

TEST_F(ReceiptsResourceTest, AWaitThatIsOverSaysWhatThereIs) {
    EXPECT_EQ(call("GET", kReceipts + receipt() + "?wait=1ms").json()["done"], false);
    progress_.close();
    EXPECT_EQ(call("GET", kReceipts + receipt() + "?wait=30s").json()["done"], false)
        << "the service ends";
}

TEST_F(ReceiptsResourceTest, OnlyAFewMayWait) {
    std::vector<std::shared_ptr<void>> places;
    while (auto place = progress_.take_place()) places.push_back(std::move(place));
    const auto answer = call("GET", kReceipts + receipt() + "?wait=1s");
    EXPECT_EQ(places.size(), Progress::kPlaces);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.error(), "stream.api.tooManyWaiting");
    EXPECT_EQ(call("GET", kReceipts + receipt()).status, 200);
    places.pop_back();
    EXPECT_EQ(call("GET", kReceipts + receipt() + "?wait=1ms").status, 200);
}

TEST_F(ReceiptsResourceTest, BadInputIsNamed) {
    EXPECT_EQ(call("GET", kReceipts + "nonsense").error(), "stream.api.receiptNotFound");
    for (const auto* const wait : {"soon", "-1s", "2m", ""}) {
        const auto answer = call("GET", kReceipts + receipt() + "?wait=" + wait);
        EXPECT_EQ(answer.status, 400) << wait;
        EXPECT_NE(answer.message().find("must be a duration up to 1m0s"), std::string::npos)
            << answer.body;
    }
    EXPECT_EQ(call("GET", kReceipts + receipt(), "", {}).status, 400) << "without a token";
}

}  // namespace
}  // namespace millrace::control
