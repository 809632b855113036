#include "tests/conformance/target_suite.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "core/ports/target_care.h"
#include "tests/support/memory_source.h"

namespace millrace::conformance {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;
using testing_support::MemorySource;

constexpr auto kNull = std::nullopt;

TableSpec spec(std::vector<TableColumn> columns, std::string_view table = "in.c-shop.orders") {
    return {.id = TableId::parse(table).value(), .columns = std::move(columns)};
}

TableSpec keyed_table() {
    return spec({{.name = "id", .primary_key = true}, {.name = "name"}, {.name = "colour"}});
}

TableSpec plain_table() {
    return spec({{.name = "id"}, {.name = "name"}});
}

// "seq" orders the rows of a key.
TableSpec ordered_table() {
    return spec({{.name = "id", .primary_key = true},
                 {.name = "name"},
                 {.name = "seq", .data_type = DataType::integer}});
}

constexpr std::string_view kOrdered = "#slice 2,operation,\"id\",\"name\",sequence \"seq\"\n";

std::string ordered(std::string_view rows) {
    return std::string(kOrdered) + std::string(rows);
}

// The rows below the head, one a line outside of quotes; a torn one counts. They are counted also
// where the slice is malformed: so it is refused for what is wrong in it, not for their number.
std::uint64_t count_rows(std::string_view slice) {
    std::uint64_t lines = 0;
    bool quoted = false;
    for (const char c : slice) {
        if (c == '"') quoted = !quoted;
        if (c == '\n' && !quoted) ++lines;
    }
    if (!slice.empty() && !slice.ends_with('\n')) ++lines;
    return slice.starts_with("#slice") ? lines - 1 : lines;
}

}  // namespace

void TargetConformance::make(const TableSpec& table) {
    const auto made = target().ensure_table(table);
    ASSERT_TRUE(made.ok()) << made.error().operator_text();
}

TargetConformance::Rows TargetConformance::rows(const TableSpec& table) {
    auto rows = under_test().rows(table);
    EXPECT_TRUE(rows) << table.id.text() << " is not there";
    return rows ? *std::move(rows) : Rows();
}

ImportRequest TargetConformance::file(const TableSpec& table,
                                      const std::vector<std::string>& slices) {
    ImportRequest request;
    request.file = FileId(make_uuid_v7(AgeTime{1}, ++files_, 0));
    request.table = table;
    request.digest = "digest-" + std::to_string(files_);
    request.slices = static_cast<std::uint32_t>(slices.size());
    request.now = WallTime{1'700'000'000'000};
    for (const auto& slice : slices) {
        request.rows += count_rows(slice);
        request.bytes += slice.size();
    }
    request.open_slice = [slices](std::uint32_t slice) -> Result<std::unique_ptr<ByteSource>> {
        return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(slices.at(slice), 7));
    };
    return request;
}

void TargetConformance::import(const TableSpec& table, const std::vector<std::string>& slices) {
    const auto request = file(table, slices);
    const auto receipt = target().import(request);
    ASSERT_TRUE(receipt.ok()) << receipt.error().operator_text();
    EXPECT_EQ(receipt.value().rows, request.rows);
    EXPECT_FALSE(receipt.value().already_done);
}

void TargetConformance::refuse(const TableSpec& table, const std::vector<std::string>& slices) {
    const auto before = rows(table);
    const auto request = file(table, slices);
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto receipt = target().import(request);
        ASSERT_FALSE(receipt.ok()) << "attempt " << attempt;
        EXPECT_EQ(receipt.error().code(), Code::corrupt) << receipt.error().operator_text();
    }
    EXPECT_EQ(rows(table), before);
}

std::vector<std::string> TargetConformance::refused(const TableSpec& table,
                                                    const std::vector<std::string>& slices,
                                                    std::size_t at_most) {
    const auto before = rows(table);
    const auto found = target().find_refused(file(table, slices), at_most);
    EXPECT_EQ(rows(table), before) << "the search leaves nothing behind";
    std::vector<std::string> places;
    if (!found.ok()) return {found.error().operator_text()};
    for (const auto& [slice, row, reason] : found.value()) {
        places.push_back(fmt::format("{}:{}", slice, row));
        EXPECT_FALSE(reason.empty());
        EXPECT_THAT(reason, testing::Not(HasSubstr("slice"))) << "it is the words of the database";
    }
    return places;
}

TEST_P(TargetConformance, AFileIsImportedOnce) {
    make(plain_table());
    const auto one = file(plain_table(), {"\"1\",\"a\"\n", "\"2\",\"b\"\n"});
    ASSERT_TRUE(target().import(one).ok());
    const auto restarted = under_test().restarted();
    for (auto* target : std::array{&this->target(), restarted.get()}) {
        const auto again = target->import(one);
        ASSERT_TRUE(again.ok()) << again.error().operator_text();
        EXPECT_TRUE(again.value().already_done);
        EXPECT_EQ(again.value().rows, 2U);
    }
    EXPECT_EQ(rows(plain_table()), (Rows{{"1", "a"}, {"2", "b"}}));
}

TEST_P(TargetConformance, TheSameFileWithAnotherDigestIsCorrupt) {
    make(plain_table());
    auto one = file(plain_table(), {"\"1\",\"a\"\n"});
    ASSERT_TRUE(target().import(one).ok());
    one.digest = "other";
    EXPECT_EQ(target().import(one).error().code(), Code::corrupt);
    EXPECT_EQ(rows(plain_table()), (Rows{{"1", "a"}}));
}

TEST_P(TargetConformance, SaysWithWhichDigestAFileWasImported) {
    const auto one = file(plain_table(), {"\"1\",\"a\"\n"});
    const auto digest = [&](const ImportRequest& request) {
        return target().imported_digest(plain_table().id, request.file).value();
    };
    EXPECT_EQ(digest(one), std::nullopt) << "there is no table";
    make(plain_table());
    EXPECT_EQ(digest(one), std::nullopt);
    ASSERT_TRUE(target().import(one).ok());
    EXPECT_EQ(digest(one), one.digest);
    EXPECT_EQ(under_test().restarted()->imported_digest(plain_table().id, one.file).value(),
              one.digest);
    EXPECT_EQ(digest(file(plain_table(), {"\"1\",\"a\"\n"})), std::nullopt);
    ASSERT_TRUE(target().forget(plain_table().id, {one.file}).ok());
    EXPECT_EQ(digest(one), std::nullopt);
}

