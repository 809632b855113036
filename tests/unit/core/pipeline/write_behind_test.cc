#include "core/pipeline/write_behind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

namespace millrace::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kWaiting = 3;

void fail(const std::exception& exception) {
    ADD_FAILURE() << exception.what();
}

RowPiece piece(std::string csv) {
    return {.csv = std::move(csv), .rows = 1, .first_at = {}, .last_at = {}};
}

// A pool of one thread, which has something else to do until free().
class BusyPool {
public:
    BusyPool() {
        pool.post([this] { is_free_.wait(false); });
    }
    ~BusyPool() { free(); }

    void free() {
        is_free_ = true;
        is_free_.notify_all();
        pool.stop();
    }

    WorkPool pool{1, fail};

private:
    std::atomic<bool> is_free_ = false;
};

TEST(WriteBehindTest, PiecesAreWrittenInTheirOrderOneAtATime) {
    WorkPool pool(4, fail);
    std::vector<std::string> written;
    std::atomic<int> writers = 0;
    WriteBehind behind(pool, kWaiting, [&](const RowPiece& given) -> Result<void> {
        EXPECT_EQ(++writers, 1);
        written.push_back(given.csv);
        --writers;
        return {};
    });
    std::vector<std::string> wanted;
    for (int i = 0; i < 1000; ++i) {
        wanted.push_back(std::to_string(i));
        ASSERT_TRUE(behind.give(piece(wanted.back())).ok());
        if (i % 100 == 0) {
            ASSERT_TRUE(behind.drain().ok());
            EXPECT_EQ(written, wanted);
        }
    }
    ASSERT_TRUE(behind.drain().ok());
    EXPECT_EQ(written, wanted);
    EXPECT_TRUE(behind.drain().ok()) << "of nothing";
}

TEST(WriteBehindTest, WhileNoThreadIsFreeWhoGivesWrites) {
    BusyPool busy;
    std::vector<std::string> written;
    WriteBehind behind(busy.pool, kWaiting, [&](const RowPiece& given) -> Result<void> {
        written.push_back(given.csv);
        return {};
    });
    for (const auto* csv : {"a", "b", "c"}) ASSERT_TRUE(behind.give(piece(csv)).ok());
    EXPECT_THAT(written, IsEmpty());
    ASSERT_TRUE(behind.give(piece("d")).ok());
    EXPECT_THAT(written, ElementsAre("a", "b", "c"));
    ASSERT_TRUE(behind.drain().ok());
    EXPECT_THAT(written, ElementsAre("a", "b", "c", "d"));
    busy.free();
    EXPECT_EQ(written.size(), 4U);
}

TEST(WriteBehindTest, NothingIsWrittenBehindAnError) {
    BusyPool busy;
    std::vector<std::string> written;
    WriteBehind behind(busy.pool, kWaiting, [&](const RowPiece& given) -> Result<void> {
        if (given.csv == "bad") return Error(Code::unavailable, "no disk");
        written.push_back(given.csv);
        return {};
    });
    for (const auto* csv : {"a", "bad", "b"}) ASSERT_TRUE(behind.give(piece(csv)).ok());
    EXPECT_EQ(behind.drain().error().code(), Code::unavailable);
    EXPECT_EQ(behind.give(piece("c")).error().operator_text(), "no disk");
    EXPECT_EQ(behind.drain().error().code(), Code::unavailable);
    EXPECT_THAT(written, ElementsAre("a"));
}

TEST(WriteBehindTest, AnExceptionIsAnError) {
    WorkPool pool(1, fail);
    WriteBehind behind(pool, kWaiting, [](const RowPiece&) -> Result<void> {
        throw std::runtime_error("out of order");
    });
    static_cast<void>(behind.give(piece("a")).ok());
    EXPECT_EQ(behind.drain().error().code(), Code::internal);
}

TEST(WriteBehindTest, WhatWaitsIsDroppedByStopAndNobodyWritesAfterwards) {
    BusyPool busy;
    int written = 0;
    {
        WriteBehind behind(busy.pool, kWaiting, [&](const RowPiece&) -> Result<void> {
            ++written;
            return {};
        });
        ASSERT_TRUE(behind.give(piece("a")).ok());
        behind.stop();
        EXPECT_TRUE(behind.drain().ok());
    }
    busy.free();
    EXPECT_EQ(written, 0);
}

TEST(WriteBehindTest, TheMemoryOfAPieceIsUsedAgain) {
    WorkPool pool(1, fail);
    WriteBehind behind(pool, kWaiting, [](const RowPiece&) -> Result<void> { return {}; });
    EXPECT_EQ(behind.buffer().size(), 0U) << "none was written yet";
    ASSERT_TRUE(behind.give(piece(std::string(1000, 'x'))).ok());
    ASSERT_TRUE(behind.drain().ok());
    const auto buffer = behind.buffer();
    EXPECT_EQ(buffer.size(), 0U);
    EXPECT_GE(buffer.capacity(), 1000U);
}

}  // namespace
}  // namespace millrace::pipeline
