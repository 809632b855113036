#include "core/accounts/receipt_trace.h"

#include <gtest/gtest.h>

#include "tests/support/manual_ports.h"
#include "tests/support/memory_file_catalog.h"

namespace millrace::accounts {
namespace {

const VolumeId kVolume("fast");

struct ReceiptTraceTest : testing::Test {
    Receipt receipt{.volume = kVolume,
                    .batch = BatchNumber(50),
                    .sinks = {{.number = SinkNumber(1), .has_rows = true}}};
    fakes::Log log;
    fakes::ManualJournal journal{log};
    fakes::MemoryFileCatalog lifecycle;

    ReceiptTraceTest() { journal.durable = 100; }

    static OpenSlice slice(std::uint8_t id, std::uint64_t first, std::uint64_t last) {
        OpenSlice slice;
        slice.opening.slice.value.bytes[0] = id;
        slice.opening.file.value.bytes[0] = static_cast<std::uint8_t>(id + 100);
        slice.opening.sink.sink = SinkNumber(1);
        slice.opening.volume = kVolume;
        slice.content.first_batch = BatchNumber(first);
        slice.content.last_batch = BatchNumber(last);
        return slice;
    }
    void keep_open(const OpenSlice& open) {
        OpenFile file;
        file.id = open.opening.file;
        file.slice = open;
        journal.files.push_back(file);
    }
    void seal(const OpenSlice& open, SliceState state) {
        lifecycle.slices[open.opening.slice] = {.opening = open.opening,
                                                .content = open.content,
                                                .state = state,
                                                .staged = {},
                                                .retry = {}};
    }
    SinkTrace first() { return trace(receipt, journal, lifecycle).value().at(0); }
    std::string_view state() { return to_string(first().state); }
};

TEST_F(ReceiptTraceTest, RowsMoveFromTheJournalToTheTable) {
    journal.durable = 49;
    EXPECT_EQ(state(), "memory");
    EXPECT_FALSE(first().is_done());
    journal.durable = 50;
    const auto open = slice(1, 40, 60);
    keep_open(open);
    EXPECT_EQ(state(), "local");
    seal(open, SliceState::closing);
    EXPECT_EQ(state(), "local");
    journal.files.clear();
    seal(open, SliceState::uploaded);
    EXPECT_EQ(state(), "staging");
    EXPECT_EQ(first().file, open.opening.file);
    seal(open, SliceState::imported);
    EXPECT_EQ(state(), "target");
    EXPECT_EQ(first().file, open.opening.file);
    EXPECT_TRUE(first().is_done());
}

TEST_F(ReceiptTraceTest, WhatTheCatalogHasForgottenIsInTheTable) {
    keep_open(slice(1, 60, 90));  // later rows
    EXPECT_EQ(state(), "target");
    EXPECT_FALSE(first().file);
}

TEST_F(ReceiptTraceTest, ASliceThatTheJournalStillKnowsIsWhereTheCatalogSays) {
    const auto open = slice(1, 40, 60);
    keep_open(open);
    seal(open, SliceState::uploaded);
    EXPECT_EQ(state(), "staging");
}

TEST_F(ReceiptTraceTest, OfTwoPlacesItIsTheOneThatHasComeLessFar) {
    seal(slice(1, 40, 60), SliceState::imported);
    keep_open(slice(2, 45, 90));
    EXPECT_EQ(state(), "local");
    journal.files.clear();
    seal(slice(2, 45, 90), SliceState::uploaded);
    EXPECT_EQ(state(), "staging");
}

TEST_F(ReceiptTraceTest, OtherSinksAndVolumesDoNotCount) {
    auto of_sink = slice(1, 40, 60);
    of_sink.opening.sink.sink = SinkNumber(2);
    auto of_volume = slice(2, 40, 60);
    of_volume.opening.volume = VolumeId("slow");
    for (const auto& other : {of_sink, of_volume}) {
        keep_open(other);
        seal(other, SliceState::closing);
    }
    EXPECT_EQ(state(), "target");
}

TEST_F(ReceiptTraceTest, LostRowsAreCalledLost) {
    lifecycle.lost.insert(BatchNumber(50));
    keep_open(slice(1, 40, 60));
    EXPECT_EQ(state(), "lost");
    EXPECT_TRUE(first().is_done());
}

TEST_F(ReceiptTraceTest, RowsOfAFileThatIsSetAsideMayStillArriveAndThoseDiscardedDoNot) {
    const auto open = slice(1, 40, 60);
    for (const auto where : {SliceState::closing, SliceState::uploaded}) {
        seal(open, where);
        lifecycle.files[open.opening.file].state = FileState::set_aside;
        EXPECT_EQ(state(), "setAside");
        EXPECT_FALSE(first().is_done());
        EXPECT_EQ(first().file, open.opening.file);
    }
    lifecycle.files[open.opening.file].state = FileState::discarded;
    seal(open, SliceState::discarded);
    EXPECT_EQ(state(), "discarded");
    EXPECT_TRUE(first().is_done());
    keep_open(slice(2, 45, 90));
    EXPECT_EQ(state(), "local") << "some of the rows are on their way";
}

TEST_F(ReceiptTraceTest, ASinkWithoutRowsHasRejectedThem) {
    receipt.sinks[0] = {.number = SinkNumber(1), .has_kept = true};
    EXPECT_EQ(state(), "rejected");
    EXPECT_TRUE(first().sink.has_kept);
    EXPECT_TRUE(first().is_done());
}

}  // namespace
}  // namespace millrace::accounts