TEST_P(TargetConformance, KeepsNotesWithFilesAndFindsThoseOfAnOwner) {
    make(plain_table());
    const auto note_of = [&](const std::string& owner) {
        return target().newest_note(plain_table().id, owner).value();
    };
    EXPECT_EQ(note_of("a"), std::nullopt);
    std::vector<ImportRequest> files;
    for (const auto* owner : {"a", "a", "b", ""}) {
        files.push_back(file(plain_table(), {"\"1\",\"a\"\n"}));
        files.back().note = {.owner = owner, .text = fmt::format("{} 'x'\n", files.size())};
    }
    for (const std::size_t place : {1U, 0U, 2U, 3U}) {
        const auto receipt = target().import(files[place]);
        ASSERT_TRUE(receipt.ok()) << receipt.error().operator_text();
    }
    const auto both = AnyOf("1 'x'\n2 'x'\n", "2 'x'\n1 'x'\n");
    EXPECT_THAT(note_of("a"), Optional(both));
    EXPECT_EQ(note_of("b"), "3 'x'\n");
    EXPECT_EQ(note_of("c"), std::nullopt);
    EXPECT_THAT(under_test().restarted()->newest_note(plain_table().id, "a").value(),
                Optional(both));
}

TEST_P(TargetConformance, WithoutAKeyEveryRowIsKept) {
    make(plain_table());
    import(plain_table(), {"\"1\",\"a\"\n\"1\",\"a\"\n", "", "\"1\",\"a\"\n"});
    EXPECT_EQ(rows(plain_table()), (Rows{{"1", "a"}, {"1", "a"}, {"1", "a"}}));
}

TEST_P(TargetConformance, TheLastRowOfAKeyWins) {
    make(keyed_table());
    import(keyed_table(), {"\"1\",\"a\",\"\"\n\"2\",\"b\",\"\"\n", "\"1\",\"c\",\"\"\n"});
    import(keyed_table(), {"\"2\",\"d\",\"\"\n"});
    EXPECT_EQ(rows(keyed_table()), (Rows{{"1", "c", ""}, {"2", "d", ""}}));
}

TEST_P(TargetConformance, ATableThatIsAllKeyKeepsEachRowOnce) {
    const auto pairs =
        spec({{.name = "a", .primary_key = true}, {.name = "b", .primary_key = true}});
    make(pairs);
    import(pairs,
           {"\"1\",\"x\"\n\"1\",\"x\"\n", "#slice 2,\"b\",\"a\"\n\"x\",\"1\"\n\"y\",\"2\"\n"});
    EXPECT_EQ(rows(pairs), (Rows{{"1", "x"}, {"2", "y"}}));
}

TEST_P(TargetConformance, TextIsKeptAsItIs) {
    make(keyed_table());
    import(keyed_table(), {"\"a \"\"b\"\",\n\",\" 0012.50\",\"\xc5\xbelu\xc5\xa5\"\n"});
    EXPECT_EQ(rows(keyed_table()), (Rows{{"a \"b\",\n", " 0012.50", "\xc5\xbelu\xc5\xa5"}}));
}

// A body may be any bytes: different ones stay different, or the target refuses them all.
TEST_P(TargetConformance, BytesThatAreNotUtf8AreKeptByARule) {
    const std::string bytes = "caf\xe9 \xff\xc3";
    make(keyed_table());
    const auto kept = under_test().kept(bytes);
    if (!kept) {
        const auto one = file(keyed_table(), {"\"1\",\"" + bytes + "\",\"a\"\n"});
        EXPECT_EQ(target().import(one).error().code(), Code::corrupt);
        EXPECT_THAT(rows(keyed_table()), IsEmpty());
        return;
    }
    import(keyed_table(), {"\"1\",\"" + bytes + "\",\"a\"\n" + "\"" + bytes + "\",\"b\",\"\"\n"});
    import(keyed_table(), {"\"" + bytes + "\",\"c\",\"\"\n"});
    EXPECT_EQ(rows(keyed_table()), (Rows{{"1", kept, "a"}, {kept, "c", ""}})) << "one row a key";
}

TEST_P(TargetConformance, MissingOrMalformedRowsAreCorruptAndNothingIsImported) {
    make(plain_table());
    const std::string rows = "\"1\",\"a\"\n\"2\",\"b\"\n";
    refuse(plain_table(), {rows, "\"3\"\n"});
    refuse(plain_table(), {rows, "\"3\",\"c"});
    refuse(plain_table(), {rows, "#slice 3,\"id\",\"name\"\n\"3\",\"c\"\n"});

    auto fewer = file(plain_table(), {rows});
    ++fewer.rows;
    EXPECT_EQ(target().import(fewer).error().code(), Code::corrupt);
    auto other_bytes = file(plain_table(), {rows});
    ++other_bytes.bytes;
    EXPECT_EQ(target().import(other_bytes).error().code(), Code::corrupt);
    EXPECT_THAT(this->rows(plain_table()), IsEmpty());
}

TEST_P(TargetConformance, AnErrorOfASliceIsPassedOnAndTheFileCanBeImportedLater) {
    make(plain_table());
    const auto good = file(plain_table(), {"\"1\",\"a\"\n", "\"2\",\"b\"\n"});
    auto failing = good;
    failing.open_slice = [&](std::uint32_t slice) -> Result<std::unique_ptr<ByteSource>> {
        if (slice == 1) return Error(Code::unavailable, "staging is away");
        return good.open_slice(slice);
    };
    const auto failed = target().import(failing);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code(), Code::unavailable);
    EXPECT_THAT(failed.error().operator_text(), HasSubstr("staging is away"));
    EXPECT_THAT(rows(plain_table()), IsEmpty());
    EXPECT_EQ(target().import(good).value().rows, 2U);
    EXPECT_EQ(rows(plain_table()).size(), 2U);
}

TEST_P(TargetConformance, AFileThatIsForgottenLeavesItsRows) {
    make(plain_table());
    const auto one = file(plain_table(), {"\"1\",\"a\"\n"});
    ASSERT_TRUE(target().import(one).ok());
    const auto unknown = file(plain_table(), {});
    ASSERT_TRUE(target().forget(plain_table().id, {one.file, unknown.file}).ok());
    ASSERT_TRUE(target().forget(plain_table().id, {one.file}).ok()) << "again";
    EXPECT_EQ(rows(plain_table()), (Rows{{"1", "a"}}));
}

