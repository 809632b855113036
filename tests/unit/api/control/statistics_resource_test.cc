#include "api/control/statistics_resource.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

const std::string kTotal = kSinks + "/my-sink/statistics/total";
const std::string kFiles = kSinks + "/my-sink/statistics/files";

class StatisticsResourceTest : public ApiTest {
protected:
    StatisticsResourceTest() { make_source_and_sink(); }
};

TEST_F(StatisticsResourceTest, WithoutRecordsThereAreOnlyZeros) {
    EXPECT_EQ(call("GET", kTotal).json(), nlohmann::json::parse(R"({"total":
        {"recordsCount":0,"compressedSize":0,"uncompressedSize":0},"levels":{}})"));
}

TEST_F(StatisticsResourceTest, AddsTheOpenSliceToWhatTheCatalogKnows) {
    journal_.files = {fakes::open_file(1, 3), fakes::open_file(2, 50)};
    lifecycle_.by_sink[SinkNumber(1)].local = {
        .rows = 1, .csv_bytes = 5, .first_at = WallTime{500}, .last_at = WallTime{500}};
    lifecycle_.by_sink[SinkNumber(1)].target = {.rows = 6,
                                                .csv_bytes = 60,
                                                .staged_bytes = 20,
                                                .first_at = WallTime{0},
                                                .last_at = WallTime{400}};
    EXPECT_EQ(call("GET", kTotal).json(), nlohmann::json::parse(R"({
        "total":{"firstRecordAt":"1970-01-01T00:00:00.000Z","lastRecordAt":"1970-01-01T00:00:02.000Z",
            "recordsCount":10,"compressedSize":20,"uncompressedSize":95},
        "levels":{
        "local":{"firstRecordAt":"1970-01-01T00:00:00.500Z","lastRecordAt":"1970-01-01T00:00:02.000Z",
            "recordsCount":4,"compressedSize":0,"uncompressedSize":35},
        "target":{"firstRecordAt":"1970-01-01T00:00:00.000Z","lastRecordAt":"1970-01-01T00:00:00.400Z",
            "recordsCount":6,"compressedSize":20,"uncompressedSize":60}}})"));
}

TEST_F(StatisticsResourceTest, RowsSetAsideAndDiscardedAreLevelsOfTheirOwn) {
    lifecycle_.by_sink[SinkNumber(1)].set_aside.rows = 2;
    lifecycle_.by_sink[SinkNumber(1)].discarded.rows = 3;
    const auto statistics = call("GET", kTotal).json();
    EXPECT_EQ(statistics["total"]["recordsCount"], 5);
    EXPECT_EQ(statistics["levels"]["setAside"]["recordsCount"], 2);
    EXPECT_EQ(statistics["levels"]["discarded"]["recordsCount"], 3);
}

TEST_F(StatisticsResourceTest, ASliceSealedDuringTheReadIsCountedOnce) {
    journal_.files = {fakes::open_file(1, 3)};
    lifecycle_.after_statistics = [this] {  // sealed right after the catalog was asked
        const auto slice = *journal_.files[0].slice;
        lifecycle_.slices[slice.opening.slice] = Slice{};
        lifecycle_.by_sink[SinkNumber(1)].local.rows = 3;
        journal_.files.clear();
    };
    EXPECT_EQ(call("GET", kTotal).json()["total"]["recordsCount"], 3);
}

FileReport file_report(std::int64_t opened_at, FileState state, const Retry& retry = {}) {
    FileReport report;
    report.file.id.value.bytes[1] = static_cast<std::uint8_t>(opened_at);
    report.file.state = state;
    report.file.opened_at = WallTime{opened_at};
    report.file.retry = retry;
    return report;
}

std::vector<std::string> opened(const nlohmann::json& files) {
    std::vector<std::string> times;
    for (const auto& file : files) times.push_back(file.value("openedAt", "").substr(20, 3));
    return times;
}

