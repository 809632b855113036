#include "storage/catalog/defined_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error_names.h"
#include "tests/support/some_load.h"
#include "tests/unit/storage/catalog/file_tables_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const LoadScope kScope{.project = ProjectId(1), .branch = BranchId(2)};

DefinedTable table(const std::string& id) {
    return {.key = {.project = kScope.project,
                    .branch = kScope.branch,
                    .table = TableId::parse(id).value()},
            .target = TargetName("lake"),
            .columns = {{.name = "id",
                         .data_type = DataType::integer,
                         .primary_key = true,
                         .nullable = false},
                        {.name = "žluť \"x\"", .data_type = DataType::json}},
            .created = {.at = WallTime{7},
                        .by = {.type = "user", .token_id = "admin", .token_description = "a"}},
            .is_being_dropped = false};
}

class DefinedTablesTest : public FileTablesTest {
protected:
    TableCatalog& tables() { return *catalog_; }
    Result<LoadCatalog::Begun> begin(const DefinedTable& into, const std::string& label) {
        return catalog_->begin_load(
            testing_support::load_into(mapping_of(into), kScope, label, kVolume), kInstant);
    }
    std::vector<std::string> listed(const PageRequest& page) {
        std::vector<std::string> ids;
        const auto found = tables().tables(kScope.project, kScope.branch, page).value();
        for (const auto& table : found.items) ids.push_back(table.key.table.text());
        return ids;
    }
};

TEST_F(DefinedTablesTest, ATableIsFoundWithAllThatItWasMadeWith) {
    const auto made = table("in.c-testdb.t");
    EXPECT_TRUE(tables().add_table(made).value());
    auto other = made;
    other.columns.pop_back();
    EXPECT_FALSE(tables().add_table(other).value());
    reopen();
    EXPECT_EQ(tables().find_table(made.key).value()->columns, made.columns);
    EXPECT_EQ(tables().find_table(made.key).value()->target, made.target);
    EXPECT_EQ(tables().find_table(made.key).value()->created, made.created);
    auto elsewhere = made.key;
    elsewhere.branch = BranchId(9);
    EXPECT_FALSE(tables().find_table(elsewhere).value());
}

TEST_F(DefinedTablesTest, TablesAreListedInPagesWithoutThoseThatOnlyLoadsHaveNamed) {
    for (const auto* id : {"in.c-b.t", "in.c-a.t", "out.c-a.t"}) {
        ASSERT_TRUE(tables().add_table(table(id)).value());
    }
    ASSERT_TRUE(begin(table("in.c-c.loaded"), "x").ok());
    EXPECT_THAT(listed({.after_id = "", .limit = 2}), ElementsAre("in.c-a.t", "in.c-b.t"));
    EXPECT_THAT(listed({.after_id = "in.c-b.t", .limit = 2}), ElementsAre("out.c-a.t"));
    EXPECT_EQ(tables().tables(kScope.project, kScope.branch, {}).value().total_count, 3U);
    EXPECT_FALSE(tables().find_table(table("in.c-c.loaded").key).value());
}

TEST_F(DefinedTablesTest, ATableIsNotDroppedWhileALoadIntoItMayStillBeImported) {
    const auto made = table("in.c-testdb.t");
    ASSERT_TRUE(tables().add_table(made).value());
    const auto load = begin(made, "x").value().load.number;
    const auto refusal = [&] { return tables().begin_drop(made.key).error().name(); };
    EXPECT_EQ(refusal(), error_names::kApiTableInUse);
    ASSERT_TRUE(catalog_->announce_part(load, 0, slice_id(1)).ok());
    ASSERT_TRUE(
        catalog_->adopt_part(load, 0, slice_id(1), {.bytes = 10, .rows = 1, .crc = 1}).ok());
    ASSERT_TRUE(catalog_->finish_load(load, {.rows = 1, .bytes = 10}, kInstant).ok());
    EXPECT_EQ(refusal(), error_names::kApiTableInUse);
    ASSERT_TRUE(catalog_->prepare_load(load, kInstant).ok());
    EXPECT_EQ(refusal(), error_names::kApiTableInUse);
    const auto committed = catalog_->commit_load(load, file_id(1), kInstant).value();
    EXPECT_EQ(refusal(), error_names::kApiTableInUse);
    upload(1);
    import(committed.file.value());
    EXPECT_TRUE(tables().begin_drop(made.key).ok());
}

TEST_F(DefinedTablesTest, NoLoadBeginsWhileItsTableIsDropped) {
    const auto made = table("in.c-testdb.t");
    EXPECT_EQ(tables().begin_drop(made.key).error().code(), Code::not_found);
    ASSERT_TRUE(tables().add_table(made).value());
    ASSERT_TRUE(tables().begin_drop(made.key).ok());
    reopen();
    EXPECT_TRUE(tables().find_table(made.key).value()->is_being_dropped);
    EXPECT_EQ(begin(made, "x").error().name(), error_names::kLoadTableDropped);
    ASSERT_TRUE(tables().end_drop(made.key).ok());
    EXPECT_TRUE(begin(made, "x").ok());
}

TEST_F(DefinedTablesTest, AForgottenTableCanBeMadeAgainInAnotherTarget) {
    auto made = table("in.c-testdb.t");
    ASSERT_TRUE(tables().add_table(made).value());
    ASSERT_TRUE(tables().begin_drop(made.key).ok());
    ASSERT_TRUE(tables().forget_table(made.key).ok());
    EXPECT_FALSE(tables().find_table(made.key).value());
    EXPECT_THAT(listed({}), IsEmpty());
    made.target = kDefaultTarget;
    ASSERT_TRUE(tables().add_table(made).value());
    EXPECT_EQ(tables().find_table(made.key).value(), made);
    EXPECT_TRUE(begin(made, "x").ok());
}

}  // namespace
}  // namespace millrace::catalog