// Goal    a backup from before an import finds the import for as long as it may be restored; what
//         may be imported yet is known for ever.
TEST_P(TargetConformance, OldImportsAreForgottenAndYoungerAndKeptOnesAreNot) {
    auto* const care = dynamic_cast<TargetCare*>(&target());
    if (care == nullptr) GTEST_SKIP() << "it remembers for ever";
    make(plain_table());
    std::vector<ImportRequest> files;
    for (const auto* row : {"\"1\",\"a\"\n", "\"2\",\"b\"\n", "\"3\",\"c\"\n"}) {
        files.push_back(file(plain_table(), {row}));
        ASSERT_TRUE(target().import(files.back()).ok());
    }
    const auto is_known = [&](std::size_t number) {
        const auto again = target().import(files.at(number));
        return again.ok() && again.value().already_done;
    };
    const auto forget = [&](FileId before, Milliseconds age) {
        const auto forgotten = care->forget_old(
            {.table = plain_table().id, .before = before, .kept = {files.at(1).file}, .age = age});
        EXPECT_TRUE(forgotten.ok()) << forgotten.error().operator_text();
    };
    forget(files.at(0).file, Milliseconds(0));
    EXPECT_TRUE(is_known(0)) << "its id is not below";
    forget(FileId(make_uuid_v7(AgeTime{2}, 0, 0)), std::chrono::hours(24 * 365 * 100));
    EXPECT_TRUE(is_known(0)) << "it is younger";
    forget(files.at(2).file, Milliseconds(0));
    EXPECT_TRUE(is_known(1)) << "it is kept";
    EXPECT_TRUE(is_known(2)) << "its id is not below";
    EXPECT_EQ(rows(plain_table()).size(), 3U);
    EXPECT_FALSE(is_known(0));
}

TEST_P(TargetConformance, AnEqualTableIsAcceptedAndADifferentOneIsAConflict) {
    make(keyed_table());
    import(keyed_table(), {"\"1\",\"a\",\"\"\n"});
    make(keyed_table());
    auto more = keyed_table();
    more.columns.push_back({.name = "note"});
    auto no_key = keyed_table();
    no_key.columns[0].primary_key = false;
    auto typed = keyed_table();
    typed.columns[1].data_type = DataType::integer;
    for (const auto& other : {more, no_key, typed}) {
        EXPECT_EQ(target().ensure_table(other).error().code(), Code::conflict);
        EXPECT_EQ(target().import(file(other, {})).error().code(), Code::conflict);
    }
    EXPECT_EQ(rows(keyed_table()), (Rows{{"1", "a", ""}}));
}

// Goal    rows that were accepted before a column was added are imported after it.
TEST_P(TargetConformance, AFileOfFewerColumnsLeavesTheOthersAsTheyAre) {
    make(keyed_table());
    import(keyed_table(), {"\"1\",\"a\",\"red\"\n"});
    auto before = keyed_table();
    before.columns.pop_back();
    make(before);
    auto more = keyed_table();
    more.columns.push_back({.name = "count", .data_type = DataType::integer});
    ASSERT_TRUE(target().add_columns(more).ok());
    ASSERT_TRUE(target().add_columns(more).ok()) << "again";
    import(before, {"\"1\",\"b\"\n\"2\",\"c\"\n"});
    import(more, {"\"3\",\"d\",\"blue\",\"5\"\n"});
    EXPECT_EQ(rows(more),
              (Rows{{"1", "b", "red", kNull}, {"2", "c", kNull, kNull}, {"3", "d", "blue", "5"}}));
}

TEST_P(TargetConformance, AddingColumnsMakesATableThatIsNotThere) {
    ASSERT_TRUE(target().add_columns(plain_table()).ok());
    import(plain_table(), {"\"1\",\"a\"\n"});
    EXPECT_EQ(rows(plain_table()), (Rows{{"1", "a"}}));
}

TEST_P(TargetConformance, ATableThatIsNotThereIsAConflict) {
    const auto one = file(plain_table(), {"\"1\",\"a\"\n"});
    EXPECT_EQ(target().import(one).error().code(), Code::conflict);
    make(plain_table());
    EXPECT_FALSE(target().import(one).value().already_done);
}

TEST_P(TargetConformance, ADroppedTableIsGoneAndCanBeMadeAgain) {
    make(plain_table());
    const auto other = spec({{.name = "id"}}, "in.c-shop.other");
    make(other);
    import(plain_table(), {"\"1\",\"a\"\n"});
    import(other, {"\"1\"\n"});
    ASSERT_TRUE(target().drop_table(plain_table().id).ok());
    ASSERT_TRUE(target().drop_table(plain_table().id).ok()) << "again";
    EXPECT_FALSE(under_test().rows(plain_table()));
    EXPECT_EQ(rows(other), (Rows{{"1"}}));
    make(plain_table());
    EXPECT_THAT(rows(plain_table()), IsEmpty());
}

TEST_P(TargetConformance, ATableIsEmptyUntilItHasARow) {
    EXPECT_TRUE(target().is_empty(plain_table().id).value()) << "it is not there";
    make(plain_table());
    EXPECT_TRUE(target().is_empty(plain_table().id).value());
    import(plain_table(), {"\"1\",\"a\"\n"});
    EXPECT_FALSE(target().is_empty(plain_table().id).value());
    EXPECT_TRUE(target().is_empty(spec({{.name = "id"}}, "in.c-shop.other").id).value());
    ASSERT_TRUE(target().drop_table(plain_table().id).ok());
    EXPECT_TRUE(target().is_empty(plain_table().id).value());
}

// All rows, read in pages of so many.
std::vector<std::vector<TableCell>> in_pages(Target& target, const TableId& table,
                                             std::size_t rows_max, bool newest_first = false) {
    std::vector<std::vector<TableCell>> all;
    RowsQuery query{
        .table = table, .after = {}, .rows_max = rows_max, .newest_first = newest_first};
    do {
        auto page = target.read_rows(query);
        EXPECT_TRUE(page.ok()) << page.error().operator_text();
        if (!page.ok()) return all;
        EXPECT_LE(page.value().rows.size(), rows_max);
        EXPECT_TRUE(page.value().next.empty() || page.value().rows.size() == rows_max);
        std::ranges::move(page.value().rows, std::back_inserter(all));
        query.after = page.value().next;
    } while (!query.after.empty());
    return all;
}

