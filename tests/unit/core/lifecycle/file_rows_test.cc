#include "core/lifecycle/file_rows.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/crc32c.h"
#include "core/lifecycle/upload_step.h"
#include "tests/unit/core/lifecycle/fakes.h"

namespace millrace::lifecycle {
namespace {

// A file whose slices are these texts; the staged ones have begun with an upload.
class FileRowsTest : public testing::Test {
protected:
    void add_slice(const std::string& text, bool is_staged) {
        OpenSlice slice;
        slice.opening.slice = SliceId(make_uuid_v7(AgeTime{2}, ++slices_, 0));
        slice.opening.file = file_;
        slice.opening.sink = sink_;
        slice.content.bytes = text.size();
        slice.content.crc = crc32c(0, text);
        slice.content.rows = 1;
        fakes_.slices.files[slice.opening.slice] = text;
        fakes_.slices.sealed[slice.opening.slice] = slice;
        ASSERT_TRUE(fakes_.catalog.record_sealed(slice).ok());
        if (!is_staged) return;
        const auto known = fakes_.catalog.find_slice(slice.opening.slice).value().value();
        ASSERT_TRUE(upload_slice(known, test::patient_settings(), "1", fakes_.stores()).ok());
    }
    Result<FileRowsPage> read(const RowsPlace& from = {}, std::uint64_t bytes_max = 1 << 20) {
        return read_file_rows(file_, from, bytes_max, fakes_.stores());
    }

    test::FakeStores fakes_;
    const SinkVersion sink_ = fakes_.add_sink(1, test::patient_settings());
    const FileId file_{make_uuid_v7(AgeTime{1}, 1, 0)};
    std::uint64_t slices_ = 0;
};

TEST_F(FileRowsTest, AllRowsComeUnderTheNamesOfTheColumnsWhereverTheirSlicesAre) {
    add_slice("\"1\",\"a\nb\"\n\"2\",\"c\"\n", true);
    add_slice("\"3\",\"d\"\n", false);
    const auto page = read().value();
    EXPECT_EQ(page.csv, "\"id\",\"body\"\n\"1\",\"a\nb\"\n\"2\",\"c\"\n\"3\",\"d\"\n");
    EXPECT_FALSE(page.next);
    EXPECT_EQ(read({.slice = 0, .row = 1}).value().csv,
              "\"id\",\"body\"\n\"2\",\"c\"\n\"3\",\"d\"\n");
    EXPECT_EQ(read({.slice = 2, .row = 0}).value().csv, "");
}

// Goal    the pages together are the rows, whatever their size.
TEST_F(FileRowsTest, PagesEndWithTheRowThatIsOverTheLimit) {
    std::string expected;
    for (int i = 0; i < 5; ++i) {
        const auto text =
            "\"" + std::to_string(i) + "\",\"x\"\n\"" + std::to_string(i) + "\",\"y\"\n";
        add_slice(text, i % 2 == 0);
        expected += text;
    }
    const std::string names = "\"id\",\"body\"\n";
    for (std::uint64_t bytes_max = 1; bytes_max < 60; ++bytes_max) {
        std::string all;
        std::optional<RowsPlace> place = RowsPlace();
        while (place) {
            const auto page = read(*place, bytes_max).value();
            if (!page.csv.empty()) {
                ASSERT_TRUE(page.csv.starts_with(names));
                all += page.csv.substr(names.size());
            }
            place = page.next;
        }
        EXPECT_EQ(all, expected) << bytes_max;
    }
}

TEST_F(FileRowsTest, APageHasRowsOfTheSameColumns) {
    add_slice("\"1\",\"a\"\n", true);
    add_slice("#slice 2,operation,\"id\"\ndelete,\"2\"\n", true);
    const auto first = read().value();
    EXPECT_EQ(first.csv, "\"id\",\"body\"\n\"1\",\"a\"\n");
    ASSERT_TRUE(first.next);
    EXPECT_EQ(*first.next, (RowsPlace{.slice = 1, .row = 0}));
    EXPECT_EQ(read(*first.next).value().csv, "\"_operation\",\"id\"\ndelete,\"2\"\n");
}

// Goal    a damaged slice takes no other with it.
TEST_F(FileRowsTest, ASliceThatCannotBeReadIsToldAndPassedOver) {
    add_slice("\"1\",\"a\"\n", true);
    add_slice("\"2\",\"b\"\n", true);
    add_slice("\"3\",\"c\"\n", true);
    const auto damaged = fakes_.catalog.slices.at(SliceId(make_uuid_v7(AgeTime{2}, 2, 0)));
    auto& object = fakes_.staging.objects.at(damaged.slice.staged.key);
    object[object.size() - 3] = 'X';
    const auto first = read().value();
    EXPECT_EQ(first.csv, "\"id\",\"body\"\n\"1\",\"a\"\n");
    EXPECT_EQ(first.next, (RowsPlace{.slice = 1, .row = 0}));
    const auto failed = read(*first.next);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code(), Code::conflict);
    EXPECT_TRUE(failed.error().client_text().ends_with("Go on behind it with after=2:0."));
    EXPECT_EQ(read({.slice = 2, .row = 0}).value().csv, "\"id\",\"body\"\n\"3\",\"c\"\n");
}

TEST_F(FileRowsTest, WhatIsNotThereIsNotFound) {
    EXPECT_EQ(read().error().code(), Code::not_found);
    add_slice("\"1\",\"a\"\n", true);
    EXPECT_EQ(read({.slice = 2, .row = 0}).error().code(), Code::not_found);
}

}  // namespace
}  // namespace millrace::lifecycle
