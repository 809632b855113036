#include "api/control/statistics_resource.h"

#include <gtest/gtest.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

const std::string kTotal = kSinks + "/my-sink/statistics/total";

OpenFile open_file(std::uint64_t sink, std::uint64_t rows) {
    OpenFile file;
    file.sink = {SinkNumber(sink), MappingVersion(1)};
    file.rows = 1000;  // sealed slices too: those are the catalog's
    file.slice.emplace();
    file.slice->opening.slice.value.bytes[0] = 7;
    auto& content = file.slice->content;
    content.bytes = rows * 10;
    content.rows = rows;
    content.first_at = WallTime{1000};
    content.last_at = WallTime{2000};
    return file;
}

class StatisticsResourceTest : public ApiTest {
protected:
    StatisticsResourceTest() { make_source_and_sink(); }
};

TEST_F(StatisticsResourceTest, WithoutRecordsThereAreOnlyZeros) {
    EXPECT_EQ(call("GET", kTotal).json(), nlohmann::json::parse(R"({"total":
        {"recordsCount":0,"compressedSize":0,"uncompressedSize":0},"levels":{}})"));
}

TEST_F(StatisticsResourceTest, AddsTheOpenSliceToWhatTheCatalogKnows) {
    journal_.files = {open_file(1, 3), open_file(2, 50)};
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

TEST_F(StatisticsResourceTest, ASliceSealedDuringTheReadIsCountedOnce) {
    journal_.files = {open_file(1, 3)};
    lifecycle_.after_statistics = [this] {  // sealed right after the catalog was asked
        const auto slice = *journal_.files[0].slice;
        lifecycle_.slices[slice.opening.slice] = Slice{};
        lifecycle_.by_sink[SinkNumber(1)].local.rows = 3;
        journal_.files.clear();
    };
    EXPECT_EQ(call("GET", kTotal).json()["total"]["recordsCount"], 3);
}

TEST_F(StatisticsResourceTest, AnUnknownSinkIsNamed) {
    EXPECT_EQ(call("GET", kSinks + "/none/statistics/total").error(), "stream.api.sinkNotFound");
}

}  // namespace
}  // namespace millrace::control