TEST_P(TargetConformance, ValuesAreReadInTheirTypes) {
    const auto typed = spec({{.name = "id", .primary_key = true, .data_type = DataType::integer},
                             {.name = "text"},
                             {.name = "d", .data_type = DataType::decimal},
                             {.name = "f", .data_type = DataType::float64},
                             {.name = "b", .data_type = DataType::boolean},
                             {.name = "day", .data_type = DataType::date},
                             {.name = "at", .data_type = DataType::timestamp},
                             {.name = "j", .data_type = DataType::json}});
    make(typed);
    const std::string header = "#slice 2,\"id\",\"text\",\"d\",\"f\",\"b\",\"day\",\"at\",\"j\"\n";
    import(typed, {header + "\"-7\",\"caf\xc3\xa9\",\"19.90\",\"0.1\",\"true\",\"2024-02-29\","
                            "\"2026-01-31T09:30:00+01:00\",\"{\"\"a\"\": 1}\"\n"
                            "\"8\",\"\",,,\"false\",,,\n"});
    const auto page = target().read_rows({.table = typed.id, .after = {}});
    ASSERT_TRUE(page.ok()) << page.error().operator_text();
    EXPECT_THAT(page.value().columns,
                testing::ElementsAre("id", "text", "d", "f", "b", "day", "at", "j"));
    using Row = std::vector<TableCell>;
    const TableCell null;
    EXPECT_EQ(page.value().rows,
              (std::vector<Row>{{std::int64_t{-7}, "caf\xc3\xa9", "19.90", 0.1, true, "2024-02-29",
                                 "2026-01-31T08:30:00.000000Z", "{\"a\": 1}"},
                                {std::int64_t{8}, "", null, null, false, null, null, null}}));
    EXPECT_EQ(page.value().next, "");
}

TEST_P(TargetConformance, EveryRowIsInOnePageWhateverItsSize) {
    make(plain_table());
    std::string slice;
    std::vector<std::vector<TableCell>> wanted;
    for (int i = 0; i < 25; ++i) {
        slice += fmt::format("\"{}\",\"same\"\n", i);
        wanted.push_back({std::to_string(i), "same"});
    }
    import(plain_table(), {slice});
    for (const std::size_t rows_max : {1U, 5U, 7U, 24U, 25U, 26U, 1000U}) {
        EXPECT_EQ(in_pages(target(), plain_table().id, rows_max), wanted) << rows_max;
    }
}

TEST_P(TargetConformance, RowsThatCameLastComeFirstWhereThatIsAskedFor) {
    const auto keyed_one =
        spec({{.name = "id", .primary_key = true}, {.name = "name"}}, "in.c-shop.k");
    make(plain_table());
    make(keyed_one);
    std::vector<std::vector<TableCell>> wanted;
    for (int i = 0; i < 30; ++i) {
        import(plain_table(), {fmt::format("\"{}\",\"same\"\n", i)});
        import(keyed_one, {fmt::format("\"{}\",\"a\"\n", i)});
        wanted.insert(wanted.begin(), {std::to_string(i), "same"});
    }
    for (const std::size_t rows_max : {1U, 7U, 30U, 31U}) {
        EXPECT_EQ(in_pages(target(), plain_table().id, rows_max, true), wanted) << rows_max;
        const auto keyed = in_pages(target(), keyed_one.id, rows_max, true);
        ASSERT_EQ(keyed.size(), 30U) << rows_max;
        EXPECT_EQ(keyed.front().front(), TableCell("29"));
        EXPECT_EQ(keyed.back().front(), TableCell("0"));
    }
}

TEST_P(TargetConformance, APageOfLongRowsEndsEarly) {
    make(plain_table());
    std::string slice;
    for (int i = 0; i < 20; ++i) {
        slice += fmt::format("\"{}\",\"{}\"\n", i, std::string(1000, 'x'));
    }
    import(plain_table(), {slice});
    RowsQuery query{.table = plain_table().id, .after = {}, .rows_max = 100, .bytes_max = 2500};
    std::size_t rows = 0;
    do {
        const auto page = target().read_rows(query).value();
        EXPECT_LE(page.rows.size(), 4U);
        rows += page.rows.size();
        query.after = page.next;
    } while (!query.after.empty());
    EXPECT_EQ(rows, 20U);
    query.bytes_max = 1;
    EXPECT_EQ(target().read_rows(query).value().rows.size(), 1U) << "one at least";
}

TEST_P(TargetConformance, ATableWithoutRowsHasAPage) {
    make(keyed_table());
    const auto page = target().read_rows({.table = keyed_table().id, .after = {}}).value();
    EXPECT_THAT(page.columns, testing::ElementsAre("id", "name", "colour"));
    EXPECT_THAT(page.rows, IsEmpty());
    EXPECT_EQ(page.next, "");
}

TEST_P(TargetConformance, WhatCannotBeReadSaysWhy) {
    const auto missing = spec({{.name = "id"}}, "in.c-none.none");
    EXPECT_EQ(target().read_rows({.table = missing.id, .after = {}}).error().code(),
              Code::not_found);
    make(plain_table());
    EXPECT_EQ(target().read_rows({.table = missing.id, .after = {}}).error().code(),
              Code::not_found);
    for (const auto* after : {"x", "r", "1-2", "r1x", "0-0-1;", "-1", "'"}) {
        EXPECT_EQ(target().read_rows({.table = plain_table().id, .after = after}).error().code(),
                  Code::invalid)
            << after;
    }
}

TEST_P(TargetConformance, NullIsNotEmptyText) {
    make(keyed_table());
    import(keyed_table(), {"#slice 2,\"id\",\"name\",\"colour\"\n\"\",\"\",\n\"2\",,\"\"\n"});
    EXPECT_EQ(rows(keyed_table()), (Rows{{"", "", kNull}, {"2", kNull, ""}}));
}

