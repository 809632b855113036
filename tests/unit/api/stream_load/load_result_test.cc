#include "api/stream_load/load_result.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace millrace::stream_load {
namespace {

nlohmann::json parsed(const LoadResult& result) {
    return nlohmann::json::parse(render(result));
}

LoadResult some_result() {
    LoadResult result;
    result.status = LoadStatus::success;
    result.load = LoadNumber(71);
    result.label = "job_a-0007";
    result.counts = {.total = 10, .loaded = 7, .filtered = 3, .unselected = 0, .nulled = 0};
    result.bytes = 412;
    return result;
}

TEST(LoadResultTest, KeysAndTypesAreThoseOfDoris) {
    const auto json = parsed(some_result());
    for (const auto* key : {"TxnId", "NumberTotalRows", "NumberLoadedRows", "NumberFilteredRows",
                            "NumberUnselectedRows", "LoadBytes", "LoadTimeMs", "BeginTxnTimeMs",
                            "StreamLoadPutTimeMs", "ReadDataTimeMs", "WriteDataTimeMs",
                            "ReceiveDataTimeMs", "CommitAndPublishTimeMs"}) {
        EXPECT_TRUE(json.contains(key) && json[key].is_number_integer()) << key;
    }
    EXPECT_EQ(json["TxnId"], 71);
    EXPECT_EQ(json["Label"], "job_a-0007");
    EXPECT_EQ(json["Comment"], "");
    EXPECT_EQ(json["TwoPhaseCommit"], "false");
    EXPECT_EQ(json["Status"], "Success");
    EXPECT_EQ(json["Message"], "OK");
    EXPECT_FALSE(json.contains("ErrorURL"));
    EXPECT_FALSE(json.contains("GroupCommit"));
    EXPECT_FALSE(json.contains("ExistingJobStatus"));
    EXPECT_TRUE(render(some_result()).ends_with("}\n"));
}

TEST(LoadResultTest, ATakenLabelTellsWhatTheFirstLoadDid) {
    auto result = some_result();
    result.status = LoadStatus::label_already_exists;
    result.counts = {};
    FirstLoad first;
    first.load.number = LoadNumber(5);
    first.load.state = LoadState::committed;
    first.load.counts = {.rows = 9, .bytes = 100, .filtered = 1, .unselected = 0};
    first.is_imported = true;
    result.first = first;
    const auto json = parsed(result);
    EXPECT_EQ(json["TxnId"], -1);
    EXPECT_EQ(json["Status"], "Label Already Exists");
    EXPECT_EQ(json["ExistingJobStatus"], "FINISHED");
    EXPECT_EQ(json["ExistingTxnId"], 5);
    EXPECT_EQ(json["ExistingTxnState"], "VISIBLE");
    EXPECT_EQ(json["ExistingLoadedRows"], 9);
    EXPECT_EQ(json["ExistingFilteredRows"], 1);
    EXPECT_EQ(json["NumberTotalRows"], 0);
}

TEST(LoadResultTest, AGroupHasTheKeysOfAGroup) {
    auto result = some_result();
    result.group_commit = true;
    const auto json = parsed(result);
    EXPECT_EQ(json["GroupCommit"], true);
    for (const auto* key : {"TwoPhaseCommit", "BeginTxnTimeMs", "CommitAndPublishTimeMs"}) {
        EXPECT_FALSE(json.contains(key)) << key;
    }
}

TEST(LoadResultTest, AFailureHasLoadedNothing) {
    auto result = some_result();
    result.status = LoadStatus::fail;
    result.first_error = "column_name[k], null";
    const auto json = parsed(result);
    EXPECT_EQ(json["NumberLoadedRows"], 0);
    EXPECT_EQ(json["NumberTotalRows"], 10);
    EXPECT_EQ(json["FirstErrorMsg"], "column_name[k], null");
}

TEST(LoadResultTest, AnAnswerIsShortWhateverIsInIt) {
    auto result = some_result();
    result.status = LoadStatus::fail;
    for (auto* text : {&result.message, &result.comment, &result.first_error, &result.warning}) {
        *text = std::string(20'000, '<');
    }
    EXPECT_LT(render(result).size(), 4096U);
    EXPECT_EQ(parsed(result)["TxnId"], 71);
}

}  // namespace
}  // namespace millrace::stream_load
