#include "storage/sqlite/row_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/temp_directory.h"

namespace millrace::sqlite {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::TempDirectory;

// Numbers from `count` down to 1, and their names.
class Countdown final : public RowSource {
public:
    explicit Countdown(int count) : left_(count + 1) {}

    Result<bool> next() override {
        if (--left_ == fails_at) return Error(Code::unavailable, "the disk is gone");
        return left_ > 0;
    }
    bool put(std::size_t column, ValuePlace& place) override {
        if (left_ == is_none_at) return false;
        text_ = "n" + std::to_string(left_);
        column == 0 ? place.put(std::int64_t{left_}) : place.put_borrowed(text_);
        return true;
    }
    Error no_value(std::size_t column) const override {
        return Error(Code::corrupt, "no value " + std::to_string(column));
    }

    int fails_at = -1;
    int is_none_at = -1;

private:
    int left_;
    std::string text_;
};

class RowTableTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(database_.execute("CREATE TABLE t (number INTEGER, name TEXT)").ok());
    }

    Result<void> insert(RowSource& source, const std::string& order = "") {
        TRY_ASSIGN(auto rows, RowTable::make(database_, source, 2));
        TRY_ASSIGN(auto statement,
                   database_.prepare("INSERT INTO t SELECT c0, c1 FROM _millrace_rows " + order));
        return rows.run(statement);
    }

    std::vector<std::string> names() {
        auto query = database_.query("SELECT name FROM t ORDER BY rowid").value();
        std::vector<std::string> names;
        while (query->step().value()) names.push_back(query.row().text());
        return names;
    }

    TempDirectory directory_;
    Database database_ = Database::open(directory_ / "t.sqlite", {}).value();
};

TEST_F(RowTableTest, AStatementTakesTheRowsInTheirOrder) {
    Countdown three(3);
    ASSERT_TRUE(insert(three).ok());
    EXPECT_THAT(names(), ElementsAre("n3", "n2", "n1"));
    Countdown two(2);
    ASSERT_TRUE(insert(two, "ORDER BY place DESC").ok());
    EXPECT_THAT(names(), ElementsAre("n3", "n2", "n1", "n1", "n2"));
    Countdown none(0);
    ASSERT_TRUE(insert(none).ok());
    EXPECT_EQ(names().size(), 5u);
}

TEST_F(RowTableTest, TheErrorOfTheSourceIsTheOne) {
    Countdown broken(3);
    broken.fails_at = 1;
    const auto failed = insert(broken);
    EXPECT_EQ(failed.error().code(), Code::unavailable);
    EXPECT_EQ(failed.error().operator_text(), "the disk is gone");
    Countdown wrong(3);
    wrong.is_none_at = 2;
    EXPECT_THAT(insert(wrong, "ORDER BY 1").error().operator_text(), HasSubstr("no value"));
    EXPECT_TRUE(names().empty());
}

TEST_F(RowTableTest, ItIsThereWhileItLives) {
    const auto sql = "SELECT count(*) FROM _millrace_rows";
    EXPECT_FALSE(database_.prepare(sql).ok());
    Countdown one(1);
    {
        const auto rows = RowTable::make(database_, one, 2).value();
        EXPECT_TRUE(database_.prepare(sql).ok());
    }
    EXPECT_FALSE(database_.prepare(sql).ok());
}

TEST_F(RowTableTest, RowsAreReadOnce) {
    Countdown three(3);
    auto rows = RowTable::make(database_, three, 2).value();
    auto twice = database_
                     .prepare(
                         "INSERT INTO t SELECT a.c0, b.c1 FROM _millrace_rows AS a,"
                         " _millrace_rows AS b")
                     .value();
    EXPECT_EQ(rows.run(twice).error().operator_text(), "the rows were read before");
}

}  // namespace
}  // namespace millrace::sqlite
