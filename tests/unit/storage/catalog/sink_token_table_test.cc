#include "storage/catalog/sink_token_table.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/unit/storage/catalog/catalog_fixture.h"

namespace millrace::catalog {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const SourceKey kShop{ProjectId(1), BranchId(1), SourceId("shop")};
const TargetName kWarehouse("warehouse");
constexpr WallTime kNow{1000};

class SinkTokensTest : public CatalogTest {
protected:
    static Sink sink(std::uint64_t number) {
        Sink made;
        made.key = {kShop, SinkId("sink-" + std::to_string(number))};
        made.number = SinkNumber(number);
        made.target = kWarehouse;
        made.table = TableId::parse("in.c-shop.orders").value();
        made.version.number = 1;
        return made;
    }
    static SinkToken token(std::uint64_t number) {
        SinkToken made;
        made.target = kWarehouse;
        made.sink = SinkNumber(number);
        made.key = sink(number).key;
        made.table = sink(number).table;
        made.state = SinkTokenState::ready;
        made.role = "millrace_1_2_s" + std::to_string(number);
        made.password = Secret("the-password");
        made.changed_at = kNow;
        return made;
    }
    void save(const SinkToken& token) { ASSERT_TRUE(catalog_->save_sink_token(token).ok()); }
    void save_sinks(const std::vector<Sink>& sinks) {
        Source source;
        source.key = kShop;
        source.secret = Secret("secret");
        source.version.number = 1;
        ASSERT_TRUE(catalog_->save_source(source, sinks).ok());
    }
    std::vector<SinkToken> unused(WallTime before = WallTime{2000}) {
        return catalog_->unused_sink_tokens(kWarehouse, before).value();
    }
};

TEST_F(SinkTokensTest, ATokenIsKeptAndItsPasswordIsSealed) {
    auto saved = token(1);
    saved.reason = "why";
    save(saved);
    reopen();
    const auto found = catalog_->sink_token(kWarehouse, SinkNumber(1)).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->key, saved.key);
    EXPECT_EQ(found->table, saved.table);
    EXPECT_EQ(found->state, saved.state);
    EXPECT_EQ(found->role, saved.role);
    EXPECT_EQ(found->password.expose(), "the-password");
    EXPECT_EQ(found->reason, "why");
    EXPECT_EQ(found->changed_at, kNow);
    EXPECT_EQ(description_of(*found), "[_internal] Stream Sink shop/sink-1");
    EXPECT_EQ(catalog_->sink_tokens_of(kWarehouse).value().at(0).password.expose(), "");

    auto database = sqlite::Database::open(directory_ / "catalog.sqlite", {}).value();
    auto query = database.query("SELECT password FROM sink_tokens").value();
    ASSERT_TRUE(query->step().value());
    EXPECT_THAT(query.row().text(), Not(HasSubstr("the-password")));
    // A sealed text that is moved to another sink does not open there.
    ASSERT_TRUE(database.execute("UPDATE sink_tokens SET sink = 2").ok());
    EXPECT_EQ(catalog_->sink_token(kWarehouse, SinkNumber(2)).error().code(), Code::corrupt);

    ASSERT_TRUE(catalog_->remove_sink_token(kWarehouse, SinkNumber(2)).ok());
    EXPECT_FALSE(catalog_->sink_token(kWarehouse, SinkNumber(2)).value());
}

TEST_F(SinkTokensTest, AFileOfASinkHasItsTokenAndOneOfALoadHasNone) {
    save(token(7));
    const FileId of_sink(make_uuid_v7(AgeTime{1}, 1, 1)), of_load(make_uuid_v7(AgeTime{1}, 2, 2));
    auto database = sqlite::Database::open(directory_ / "catalog.sqlite", {}).value();
    for (const auto& [file, load] : {std::pair(of_sink, 0), std::pair(of_load, 3)}) {
        ASSERT_TRUE(database
                        .run("INSERT INTO files (id, sink, mapping, state, opened_at, slices, load)"
                             " VALUES (?1, 7, 1, 'closing', 0, 0, ?2)",
                             to_string(file), load)
                        .ok());
    }
    EXPECT_EQ(catalog_->sink_token_of_file(kWarehouse, of_sink).value()->password.expose(),
              "the-password");
    EXPECT_FALSE(catalog_->sink_token_of_file(kWarehouse, of_load).value());
    EXPECT_FALSE(catalog_->sink_token_of_file(TargetName("lake"), of_sink).value());
}

TEST_F(SinkTokensTest, TokensOfSinksThatAreGoneOrMovedAreUnused) {
    auto deleted = sink(2);
    deleted.deleted = Deleted{};
    auto moved = sink(3);
    moved.target = TargetName("lake");
    save_sinks({sink(1), deleted, moved});
    for (std::uint64_t number = 1; number <= 4; ++number) save(token(number));
    std::vector<std::uint64_t> numbers;
    for (const auto& one : unused()) numbers.push_back(one.sink.value);
    EXPECT_EQ(numbers, (std::vector<std::uint64_t>{2, 3, 4}));
    EXPECT_THAT(unused(kNow), IsEmpty()) << "they were changed a moment ago";
}

TEST_F(SinkTokensTest, SinksWithoutATokenGetOneThatIsDue) {
    auto deleted = sink(2);
    deleted.deleted = Deleted{};
    save_sinks({sink(1), deleted, sink(3)});
    save(token(3));
    ASSERT_TRUE(catalog_->add_missing_sink_tokens(kWarehouse, WallTime{5}).ok());
    ASSERT_THAT(catalog_->sink_tokens_of(kWarehouse).value(), SizeIs(2));
    const auto added = catalog_->sink_token(kWarehouse, SinkNumber(1)).value();
    EXPECT_EQ(added->state, SinkTokenState::due);
    EXPECT_EQ(added->key, sink(1).key);
    EXPECT_EQ(added->role, "");
    EXPECT_EQ(catalog_->sink_token(kWarehouse, SinkNumber(3)).value()->state,
              SinkTokenState::ready);
}

TEST_F(SinkTokensTest, PagesHaveTheTokensOfSinksThatAreThere) {
    auto deleted = sink(2);
    deleted.deleted = Deleted{};
    save_sinks({sink(1), deleted, sink(3)});
    for (std::uint64_t number = 1; number <= 3; ++number) save(token(number));
    const auto first = catalog_->shown_sink_tokens(ProjectId(1), {.after_id = "", .limit = 1});
    ASSERT_TRUE(first.ok()) << first.error().operator_text();
    EXPECT_EQ(first.value().total_count, 2U);
    EXPECT_EQ(first.value().items.at(0).sink, SinkNumber(1));
    EXPECT_EQ(first.value().items.at(0).password.expose(), "");
    const auto second = catalog_->shown_sink_tokens(
        ProjectId(1), {.after_id = "shop/sink-1/warehouse", .limit = 5});
    ASSERT_THAT(second.value().items, SizeIs(1));
    EXPECT_EQ(second.value().items.at(0).sink, SinkNumber(3));
    EXPECT_THAT(catalog_->shown_sink_tokens(ProjectId(2), {}).value().items, IsEmpty());
}

TEST_F(SinkTokensTest, TheSpaceOfRolesIsChosenOnce) {
    EXPECT_EQ(catalog_->role_space("1a2b3c4d").value(), "1a2b3c4d");
    reopen();
    EXPECT_EQ(catalog_->role_space("99999999").value(), "1a2b3c4d");
}

}  // namespace
}  // namespace millrace::catalog
