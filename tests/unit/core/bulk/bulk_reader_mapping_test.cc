// Goal    the mapping of a load decides columns, operations and counts as Apache Doris' does.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/bulk/bulk_reader.h"
#include "tests/unit/core/bulk/bulk_loads.h"

namespace millrace::bulk {
namespace {

using testing::HasSubstr;

BulkSpec csv(std::string_view columns, std::string_view named = {}) {
    BulkSpec spec{.table = table_of(columns),
                  .format = CsvFormat{.column_separator = ","},
                  .mapping = {},
                  .now = {}};
    if (!named.empty()) spec.mapping.columns = columns_of(named);
    return spec;
}

TEST(BulkReaderMappingTest, NamesAreTheColumnsWhateverTheirCase) {
    const auto done = load(csv("Id INTEGER KEY, name", "NAME, tmp, iD"), "a,x,1\n");
    EXPECT_EQ(done.csv, "\"1\",\"a\"\n");
    EXPECT_EQ(done.header.columns, (std::vector<std::string>{"Id", "name"}));
}

TEST(BulkReaderMappingTest, DerivedColumnsAreComputedOfSourceColumns) {
    const auto done = load(csv("k1 INTEGER KEY, k5 DOUBLE, k6, k7 INTEGER NOT NULL",
                               "k1, tmpk7, k7=tmpk7+1, k5=7.7, k6='a'"),
                           "1,4\n2,9\n");
    EXPECT_EQ(done.csv, "\"1\",\"7.7\",\"a\",\"5\"\n\"2\",\"7.7\",\"a\",\"10\"\n");
}

TEST(BulkReaderMappingTest, ATemporaryMayBeRenamedMoreThanOnce) {
    const auto done =
        load(csv("id INTEGER KEY, a, b", "tmp, x, id=tmp, a=`x`, b=x"), "1,y\n2,\\N\n");
    EXPECT_EQ(done.csv, "\"1\",\"y\",\"y\"\n\"2\",,\n");
    auto spec = csv("id INTEGER KEY, a", "tmp, id=tmp, a=tmp");
    spec.mapping.where = "id > 1";
    EXPECT_EQ(load(spec, "1\n2\n").csv, "\"2\",\"2\"\n");
    EXPECT_EQ(refusal(csv("id INTEGER KEY", "tmp, id=tmp, id=tmp")), "Duplicate column: id");
}

TEST(BulkReaderMappingTest, SourceColumnsMaySetNothingByTheirNames) {
    auto spec = csv("c1 INTEGER KEY, c2, c3", "c1, c2, c3, c1=c2, c2=c1+c3");
    spec.mapping.sets_by_name = false;
    EXPECT_EQ(load(spec, "10,1,5\n").csv, "\"1\",\"15\",\n");
    spec.mapping.where = "c1 <= 10";  // of the body
    EXPECT_EQ(counts_of(load(spec, "10,20,5\n11,1,5\n")), "2 1 0 1");
}

// Goal    clients that send the sign to every table load into one without a key too.
TEST(BulkReaderMappingTest, ATableWithoutAKeyTakesRowsThatDoNotDelete) {
    auto spec = csv("a, b");
    spec.mapping.hidden_columns = {"__DORIS_DELETE_SIGN__"};
    spec.mapping.max_filter_ratio = 1;
    const auto done = load(spec, "1,x,0\n2,y,1\n3,z,false\n4,v,x\n");
    EXPECT_EQ(done.csv, "\"1\",\"x\"\n\"3\",\"z\"\n");
    EXPECT_EQ(counts_of(done), "4 2 2 0");
    EXPECT_THAT(done.log, HasSubstr("the row deletes, and the table has no primary key"));
}

TEST(BulkReaderMappingTest, ABodyMayHaveColumnsThatNobodyWants) {
    auto spec = csv("a, b", "a, b");
    std::get<CsvFormat>(spec.format).may_have_more = true;
    spec.mapping.max_filter_ratio = 1;
    const auto done = load(spec, "1,2\n1,2,3,4\n1\n");
    EXPECT_EQ(counts_of(done), "3 2 1 0");
    EXPECT_THAT(done.log, HasSubstr("expected 2 or more, but found 1"));
}

TEST(BulkReaderMappingTest, OnlyExpressionsLeaveTheColumnsOfTheTable) {
    const auto done = load(csv("id INTEGER KEY, code", "id=id*10"), "1,a\n2,b\n");
    EXPECT_EQ(done.csv, "\"10\",\"a\"\n\"20\",\"b\"\n");
}

TEST(BulkReaderMappingTest, WhereSeesSourceAndDerivedColumns) {
    auto spec = csv("k1 INTEGER, k7 INTEGER", "k1, tmp, k7=tmp+1");
    spec.mapping.where = "k1 <= 10";
    EXPECT_EQ(counts_of(load(spec, "9,1\n10,1\n11,1\n\\N,1\n")), "4 2 0 2");
    spec.mapping.where = "k7 > 5";
    EXPECT_EQ(load(spec, "1,5\n2,4\n").csv, "\"1\",\"6\"\n");
    spec.mapping.where = "TMP=4";
    EXPECT_EQ(load(spec, "1,5\n2,4\n").csv, "\"2\",\"5\"\n");
}

TEST(BulkReaderMappingTest, UnselectedRowsAreNoErrors) {
    auto spec = csv("n INTEGER NOT NULL, s");
    spec.mapping.where = "s='x'";
    const auto done = load(spec, "bad,y\n1,x\nbad,y\n");
    EXPECT_TRUE(done.result.ok());
    EXPECT_EQ(counts_of(done), "3 1 0 2");
}

TEST(BulkReaderMappingTest, ARowWithoutAValueOfAnExpressionIsFiltered) {
    auto spec = csv("a, b", "a, b=fail");
    const auto done = load(spec, "1\n");
    EXPECT_EQ(counts_of(done), "1 0 1 0");
    EXPECT_EQ(done.log, "Reason: too many steps, line 1, byte 0. src line [1]; \n");
}

// Goal    a row whose key an index of the target cannot hold holds up no other: bytes of all cells
//         of the key, as they are stored, and 8 for each.
TEST(BulkReaderMappingTest, AKeyThatTheTargetCannotHoldFiltersItsRow) {
    auto spec = csv("a KEY, v, b KEY", "a, v, tmp, b=tmp");
    spec.values.key_bytes_max = 20;
    spec.mapping.max_filter_ratio = 1;
    const auto done =
        load(spec, "ab,xxxxxxxxxxxxxxxxxxxxxxxxxxx,cd\nabc,x,cd\nxxxxxxxxxxxxx,x,\na,x,c\n");
    EXPECT_EQ(counts_of(done), "4 2 2 0");
    EXPECT_EQ(done.csv, "\"ab\",\"xxxxxxxxxxxxxxxxxxxxxxxxxxx\",\"cd\"\n\"a\",\"x\",\"c\"\n");
    EXPECT_THAT(done.log,
                HasSubstr("column_name[b], the primary key is longer than 20 bytes (with 8 "
                          "for each column), which the target cannot hold"));
    spec.mapping.merge = MergeType::erase;
    EXPECT_EQ(counts_of(load(spec, "ab,x,cd\nabc,x,cd\n")), "2 1 1 0");
    spec.values.key_bytes_max = 0;
    EXPECT_EQ(counts_of(load(spec, "ab,x,cd\nabc,x,cd\n")), "2 2 0 0");
}

// ---- Strict mode and the ratio

struct RatioCase {
    bool strict;
    double ratio;
    bool is_ok;
    std::string counts;
    std::uint64_t nulled;
};

TEST(BulkReaderMappingTest, ValuesThatDoNotConvert) {
    const std::vector<RatioCase> table = {{false, 0, true, "10 10 0 0", 3},
                                          {true, 0.3, true, "10 7 3 0", 0},
                                          {true, 0.2, false, "10 7 3 0", 0}};
    for (const auto& wanted : table) {
        auto spec = csv("k INTEGER, n DECIMAL");
        spec.mapping.strict = wanted.strict;
        spec.mapping.max_filter_ratio = wanted.ratio;
        const auto done = load(spec, "1,1\n2,2\n3,x\n4,4\n5,y\n6,6\n7,7\n8,z\n9,9\n10,10\n");
        EXPECT_EQ(done.result.ok(), wanted.is_ok);
        EXPECT_EQ(counts_of(done), wanted.counts);
        EXPECT_EQ(done.counts.nulled, wanted.nulled);
        if (!wanted.is_ok) {
            EXPECT_EQ(done.result.error().client_text(), "too many filtered rows");
        }
        if (wanted.strict) {
            EXPECT_THAT(done.log, HasSubstr("Reason: column_name[n], column(n) value is incorrect "
                                            "while strict mode is true, src value is x, line 3, "
                                            "byte 8. src line [3,x]; \n"));
        }
    }
}

TEST(BulkReaderMappingTest, NullIntoAColumnThatTakesNone) {
    const std::vector<RatioCase> table = {{false, 0.2, false, "10 7 3 0", 0},
                                          {false, 0.3, true, "10 7 3 0", 0},
                                          {true, 0.3, true, "10 7 3 0", 0},
                                          {true, 0.2, false, "10 7 3 0", 0}};
    for (const auto& wanted : table) {
        auto spec = csv("k INTEGER, n DECIMAL NOT NULL");
        spec.mapping.strict = wanted.strict;
        spec.mapping.max_filter_ratio = wanted.ratio;
        const auto done = load(spec, "1,1\n2,2\n3,\\N\n4,4\n5,\\N\n6,6\n7,7\n8,\\N\n9,9\n10,10\n");
        EXPECT_EQ(done.result.ok(), wanted.is_ok);
        EXPECT_EQ(counts_of(done), wanted.counts);
        EXPECT_EQ(done.first_error,
                  "column_name[n], null value for not null column, type=DECIMAL, line 3, byte 8. "
                  "Src line: 3,\\N");
    }
}

TEST(BulkReaderMappingTest, AKeyThatDoesNotConvertFiltersItsRow) {
    const auto done = load(csv("k INTEGER KEY, v"), "x,1\n2,2\n");
    EXPECT_EQ(counts_of(done), "2 1 1 0");
    EXPECT_THAT(done.log, HasSubstr("column_name[k], null value for not null column, type=INTEGER, "
                                    "src value is x"));
}

TEST(BulkReaderMappingTest, NothingOfARowThatIsFilteredIsLoaded) {
    auto spec = csv("a, n INTEGER NOT NULL");
    spec.mapping.max_filter_ratio = 1;
    EXPECT_EQ(load(spec, "x,bad\ny,2\n").csv, "\"y\",\"2\"\n");
}

TEST(BulkReaderMappingTest, NullsThatExpressionsMakeAreNoErrors) {
    auto spec = csv("a INTEGER, b INTEGER", "a, t, b=t+1");
    spec.mapping.strict = true;
    const auto done = load(spec, "1,\\N\n");
    EXPECT_TRUE(done.result.ok());
    EXPECT_EQ(done.csv, "\"1\",\n");
}

TEST(BulkReaderMappingTest, WhatExpressionsMakeMustConvertToo) {
    auto spec = csv("a INTEGER, b", "b, a=b");
    EXPECT_EQ(load(spec, "text\n").csv, ",\"text\"\n");
    spec.mapping.strict = true;
    spec.mapping.max_filter_ratio = 1;
    EXPECT_EQ(counts_of(load(spec, "text\ntext\n")), "2 0 2 0");
}

TEST(BulkReaderMappingTest, TheRatioMustBeExceeded) {
    auto spec = csv("n INTEGER");
    spec.mapping.strict = true;
    spec.mapping.max_filter_ratio = 0.5;
    EXPECT_TRUE(load(spec, "1\nx\n").result.ok());
    const auto failed = load(spec, "1\nx\ny\n");
    ASSERT_FALSE(failed.result.ok());
    EXPECT_EQ(failed.result.error().name(), "DATA_QUALITY_ERROR");
    spec.mapping.max_filter_ratio = 1;
    EXPECT_TRUE(load(spec, "x\ny\n").result.ok());
}

// ---- Operations

TEST(BulkReaderMappingTest, ADeleteSignDeletes) {
    auto spec = csv("id INTEGER KEY, name, n INTEGER NOT NULL");
    spec.mapping.hidden_columns = {"__DORIS_DELETE_SIGN__"};
    const auto done = load(spec, "1,a,5,0\n2,b,\\N,1\n3,c,6,0.0\n");
    EXPECT_TRUE(done.header.has_operation);
    EXPECT_EQ(done.csv, "upsert,\"1\",\"a\",\"5\"\ndelete,\"2\",,\nupsert,\"3\",\"c\",\"6\"\n");
    auto named = csv("id INTEGER KEY, name", "__doris_delete_sign__, id");
    EXPECT_EQ(load(named, "1,7\n").csv, "delete,\"7\",\n");
}

TEST(BulkReaderMappingTest, ADeleteSignIsANumberOrATruthOrFiltersItsRow) {
    auto spec = csv("id INTEGER KEY");
    spec.mapping.hidden_columns = {"__DORIS_DELETE_SIGN__"};
    spec.mapping.max_filter_ratio = 1;
    for (const auto* sign : {"1", " 1 ", "+1", "-1", "2", "0.5", ".5", "1.", "1e0", "1e+20", "0.10",
                             "99999999999999999999", "true", "TRUE\t"}) {
        EXPECT_EQ(load(spec, "7," + std::string(sign) + "\n").csv, "delete,\"7\"\n") << sign;
    }
    for (const auto* sign : {"0", " 0", "-0", "00", "0.0", "0e5", "false", "False"}) {
        EXPECT_EQ(load(spec, "7," + std::string(sign) + "\n").csv, "upsert,\"7\"\n") << sign;
    }
    for (const auto* sign : {"yes", "x", "0x1", "", " ", "\\N", "t", "-", ".", "1e", "e1", "nan",
                             "inf", "1 1", "1,5"}) {
        const auto done = load(spec, "7," + std::string(sign) + "\n");
        EXPECT_EQ(done.csv, "") << sign;
        EXPECT_EQ(counts_of(done), "1 0 1 0") << sign;
    }
    EXPECT_THAT(load(spec, "7,yes\n").log,
                HasSubstr("Reason: column_name[__DORIS_DELETE_SIGN__], it is 0 (insert or update) "
                          "or 1 (delete), src value is yes, line 1"));
    EXPECT_THAT(load(spec, "7,\\N\n").log,
                HasSubstr("column_name[__DORIS_DELETE_SIGN__], null value for not null column, it "
                          "is 0 (insert or update) or 1 (delete)"));
}

TEST(BulkReaderMappingTest, MergeNeedsNoSign) {
    auto spec = csv("id INTEGER KEY", "id, del");
    spec.mapping.merge = MergeType::merge;
    spec.mapping.delete_condition = "del=1";
    EXPECT_EQ(load(spec, "1,0\n2,1\n").csv, "upsert,\"1\"\ndelete,\"2\"\n");
}

TEST(BulkReaderMappingTest, MergeDeletesWhereItsConditionHolds) {
    auto spec = csv("id INTEGER KEY, seq INTEGER, v", "id, seq, v, del");
    spec.mapping.merge = MergeType::merge;
    spec.mapping.delete_condition = "del=1";
    spec.mapping.sequence_column = "SEQ";
    const auto done = load(spec, "1,10,a,0\n1,11,b,1\n2,1,c,\\N\n");
    EXPECT_EQ(render_slice_header(done.header),
              "#slice 2,operation,\"id\",sequence \"seq\",\"v\"\n");
    EXPECT_EQ(done.csv,
              "upsert,\"1\",\"10\",\"a\"\ndelete,\"1\",\"11\",\nupsert,\"2\",\"1\",\"c\"\n");
}

TEST(BulkReaderMappingTest, DeletesNeedTheKeyOnly) {
    auto spec = csv("id INTEGER KEY, n INTEGER NOT NULL, v", "id, v");
    spec.mapping.merge = MergeType::erase;
    const auto done = load(spec, "1,x\n");
    EXPECT_EQ(render_slice_header(done.header), "#slice 2,operation,\"id\",\"v\"\n");
    EXPECT_EQ(done.csv, "delete,\"1\",\n");
}

TEST(BulkReaderMappingTest, PartialColumnsAreThoseOfTheLoad) {
    auto spec = csv("id INTEGER KEY, n INTEGER NOT NULL, v", "v, id");
    spec.mapping.partial_columns = true;
    const auto done = load(spec, "x,1\n");
    EXPECT_EQ(render_slice_header(done.header), "#slice 2,\"id\",\"v\"\n");
    EXPECT_EQ(done.csv, "\"1\",\"x\"\n");
}

TEST(BulkReaderMappingTest, TheSequenceMayComeUnderItsHiddenName) {
    auto spec = csv("id INTEGER KEY, seq INTEGER", "id, __DORIS_SEQUENCE_COL__");
    spec.mapping.sequence_column = "seq";
    const auto done = load(spec, "1,7\n");
    EXPECT_EQ(render_slice_header(done.header), "#slice 2,\"id\",sequence \"seq\"\n");
    EXPECT_EQ(done.csv, "\"1\",\"7\"\n");
}

TEST(BulkReaderMappingTest, LoadsThatCannotBegin) {
    struct Case {
        std::string table;
        std::string columns;
        void (*change)(BulkMapping&);
        std::string reason;
    };
    const std::vector<Case> table = {
        {"a, b NOT NULL", "a", [](BulkMapping&) {}, "Column has no default value. column: b"},
        {"k KEY, b", "b", [](BulkMapping&) {}, "Column has no default value. column: k"},
        {"a, b", "x, y", [](BulkMapping&) {}, "the load has no column of the table"},
        {"a, b", "a, A", [](BulkMapping&) {}, "Duplicate column: A"},
        {"a, b", "a, b=nothing", [](BulkMapping&) {}, "unknown column nothing"},
        {"a, b", "a", [](BulkMapping& m) { m.where = "zzz > 1"; }, "unknown column zzz"},
        {"a, b", "a, b", [](BulkMapping& m) { m.merge = MergeType::erase; }, "no primary key"},
        {"a, b", "a, b", [](BulkMapping& m) { m.partial_columns = true; }, "primary key"},
        {"k KEY, b", "k, b", [](BulkMapping& m) { m.merge = MergeType::merge; },
         "Excepted DELETE ON clause when merge type is MERGE."},
        {"k KEY, b", "k, b", [](BulkMapping& m) { m.delete_condition = "b=1"; },
         "Not support DELETE ON clause when merge type is not MERGE."},
        {"k KEY, b", "k, b", [](BulkMapping& m) { m.sequence_column = "c"; },
         "There is no sequence column c in the table in.c-test.t"},
        {"k KEY, b", "k, b", [](BulkMapping& m) { m.sequence_column = "b"; },
         "cannot be the sequence column"},
        {"k KEY, b DATE, c", "k, c", [](BulkMapping& m) { m.sequence_column = "b"; },
         "the load has no values of the sequence column b"},
        {"k KEY, b", "k, __DORIS_SEQUENCE_COL__", [](BulkMapping&) {},
         "needs function_column.sequence_col"},
        {"k KEY, b", "k", [](BulkMapping& m) { m.time_zone = "Mars/Olympus"; },
         "Unknown or incorrect time zone: 'Mars/Olympus'"},
    };
    for (const auto& wanted : table) {
        auto spec = csv(wanted.table, wanted.columns);
        wanted.change(spec.mapping);
        EXPECT_THAT(refusal(spec), HasSubstr(wanted.reason));
    }
}

// ---- The list of errors

TEST(BulkReaderMappingTest, TheLogEndsAfterSomeRows) {
    auto spec = csv("n INTEGER NOT NULL");
    spec.errors_max = 2;
    const auto done = load(spec, "a\nb\nc\nd\n");
    EXPECT_THAT(done.log, HasSubstr("src line [b]"));
    EXPECT_THAT(done.log, testing::Not(HasSubstr("src line [c]")));
    EXPECT_TRUE(done.log.ends_with("TOO MUCH ERROR! already reach 2. show no more next error.\n"));
}

TEST(BulkReaderMappingTest, TheLogIsCut) {
    auto spec = csv("a, b");
    spec.errors_bytes_max = 200;
    const auto done = load(spec, std::string(1000, 'x') + "\nshort\n");
    EXPECT_THAT(done.log, HasSubstr("error log is too long"));
    EXPECT_LE(done.log.size(), 240U);
    EXPECT_LE(done.first_error.size(), 512U);
}

// Goal    a NUL is found wherever it comes, though rows behind the last one are not searched.
TEST(BulkReaderMappingTest, ARowWithANulIsFilteredWhateverThePiecesAre) {
    const std::string body("1,a\n2,\0b\n3,c\n4,d\0\n5,e\n", 22);
    auto spec = csv("n INTEGER, s");
    spec.mapping.max_filter_ratio = 1;
    for (std::size_t length = 1; length <= body.size(); ++length) {
        std::vector<std::string_view> pieces;
        for (std::size_t at = 0; at < body.size(); at += length) {
            pieces.push_back(std::string_view(body).substr(at, length));
        }
        const auto done = load(spec, pieces);
        EXPECT_EQ(done.csv, "\"1\",\"a\"\n\"3\",\"c\"\n\"5\",\"e\"\n") << length;
        EXPECT_EQ(counts_of(done), "5 3 2 0") << length;
        EXPECT_THAT(done.log, HasSubstr("the text has a NUL"));
    }
}

}  // namespace
}  // namespace millrace::bulk