// Goal    imported files, then those that go well, then those that fail, each in opening order;
//         a file that only the journal knows is there too.
TEST_F(StatisticsResourceTest, FilesAreListedInGroups) {
    const Retry retry{.attempt = 2, .reason = "no table", .after = WallTime{900}};
    auto imported = file_report(5, FileState::imported);
    imported.imported_at = WallTime{700};
    imported.statistics.target = {.rows = 4,
                                  .csv_bytes = 40,
                                  .staged_bytes = 9,
                                  .first_at = WallTime{5},
                                  .last_at = WallTime{6}};
    reports_.by_sink[SinkNumber(1)] = {
        file_report(1, FileState::importing, retry), file_report(2, FileState::closing),
        file_report(3, FileState::writing), file_report(4, FileState::imported), imported};
    journal_.files = {fakes::open_file(1, 3)};
    journal_.files[0].id.value.bytes[1] = 3;  // the file in `writing`
    journal_.files[0].slice->opening.file = journal_.files[0].id;

    const auto files = call("GET", kFiles).json()["files"];
    EXPECT_THAT(opened(files), testing::ElementsAre("004", "005", "002", "003", "001"));
    EXPECT_EQ(files[1], nlohmann::json::parse(R"({
        "fileId":"00050000-0000-0000-0000-000000000000","state":"imported","openedAt":"1970-01-01T00:00:00.005Z","importedAt":"1970-01-01T00:00:00.700Z","statistics":{
        "total":{"firstRecordAt":"1970-01-01T00:00:00.005Z","lastRecordAt":"1970-01-01T00:00:00.006Z",
            "recordsCount":4,"compressedSize":9,"uncompressedSize":40},
        "levels":{"target":{"firstRecordAt":"1970-01-01T00:00:00.005Z",
            "lastRecordAt":"1970-01-01T00:00:00.006Z",
            "recordsCount":4,"compressedSize":9,"uncompressedSize":40}}}})"));
    EXPECT_EQ(files[3]["statistics"]["levels"]["local"]["recordsCount"], 3);
    EXPECT_EQ(files[4]["retryAttempt"], 2);
    EXPECT_EQ(files[4]["retryReason"], "no table");
    EXPECT_EQ(files[4]["retryAfter"], "1970-01-01T00:00:00.900Z");

    EXPECT_THAT(opened(call("GET", kFiles + "?failedFiles=true").json()["files"]),
                testing::ElementsAre("001"));
    EXPECT_EQ(call("GET", kFiles + "?failedFiles=false").json()["files"].size(), 5u);
    const auto refused = call("GET", kFiles + "?failedFiles=maybe");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.error(), "stream.api.invalidFieldType");
}

TEST_F(StatisticsResourceTest, AFileSetAsideIsAmongTheFailedAndSaysWhy) {
    auto aside = file_report(1, FileState::set_aside);
    aside.file.aside = SetAside{.reason = "no such column", .at = WallTime{900}};
    reports_.by_sink[SinkNumber(1)] = {aside, file_report(2, FileState::closing),
                                       file_report(3, FileState::discarded)};
    const auto files = call("GET", kFiles).json()["files"];
    EXPECT_THAT(opened(files), testing::ElementsAre("003", "002", "001"));
    EXPECT_EQ(files[2]["state"], "setAside");
    EXPECT_EQ(files[2]["setAsideReason"], "no such column");
    EXPECT_EQ(files[2]["setAsideAt"], "1970-01-01T00:00:00.900Z");
    EXPECT_EQ(call("GET", kFiles + "?failedFiles=true").json()["files"].size(), 1U);
}

TEST_F(StatisticsResourceTest, AFileThatOnlyTheJournalKnowsIsWriting) {
    journal_.files = {fakes::open_file(1, 3)};
    journal_.files[0].opened_at = WallTime{8};
    const auto files = call("GET", kFiles).json()["files"];
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(files[0]["state"], "writing");
    EXPECT_EQ(opened(files), std::vector<std::string>{"008"});
    EXPECT_EQ(files[0]["statistics"]["total"]["recordsCount"], 3);
}

TEST_F(StatisticsResourceTest, ClearingHidesFilesThatWereOpenedBefore) {
    journal_.files = {fakes::open_file(1, 3)};
    const auto cleared = call("DELETE", kSinks + "/my-sink/statistics/clear");
    EXPECT_EQ(cleared.status, 200);
    EXPECT_EQ(cleared.body, "");
    EXPECT_EQ(reports_.resets.at(SinkNumber(1)), clock_.age());
    EXPECT_EQ(call("GET", kFiles).json()["files"], nlohmann::json::array());
    EXPECT_EQ(call("DELETE", kSinks + "/none/statistics/clear").error(), "stream.api.sinkNotFound");
}

TEST_F(StatisticsResourceTest, ClearingASourceClearsItsSinks) {
    auto second = sink_body();
    second["name"] = "Second";
    ASSERT_EQ(finish("POST", kSinks, second.dump())["status"], "success");
    EXPECT_EQ(call("DELETE", kSources + "/my-source/statistics/clear").status, 200);
    EXPECT_EQ(reports_.resets.size(), 2u);
    EXPECT_EQ(call("DELETE", kSources + "/none/statistics/clear").error(),
              "stream.api.sourceNotFound");
}

TEST_F(StatisticsResourceTest, AnUnknownSinkIsNamed) {
    EXPECT_EQ(call("GET", kFiles).status, 200);
    EXPECT_EQ(call("GET", kSinks + "/none/statistics/files").error(), "stream.api.sinkNotFound");
    EXPECT_EQ(call("GET", kSinks + "/none/statistics/total").error(), "stream.api.sinkNotFound");
}

}  // namespace
}  // namespace millrace::control