TEST_P(TargetConformance, EveryTypeHasANull) {
    const auto typed = spec({{.name = "id", .primary_key = true},
                             {.name = "i", .data_type = DataType::integer},
                             {.name = "d", .data_type = DataType::decimal},
                             {.name = "f", .data_type = DataType::float64},
                             {.name = "b", .data_type = DataType::boolean},
                             {.name = "day", .data_type = DataType::date},
                             {.name = "at", .data_type = DataType::timestamp},
                             {.name = "j", .data_type = DataType::json}});
    make(typed);
    const std::string header = "#slice 2,\"id\",\"i\",\"d\",\"f\",\"b\",\"day\",\"at\",\"j\"\n";
    import(typed, {header + "\"1\",,,,,,,\n", "\"2\",\"\",\"\",\"\",\"null\",\"\",\"\",\"\"\n",
                   header + "\"3\",\"7\",,,,\"2024-02-29\",,\"null\"\n"});
    const Cells nothing = {"1", kNull, kNull, kNull, kNull, kNull, kNull, kNull};
    auto second = nothing;
    second[0] = "2";
    EXPECT_EQ(
        rows(typed),
        (Rows{nothing, second, {"3", "7", kNull, kNull, kNull, "2024-02-29", kNull, "null"}}));
    for (std::size_t column = 1; column < typed.columns.size(); ++column) {
        SCOPED_TRACE(typed.columns[column].name);
        refuse(typed,
               {fmt::format("#slice 2,\"id\",\"{}\"\n\"4\",\"\"\n", typed.columns[column].name)});
    }
}

TEST_P(TargetConformance, AKeyIsNeverNull) {
    make(keyed_table());
    refuse(keyed_table(), {"#slice 2,\"id\",\"name\"\n\"1\",\"a\"\n,\"b\"\n"});
    refuse(keyed_table(), {"#slice 2,operation,\"id\"\ndelete,\n"});
}

TEST_P(TargetConformance, ColumnsThatAFileDoesNotSetKeepTheirValue) {
    make(keyed_table());
    import(keyed_table(), {"\"1\",\"a\",\"red\"\n\"2\",\"b\",\"blue\"\n"});
    import(keyed_table(),
           {"#slice 2,\"colour\",\"id\"\n\"green\",\"1\"\n,\"2\"\n\"white\",\"3\"\n"});
    EXPECT_EQ(rows(keyed_table()),
              (Rows{{"1", "a", "green"}, {"2", "b", kNull}, {"3", kNull, "white"}}));
    import(keyed_table(), {"#slice 2,\"id\"\n\"1\"\n\"4\"\n"});
    EXPECT_EQ(
        rows(keyed_table()),
        (Rows{{"1", "a", "green"}, {"2", "b", kNull}, {"3", kNull, "white"}, {"4", kNull, kNull}}));
}

TEST_P(TargetConformance, ATableWithoutKeyGetsNullWhereAFileSetsNothing) {
    make(plain_table());
    import(plain_table(), {"#slice 2,\"id\"\n\"1\"\n\"1\"\n"});
    EXPECT_EQ(rows(plain_table()), (Rows{{"1", kNull}, {"1", kNull}}));
}

TEST_P(TargetConformance, SlicesOfOneFileMaySetOtherColumns) {
    make(keyed_table());
    import(keyed_table(), {"\"1\",\"a\",\"red\"\n", "#slice 2,\"id\",\"name\"\n\"1\",\"b\"\n",
                           "#slice 2,\"id\",\"colour\"\n\"1\",\"blue\"\n"});
    EXPECT_EQ(rows(keyed_table()), (Rows{{"1", "b", "blue"}}));
}

TEST_P(TargetConformance, ADeleteRemovesTheRowOfItsKey) {
    make(keyed_table());
    import(keyed_table(), {"\"1\",\"a\",\"red\"\n\"2\",\"b\",\"blue\"\n"});
    import(keyed_table(), {"#slice 2,operation,\"id\",\"name\"\n"
                           "delete,\"1\",\ndelete,\"none\",\"x\"\nupsert,\"3\",\"c\"\n"});
    EXPECT_EQ(rows(keyed_table()), (Rows{{"2", "b", "blue"}, {"3", "c", kNull}}));
}

TEST_P(TargetConformance, MarkedRowsOfFormat1DeleteAmongOthersInTheirOrder) {
    make(keyed_table());
    import(keyed_table(), {"\"1\",\"a\",\"red\"\n\"2\",\"b\",\"blue\"\n"});
    import(
        keyed_table(),
        {"\"3\",\"c\",\"\"\n-\"1\",,\n\"4\",\"d\",\"\"\n-\"4\",,\n-\"none\",,\n\"5\",\"e\",\"\"\n",
         "\"1\",\"again\",\"\"\n\"6\",\"f\",\"\"\n", "-\"6\",,\n\"3\",\"later\",\"\"\n-\"5\",,\n",
         "#slice 2,operation,\"id\",\"name\"\ndelete,\"2\",\nupsert,\"7\",\"g\"\n"});
    EXPECT_EQ(rows(keyed_table()),
              (Rows{{"1", "again", ""}, {"3", "later", ""}, {"7", "g", kNull}}));
    auto keyless = plain_table();
    keyless.id = TableId::parse("in.c-shop.keyless").value();
    make(keyless);
    refuse(keyless, {"\"1\",\"a\"\n-\"1\",\n"});
}

TEST_P(TargetConformance, RowsOfAFileAreAppliedInTheirOrder) {
    make(keyed_table());
    const std::string header = "#slice 2,operation,\"id\",\"name\"\n";
    import(keyed_table(), {header + "upsert,\"1\",\"a\"\ndelete,\"1\",\nupsert,\"2\",\"a\"\n",
                           header + "delete,\"2\",\nupsert,\"2\",\"b\"\nupsert,\"1\",\"c\"\n",
                           header + "delete,\"1\",\n"});
    EXPECT_EQ(rows(keyed_table()), (Rows{{"2", "b", kNull}}));
    import(keyed_table(), {"\"1\",\"later\",\"\"\n"});
    EXPECT_EQ(rows(keyed_table()), (Rows{{"1", "later", ""}, {"2", "b", kNull}}))
        << "without a sequence a delete is not remembered";
}

