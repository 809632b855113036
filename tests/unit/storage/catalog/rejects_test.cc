#include "storage/catalog/rejects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "storage/sqlite/database.h"
#include "tests/unit/storage/catalog/catalog_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const SinkNumber kSink{5};
const SinkNumber kOther{6};
constexpr RejectBounds kRoomy{.count = 100, .bytes = 1 << 20};

Reject reject(std::string body, SinkNumber sink = kSink, std::int64_t expires_at = 1000) {
    Reject made;
    made.sink = sink;
    made.arrived_at = WallTime{10};
    made.expires_at = AgeTime{expires_at};
    made.error = "stream.in.pathNotFound";
    made.message = "column \"x\": gone";
    made.column = "x";
    made.client_ip = "192.0.2.7";
    made.content_type = "application/json";
    made.headers = R"({"Host":"h"})";
    made.body = std::move(body);
    return made;
}

RejectGroup group(std::vector<Reject> rejects, RejectBounds bounds = kRoomy) {
    RejectGroup made;
    for (auto& one : rejects) made.items.push_back({.reject = std::move(one), .bounds = bounds});
    return made;
}

class RejectsTest : public CatalogTest {
protected:
    std::vector<bool> keep(std::vector<RejectGroup> groups) {
        return catalog_->keep(groups).value();
    }
    std::vector<std::string> bodies(SinkNumber sink, const RejectPageRequest& page = {}) {
        const auto rejects = catalog_->rejects_of(sink, page).value();
        std::vector<std::string> found;
        for (const auto& one : rejects) found.push_back(one.body);
        return found;
    }
    RejectTotals totals(SinkNumber sink = kSink) { return catalog_->reject_totals(sink).value(); }

    // From now on the reject with that number cannot be deleted.
    void stop_deleting_at(std::uint64_t number) const {
        auto database = sqlite::Database::open(directory_ / "catalog.sqlite", {}).value();
        ASSERT_TRUE(database
                        .execute(fmt::format("DROP TRIGGER IF EXISTS stop; CREATE TRIGGER stop"
                                             " BEFORE DELETE ON rejects WHEN OLD.number = {}"
                                             " BEGIN SELECT raise(ABORT, 'stop'); END",
                                             number))
                        .ok());
    }
};

TEST_F(RejectsTest, KeepsEveryByteAndRemembersItAfterARestart) {
    const std::string bytes("{\xff\0\"}", 5);
    EXPECT_THAT(keep({group({reject(bytes), reject("two")}), group({reject("x", kOther)})}),
                ElementsAre(true, true));
    reopen();
    const auto found = catalog_->rejects_of(kSink, {}).value();
    ASSERT_EQ(found.size(), 2U);
    const auto expected = reject(bytes);
    EXPECT_EQ(found[0].number, 1U);
    EXPECT_EQ(found[0].sink, kSink);
    EXPECT_EQ(found[0].arrived_at, expected.arrived_at);
    EXPECT_EQ(found[0].expires_at, expected.expires_at);
    EXPECT_EQ(found[0].error, expected.error);
    EXPECT_EQ(found[0].message, expected.message);
    EXPECT_EQ(found[0].column, expected.column);
    EXPECT_EQ(found[0].client_ip, expected.client_ip);
    EXPECT_EQ(found[0].content_type, expected.content_type);
    EXPECT_EQ(found[0].headers, expected.headers);
    EXPECT_EQ(found[0].body, bytes);
    EXPECT_EQ(totals(),
              (RejectTotals{.count = 2, .bytes = expected.bytes() + reject("two").bytes()}));
    EXPECT_EQ(totals(kOther).count, 1U);
}

TEST_F(RejectsTest, PagesEndByCountAndByBytes) {
    keep({group({reject("a"), reject("b"), reject("c"), reject("d")})});
    EXPECT_THAT(bodies(kSink, {.limit = 3}), ElementsAre("a", "b", "c"));
    EXPECT_THAT(bodies(kSink, {.after = 3, .limit = 3}), ElementsAre("d"));
    EXPECT_THAT(bodies(kSink, {.bytes = reject("a").bytes()}), ElementsAre("a", "b"));
    EXPECT_THAT(bodies(kOther), IsEmpty());
}

TEST_F(RejectsTest, AGroupIsKeptWithinTheBoundsOfItsSinksOrNotAtAll) {
    const RejectBounds two{.count = 2, .bytes = 1 << 20};
    EXPECT_THAT(keep({group({reject("a")}, two), group({reject("b"), reject("c")}, two),
                      group({reject("d")}, two), group({reject("e")}, two)}),
                ElementsAre(true, false, true, false));
    EXPECT_THAT(bodies(kSink), ElementsAre("a", "d"));
    const RejectBounds small{.count = 100, .bytes = 2 * reject("x").bytes()};
    EXPECT_THAT(keep({group({reject("x", kOther)}, small), group({reject("x", kOther)}, small),
                      group({reject("x", kOther)}, small)}),
                ElementsAre(true, true, false));
}

TEST_F(RejectsTest, ForgetsWhatIsTooOld) {
    keep({group({reject("a", kSink, 100), reject("b", kSink, 300), reject("c", kOther, 200)})});
    EXPECT_EQ(catalog_->delete_expired_rejects(AgeTime{99}, 10).value(), 0U);
    EXPECT_EQ(catalog_->delete_expired_rejects(AgeTime{299}, 1).value(), 1U);
    EXPECT_EQ(catalog_->delete_expired_rejects(AgeTime{299}, 10).value(), 1U);
    EXPECT_THAT(bodies(kSink), ElementsAre("b"));
    EXPECT_EQ(totals(), (RejectTotals{.count = 1, .bytes = reject("b").bytes()}));
    EXPECT_EQ(totals(kOther), RejectTotals{});
}