TEST_P(TargetConformance, WhatATableWithoutKeyCannotDoIsCorrupt) {
    make(plain_table());
    refuse(plain_table(), {"#slice 2,operation,\"id\"\ndelete,\"1\"\n"});
    const auto numbers = spec({{.name = "id"}, {.name = "seq", .data_type = DataType::integer}},
                              "in.c-shop.numbers");
    make(numbers);
    refuse(numbers, {"#slice 2,\"id\",sequence \"seq\"\n\"1\",\"1\"\n"});
}

TEST_P(TargetConformance, AColumnThatTheTableDoesNotHaveIsCorrupt) {
    make(keyed_table());
    refuse(keyed_table(), {"\"1\",\"a\",\"\"\n", "#slice 2,\"id\",\"size\"\n\"1\",\"9\"\n"});
}

TEST_P(TargetConformance, TheHigherSequenceWins) {
    make(ordered_table());
    import(ordered_table(), {ordered("upsert,\"1\",\"b\",\"20\"\nupsert,\"1\",\"a\",\"9\"\n"
                                     "upsert,\"2\",\"x\",\"5\"\n")});
    EXPECT_EQ(rows(ordered_table()), (Rows{{"1", "b", "20"}, {"2", "x", "5"}}));
    import(ordered_table(), {ordered("upsert,\"1\",\"late\",\"19\"\nupsert,\"2\",\"y\",\"5\"\n")});
    EXPECT_EQ(rows(ordered_table()), (Rows{{"1", "b", "20"}, {"2", "y", "5"}}))
        << "an equal one wins too";
}

TEST_P(TargetConformance, ASequenceOrdersADeleteToo) {
    make(ordered_table());
    import(ordered_table(), {ordered("upsert,\"1\",\"a\",\"5\"\nupsert,\"2\",\"b\",\"5\"\n")});
    import(ordered_table(), {ordered("delete,\"1\",,\"4\"\ndelete,\"2\",,\"5\"\n")});
    EXPECT_EQ(rows(ordered_table()), (Rows{{"1", "a", "5"}}));
}

// Goal    an upsert that arrives after the delete that came after it does not bring the row back.
TEST_P(TargetConformance, ADeleteIsRememberedForOlderUpsertsThatArriveLater) {
    make(ordered_table());
    import(ordered_table(), {ordered("upsert,\"1\",\"a\",\"5\"\n")});
    import(ordered_table(), {ordered("delete,\"1\",,\"7\"\ndelete,\"never seen\",,\"7\"\n"
                                     "upsert,\"1\",\"same file\",\"6\"\n")});
    EXPECT_THAT(rows(ordered_table()), IsEmpty());
    const auto restarted = under_test().restarted();
    const auto late = file(ordered_table(), {ordered("upsert,\"1\",\"late\",\"6\"\n"
                                                     "upsert,\"never seen\",\"late\",\"6\"\n"
                                                     "upsert,\"1\",\"no sequence\",\n")});
    ASSERT_TRUE(restarted->import(late).ok());
    EXPECT_THAT(rows(ordered_table()), IsEmpty());

    import(ordered_table(), {ordered("delete,\"1\",,\"3\"\n")});
    import(ordered_table(), {ordered("upsert,\"1\",\"late\",\"6\"\n")});
    EXPECT_THAT(rows(ordered_table()), IsEmpty()) << "an older delete does not lower it";

    import(ordered_table(), {ordered("upsert,\"1\",\"new\",\"7\"\n"
                                     "upsert,\"never seen\",\"new\",\"8\"\n")});
    EXPECT_EQ(rows(ordered_table()), (Rows{{"1", "new", "7"}, {"never seen", "new", "8"}}));
}

TEST_P(TargetConformance, WhatBringsARowBackEndsTheMemoryOfItsDelete) {
    make(ordered_table());
    import(ordered_table(), {ordered("delete,\"1\",,\"7\"\nupsert,\"1\",\"new\",\"8\"\n")});
    const std::string unordered = "#slice 2,operation,\"id\"\n";
    import(ordered_table(), {unordered + "delete,\"1\"\n"});
    import(ordered_table(), {ordered("upsert,\"1\",\"again\",\"1\"\n")});
    EXPECT_EQ(rows(ordered_table()), (Rows{{"1", "again", "1"}}));
}

TEST_P(TargetConformance, ADeleteThatIsPassedOverIsNotRemembered) {
    make(ordered_table());
    import(ordered_table(), {ordered("upsert,\"1\",\"a\",\"5\"\ndelete,\"1\",,\"4\"\n")});
    import(ordered_table(), {"#slice 2,operation,\"id\"\ndelete,\"1\"\n"});
    import(ordered_table(), {ordered("upsert,\"1\",\"b\",\"3\"\n")});
    EXPECT_EQ(rows(ordered_table()), (Rows{{"1", "b", "3"}}));
}

TEST_P(TargetConformance, NoSequenceIsLessThanEverySequence) {
    make(ordered_table());
    import(ordered_table(), {ordered("upsert,\"1\",\"a\",\nupsert,\"1\",\"b\",\n"
                                     "upsert,\"2\",\"a\",\nupsert,\"2\",\"b\",\"-9\"\n"
                                     "upsert,\"2\",\"c\",\nupsert,\"3\",\"a\",\"-9\"\n"
                                     "delete,\"3\",,\nupsert,\"4\",\"a\",\n"
                                     "delete,\"4\",,\n")});
    EXPECT_EQ(rows(ordered_table()), (Rows{{"1", "b", kNull}, {"2", "b", "-9"}, {"3", "a", "-9"}}));
    import(ordered_table(), {ordered("upsert,\"4\",\"back\",\n")});
    EXPECT_EQ(rows(ordered_table()).size(), 4U) << "a delete without one is not remembered";
}

TEST_P(TargetConformance, AFileWithoutSequenceIsAppliedAlways) {
    make(ordered_table());
    import(ordered_table(), {ordered("upsert,\"1\",\"a\",\"5\"\ndelete,\"2\",,\"5\"\n")});
    import(ordered_table(), {"\"1\",\"b\",\"1\"\n\"2\",\"b\",\"1\"\n"});
    EXPECT_EQ(rows(ordered_table()), (Rows{{"1", "b", "1"}, {"2", "b", "1"}}));
}