TEST_F(RejectsTest, ForgetsAllOfASink) {
    keep({group({reject("a"), reject("b"), reject("c", kOther)})});
    ASSERT_TRUE(catalog_->delete_rejects(kSink).ok());
    EXPECT_THAT(bodies(kSink), IsEmpty());
    EXPECT_EQ(totals(), RejectTotals{});
    EXPECT_THAT(bodies(kOther), ElementsAre("c"));
    keep({group({reject("d")})});
    EXPECT_EQ(catalog_->rejects_of(kSink, {}).value().front().number, 4U)
        << "numbers are never used again";
}

// Goal    very many rejects are not deleted in one write, which all other writes would wait for.
// Method  a trigger stops the deletion at the 2500th: what earlier writes deleted stays deleted.
TEST_F(RejectsTest, ManyAreForgottenInParts) {
    Source source;
    source.key.source = SourceId("a");
    Sink sink;
    sink.key = {.source = source.key, .sink = SinkId("s")};
    sink.number = kSink;
    sink.table = TableId::parse("in.c-shop.orders").value();
    ASSERT_TRUE(catalog_->save_source(source, {sink}).ok());
    const std::function<Result<void>()> ways[] = {
        [&] { return catalog_->delete_rejects(kSink); },
        [&] { return catalog_->remove_source(source.key); },
    };
    for (const auto& forget : ways) {
        keep({group(std::vector(2600, reject("a")), {.count = 10'000, .bytes = 1 << 30})});
        const auto last = catalog_->rejects_of(kSink, {.limit = 1}).value().at(0).number + 2599;
        stop_deleting_at(last - 100);
        EXPECT_FALSE(forget().ok());
        EXPECT_EQ(totals(), (RejectTotals{.count = 600, .bytes = 600 * reject("a").bytes()}));
        EXPECT_TRUE(catalog_->find_source(source.key).value());
        stop_deleting_at(0);
        EXPECT_TRUE(forget().ok());
        EXPECT_EQ(totals(), RejectTotals{});
    }
    EXPECT_FALSE(catalog_->find_source(source.key).value());
}

// Goal    the rows of a retry are in the catalog exactly when their rejects are not.
// Method  announce and adopt a slice, with a restart before and after each step.
TEST_F(RejectsTest, ASliceTakesThePlaceOfItsRejects) {
    keep({group({reject("a"), reject("b"), reject("c")})});
    OpenSlice slice;
    slice.opening = {.slice = SliceId(make_uuid_v7(AgeTime{1}, 1, 0)),
                     .file = FileId(make_uuid_v7(AgeTime{1}, 2, 0)),
                     .sink = {.sink = kSink, .mapping = MappingVersion(3)},
                     .opened_at = WallTime{70},
                     .volume = VolumeId("fast")};
    const LocalSlice local{.volume = slice.opening.volume, .slice = slice.opening.slice};
    slice.content = {.bytes = 20,
                     .rows = 2,
                     .crc = 7,
                     .first_at = WallTime{10},
                     .last_at = WallTime{11},
                     .last_sequence = {}};
    ASSERT_TRUE(catalog_->announce_slice(local).ok());
    reopen();
    EXPECT_THAT(catalog_->announced_slices().value(), ElementsAre(local));
    EXPECT_THAT(catalog_->slices_to_upload(WallTime{100}, 10).value(), IsEmpty());
    EXPECT_THAT(bodies(kSink), ElementsAre("a", "b", "c"));

    ASSERT_TRUE(catalog_->adopt_slice(slice, {1, 3}).ok());
    reopen();
    EXPECT_THAT(catalog_->announced_slices().value(), IsEmpty());
    EXPECT_THAT(bodies(kSink), ElementsAre("b"));
    EXPECT_EQ(totals(), (RejectTotals{.count = 1, .bytes = reject("b").bytes()}));
    const auto waiting = catalog_->slices_to_upload(WallTime{100}, 10).value();
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_EQ(waiting[0].opening, slice.opening);
    EXPECT_EQ(waiting[0].content, slice.content);
    EXPECT_EQ(waiting[0].state, SliceState::closing);
    const auto file = catalog_->find_file(slice.opening.file).value();
    ASSERT_TRUE(file);
    EXPECT_EQ(file->state, FileState::closing);
    EXPECT_EQ(file->slices, 1U);
}

TEST_F(RejectsTest, AnAnnouncedSliceThatIsGoneIsForgotten) {
    const SliceId slice(make_uuid_v7(AgeTime{1}, 1, 0));
    ASSERT_TRUE(catalog_->announce_slice({.volume = VolumeId("fast"), .slice = slice}).ok());
    ASSERT_TRUE(catalog_->forget_announced(slice).ok());
    EXPECT_THAT(catalog_->announced_slices().value(), IsEmpty());

    // One that was chosen just before its volume ended.
    auto database = sqlite::Database::open(directory_ / "catalog.sqlite", {}).value();
    ASSERT_TRUE(database
                    .execute("INSERT INTO volumes (volume, name, state) VALUES"
                             " ('fast', 'fast', 'retired')")
                    .ok());
    const auto refused = catalog_->announce_slice({.volume = VolumeId("fast"), .slice = slice});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::unavailable) << "the next try takes another volume";
    EXPECT_THAT(catalog_->announced_slices().value(), IsEmpty());
}

}  // namespace
}  // namespace millrace::catalog