TEST_P(TargetConformance, ASequenceOrdersPartialUpdates) {
    const auto wide = spec({{.name = "id", .primary_key = true},
                            {.name = "name"},
                            {.name = "colour"},
                            {.name = "at", .data_type = DataType::timestamp}});
    make(wide);
    const std::string names = "#slice 2,sequence \"at\",\"id\",\"name\"\n";
    const std::string colours = "#slice 2,sequence \"at\",\"id\",\"colour\"\n";
    import(wide, {names + "\"2026-01-02T03:00:00Z\",\"1\",\"a\"\n",
                  colours + "\"2026-01-02T04:30:00+01:00\",\"1\",\"red\"\n",
                  names + "\"2026-01-02T03:29:59Z\",\"1\",\"late\"\n"});
    const auto found = rows(wide);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0][1], "a");
    EXPECT_EQ(found[0][2], "red");
}

// Goal    rows that set some columns of a key that is there need no value for the others, also
//         where those take no NULL; a new key without such a value is refused.
TEST_P(TargetConformance, APartialUpdateLeavesRequiredColumnsAsTheyAre) {
    const auto wide = spec({{.name = "id", .primary_key = true},
                            {.name = "name"},
                            {.name = "colour"},
                            {.name = "at", .data_type = DataType::integer}});
    make(wide);
    under_test().require(wide, "name");
    import(wide, {"\"1\",\"a\",\"red\",\"5\"\n\"2\",\"b\",\"red\",\"5\"\n"});
    import(wide, {"#slice 2,\"id\",\"colour\"\n\"1\",\"blue\"\n\"1\",\"green\"\n",
                  "#slice 2,\"id\"\n\"2\"\n"});
    EXPECT_EQ(rows(wide), (Rows{{"1", "a", "green", "5"}, {"2", "b", "red", "5"}}));

    const std::string ordered = "#slice 2,operation,\"id\",\"colour\",sequence \"at\"\n";
    import(wide, {ordered + "upsert,\"1\",\"old\",\"4\"\nupsert,\"2\",\"new\",\"6\"\n"
                            "delete,\"1\",,\"4\"\n"});
    EXPECT_EQ(rows(wide), (Rows{{"1", "a", "green", "5"}, {"2", "b", "new", "6"}}));

    EXPECT_EQ(refused(wide, {"#slice 2,\"id\",\"colour\"\n\"1\",\"grey\"\n\"3\",\"grey\"\n"}),
              (std::vector<std::string>{"0:1"}));
}

TEST_P(TargetConformance, DatesAndTimesCanBeSequences) {
    for (const auto type : {DataType::date, DataType::timestamp}) {
        SCOPED_TRACE(to_string(type));
        const auto table = spec({{.name = "id", .primary_key = true},
                                 {.name = "name"},
                                 {.name = "seq", .data_type = type}},
                                fmt::format("in.c-shop.{}", to_string(type)));
        make(table);
        const std::string time = type == DataType::timestamp ? " 00:00:00Z" : "";
        import(table, {ordered(fmt::format("upsert,\"1\",\"b\",\"2025-10-01{0}\"\n"
                                           "upsert,\"1\",\"a\",\"2025-09-30{0}\"\n"
                                           "delete,\"2\",,\"2025-10-01{0}\"\n",
                                           time))});
        import(table, {ordered(fmt::format("upsert,\"2\",\"a\",\"2025-09-30{0}\"\n", time))});
        const auto found = rows(table);
        ASSERT_EQ(found.size(), 1U);
        EXPECT_EQ(found[0][1], "b");
    }
}

// Goal    what a delete left goes back with the rows of its file.
TEST_P(TargetConformance, AFileThatFailsLeavesNoMemoryOfItsDeletes) {
    make(ordered_table());
    import(ordered_table(), {ordered("upsert,\"1\",\"a\",\"5\"\ndelete,\"3\",,\"5\"\n")});
    refuse(ordered_table(), {ordered("delete,\"1\",,\"9\"\ndelete,\"2\",,\"9\"\n"
                                     "upsert,\"3\",\"x\",\"6\"\n"),
                             "\"torn"});
    import(ordered_table(), {ordered("upsert,\"1\",\"b\",\"6\"\nupsert,\"2\",\"b\",\"6\"\n"
                                     "upsert,\"3\",\"b\",\"4\"\n")});
    EXPECT_EQ(rows(ordered_table()), (Rows{{"1", "b", "6"}, {"2", "b", "6"}}));
}

TEST_P(TargetConformance, ADroppedTableTakesTheMemoryOfItsDeletesWithIt) {
    make(ordered_table());
    make(spec({{.name = "id"}}, "in.c-shop.other"));  // so that the bucket stays
    import(ordered_table(), {ordered("delete,\"1\",,\"9\"\n")});
    ASSERT_TRUE(target().drop_table(ordered_table().id).ok());
    make(ordered_table());
    import(ordered_table(), {ordered("upsert,\"1\",\"a\",\"1\"\n")});
    EXPECT_EQ(rows(ordered_table()), (Rows{{"1", "a", "1"}}));
}

TEST_P(TargetConformance, AnotherSequenceColumnBeginsAnew) {
    const auto two = spec({{.name = "id", .primary_key = true},
                           {.name = "seq", .data_type = DataType::integer},
                           {.name = "other", .data_type = DataType::integer}});
    make(two);
    import(two, {"#slice 2,operation,\"id\",sequence \"seq\"\ndelete,\"1\",\"9\"\n"});
    import(two, {"#slice 2,operation,\"id\",sequence \"other\"\nupsert,\"1\",\"1\"\n"});
    EXPECT_EQ(rows(two), (Rows{{"1", kNull, "1"}}));
}

TEST_P(TargetConformance, SeveralFilesAreImportedInTheirOrder) {
    make(keyed_table());
    std::vector<ImportRequest> files;
    for (const auto* name : {"a", "b", "c"}) {
        files.push_back(file(keyed_table(), {fmt::format("\"1\",\"{}\",\"\"\n", name)}));
    }
    for (std::span<const ImportRequest> left(files); !left.empty();) {
        const auto receipts = target().import_all(left);
        ASSERT_TRUE(receipts.ok()) << receipts.error().operator_text();
        ASSERT_FALSE(receipts.value().empty());
        for (const auto& receipt : receipts.value()) {
            EXPECT_EQ(receipt.rows, 1U);
            EXPECT_FALSE(receipt.already_done);
        }
        left = left.subspan(receipts.value().size());
    }
    EXPECT_EQ(rows(keyed_table()), (Rows{{"1", "c", ""}}));
    const auto again = target().import_all(files);
    ASSERT_TRUE(again.ok());
    for (const auto& receipt : again.value()) EXPECT_TRUE(receipt.already_done);
    EXPECT_EQ(rows(keyed_table()), (Rows{{"1", "c", ""}}));
}

TEST_P(TargetConformance, OfSeveralFilesWithABadOneNoneIsImportedThatHasNoReceipt) {
    make(plain_table());
    const std::vector<ImportRequest> files = {file(plain_table(), {"\"1\",\"a\"\n"}),
                                              file(plain_table(), {"\"2\"\n"})};
    const auto receipts = target().import_all(files);
    if (receipts.ok()) {
        EXPECT_EQ(receipts.value().size(), 1U);
        EXPECT_EQ(rows(plain_table()).size(), 1U);
    } else {
        EXPECT_EQ(receipts.error().code(), Code::corrupt);
        EXPECT_THAT(rows(plain_table()), IsEmpty());
    }
}

TEST_P(TargetConformance, ARefusedRowIsFoundByItsPlace) {
    for (const auto& table :
         {plain_table(),
          spec({{.name = "id", .primary_key = true}, {.name = "name"}}, "in.c-shop.keyed")}) {
        SCOPED_TRACE(table.id.text());
        make(table);
        import(table, {"\"0\",\"x\"\n"});
        under_test().refuse(table, "name", "bad");
        const std::vector<std::string> slices = {
            "\"1\",\"a\n\n\"\n\"2\",\"bad\"\n", "",
            "#slice 2,\"id\",\"name\"\n\"3\",\"b\"\n\"4\",\"bad\"\n\"5\",\"bad\"\n"};
        const auto imported = target().import(file(table, slices));
        ASSERT_FALSE(imported.ok());
        EXPECT_TRUE(is_row_refused(imported.error())) << imported.error().operator_text();
        EXPECT_EQ(rows(table), (Rows{{"0", "x"}}));
        EXPECT_THAT(refused(table, slices), ElementsAre("0:1", "2:1", "2:2"));
        EXPECT_THAT(refused(table, slices, 1), testing::SizeIs(2)) << "one more than there may be";
        EXPECT_THAT(refused(table, {"\"1\",\"a\"\n"}), IsEmpty());
    }
}

TEST_P(TargetConformance, TheLastRowOfAKeyIsRefusedAlsoWhereOneBeforeItIsNot) {
    make(keyed_table());
    under_test().refuse(keyed_table(), "name", "bad");
    EXPECT_THAT(refused(keyed_table(), {"\"1\",\"good\",\"\"\n\"1\",\"bad\",\"\"\n"}),
                ElementsAre("0:1"));
}

TEST_P(TargetConformance, RowsWithAnOperationOrASequenceAreFoundToo) {
    make(ordered_table());
    under_test().refuse(ordered_table(), "name", "bad");
    EXPECT_THAT(refused(ordered_table(), {ordered("upsert,\"1\",\"a\",\"1\"\n"
                                                  "delete,\"1\",,\"2\"\n"
                                                  "upsert,\"1\",\"bad\",\"3\"\n"
                                                  "upsert,\"2\",\"b\",\"1\"\n")}),
                ElementsAre("0:2"));
}

// Goal    thousands of rows around a refused one are tried in parts, and what is found is the same.
TEST_P(TargetConformance, OneRowAmongThousandsIsFound) {
    for (const auto& table :
         {plain_table(),
          spec({{.name = "id", .primary_key = true}, {.name = "name"}}, "in.c-shop.keyed")}) {
        make(table);
        under_test().refuse(table, "id", "23456");
        std::string slice;
        for (int i = 0; i < 30'000; ++i) slice += fmt::format("\"{}\",\"a\"\n", i);
        EXPECT_THAT(refused(table, {slice}), ElementsAre("0:23456"));
    }
}

TEST_P(TargetConformance, WhatIsNotAboutARowIsNotCalledRefused) {
    const auto request = file(plain_table(), {"\"1\",\"a\"\n"});
    for (const auto& failed :
         {target().import(request).error(), target().find_refused(request, 10).error()}) {
        EXPECT_EQ(failed.code(), Code::conflict);
        EXPECT_FALSE(is_row_refused(failed)) << failed.operator_text();
    }
    make(plain_table());
    EXPECT_FALSE(is_row_refused(target().import(file(plain_table(), {"\"1\"\n"})).error()));
}

// Goal    with only_missing what is in the table wins over the file, and in the file the last row.
TEST_P(TargetConformance, OnlyRowsWhoseKeyIsNotThereAreWritten) {
    make(keyed_table());
    import(keyed_table(), {"\"1\",\"old\",\"old\"\n"});
    auto request = file(keyed_table(), {"\"1\",\"new\",\"new\"\n\"2\",\"a\",\"a\"\n",
                                        "\"2\",\"b\",\"b\"\n\"1\",\"new\",\"new\"\n"});
    request.only_missing = true;
    const auto receipt = target().import(request);
    ASSERT_TRUE(receipt.ok()) << receipt.error().operator_text();
    EXPECT_EQ(receipt.value().rows, 4U);
    EXPECT_EQ(rows(keyed_table()), (Rows{{"1", "old", "old"}, {"2", "b", "b"}}));
    import(keyed_table(), {"\"1\",\"x\",\"x\"\n"});
    EXPECT_EQ(rows(keyed_table()), (Rows{{"1", "x", "x"}, {"2", "b", "b"}})) << "other files do";
}

TEST_P(TargetConformance, OnlyMissingRowsDeleteNothing) {
    make(ordered_table());
    import(ordered_table(), {ordered("upsert,\"1\",\"a\",\"1\"\n")});
    auto request = file(ordered_table(), {ordered("delete,\"1\",,\"9\"\n"
                                                  "upsert,\"1\",\"b\",\"9\"\n"
                                                  "upsert,\"2\",\"c\",\"1\"\n")});
    request.only_missing = true;
    const auto receipt = target().import(request);
    ASSERT_TRUE(receipt.ok()) << receipt.error().operator_text();
    EXPECT_EQ(rows(ordered_table()), (Rows{{"1", "a", "1"}, {"2", "c", "1"}}));
}

}  // namespace millrace::conformance
