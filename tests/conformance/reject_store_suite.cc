#include "tests/conformance/reject_store_suite.h"

#include <gmock/gmock.h>

#include <utility>

namespace millrace::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

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

RejectTotals totals_of(const std::vector<Reject>& rejects) {
    RejectTotals totals;
    for (const auto& one : rejects) {
        ++totals.count;
        totals.bytes += one.bytes();
    }
    return totals;
}

SliceId slice_id(std::uint64_t number) {
    return SliceId(make_uuid_v7(AgeTime{1}, number, 0));
}

LocalSlice local(std::uint64_t number) {
    return {.volume = VolumeId("fast"), .slice = slice_id(number)};
}

// A slice of two rows and its file.
OpenSlice slice(std::uint64_t number) {
    return {.opening = {.slice = slice_id(number),
                        .file = FileId(make_uuid_v7(AgeTime{2}, number, 0)),
                        .sink = {.sink = kSink, .mapping = MappingVersion(3)},
                        .opened_at = WallTime{70},
                        .volume = VolumeId("fast")},
            .content = {.bytes = 20,
                        .rows = 2,
                        .crc = 7,
                        .first_at = WallTime{10},
                        .last_at = WallTime{11},
                        .last_sequence = {}}};
}

}  // namespace

std::vector<std::string> RejectStoreConformance::bodies(SinkNumber sink,
                                                        const RejectPageRequest& page) {
    std::vector<std::string> found;
    const auto rejects = store().rejects_of(sink, page);
    EXPECT_TRUE(rejects.ok()) << rejects.error().operator_text();
    if (!rejects.ok()) return found;
    for (const auto& one : rejects.value()) found.push_back(one.body);
    return found;
}

TEST_P(RejectStoreConformance, EveryFieldAndByteComesBackWithANumberInOrderOfArrival) {
    const std::string bytes("{\xff\0\"}", 5);
    EXPECT_THAT(keep({group({reject(bytes), reject("two")}), group({reject("x", kOther)})}),
                ElementsAre(true, true));
    const auto found = store().rejects_of(kSink, {}).value();
    ASSERT_EQ(found.size(), 2U);
    const auto expected = reject(bytes);
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
    const auto other = store().rejects_of(kOther, {}).value();
    ASSERT_EQ(other.size(), 1U);
    EXPECT_LT(found[0].number, found[1].number);
    EXPECT_LT(found[1].number, other[0].number);
}

TEST_P(RejectStoreConformance, APageEndsByItsCountAndWithTheRejectThatIsOverItsBytes) {
    keep({group({reject("a"), reject("b"), reject("c"), reject("d")})});
    const auto numbers = store().rejects_of(kSink, {}).value();
    EXPECT_THAT(bodies(kSink, {.limit = 3}), ElementsAre("a", "b", "c"));
    EXPECT_THAT(bodies(kSink, {.after = numbers[2].number, .limit = 3}), ElementsAre("d"));
    EXPECT_THAT(bodies(kSink, {.after = numbers[3].number}), IsEmpty());
    EXPECT_THAT(bodies(kSink, {.bytes = reject("a").bytes()}), ElementsAre("a", "b"));
    EXPECT_THAT(bodies(kSink, {.bytes = 1}), ElementsAre("a")) << "one in any case";
    EXPECT_THAT(bodies(kOther), IsEmpty());
}

TEST_P(RejectStoreConformance, AGroupIsKeptWithinTheBoundsOfItsSinksOrNotAtAll) {
    const RejectBounds two{.count = 2, .bytes = 1 << 20};
    EXPECT_THAT(keep({group({reject("a")}, two), group({reject("b"), reject("c")}, two),
                      group({reject("d")}, two), group({reject("e")}, two)}),
                ElementsAre(true, false, true, false));
    EXPECT_THAT(bodies(kSink), ElementsAre("a", "d"));
    const RejectBounds small{.count = 100, .bytes = 2 * reject("x").bytes()};
    EXPECT_THAT(keep({group({reject("x", kOther)}, small), group({reject("x", kOther)}, small),
                      group({reject("x", kOther)}, small)}),
                ElementsAre(true, true, false));
    EXPECT_THAT(keep({group({reject("y", SinkNumber(7)), reject("f")}, two)}), ElementsAre(false));
    EXPECT_THAT(bodies(SinkNumber(7)), IsEmpty()) << "the other sink of the group is full";
    EXPECT_THAT(keep({}), IsEmpty());
}

TEST_P(RejectStoreConformance, ARecordThatComesAgainIsKeptOnceAndTakesNoRoom) {
    auto first = reject("one");
    first.once = "topic/0/0/7";
    auto other = first;
    other.sink = kOther;
    const RejectBounds one_only{.count = 1, .bytes = 1 << 20};
    EXPECT_THAT(keep({group({first}, one_only), group({first}, one_only), group({other})}),
                ElementsAre(true, true, true));
    EXPECT_THAT(bodies(kSink), ElementsAre("one"));
    EXPECT_THAT(bodies(kOther), ElementsAre("one"));
    EXPECT_EQ(store().reject_totals(kSink).value().count, 1U);
}

TEST_P(RejectStoreConformance, TotalsAreThoseOfTheRejectsThatAreThere) {
    keep({group({reject("a"), reject("bb"), reject("c", kOther)})});
    EXPECT_EQ(store().reject_totals(kSink).value(), totals_of({reject("a"), reject("bb")}));
    EXPECT_EQ(store().reject_totals(SinkNumber(7)).value(), RejectTotals{});
    ASSERT_TRUE(store().delete_rejects(kSink).ok());
    EXPECT_EQ(store().reject_totals(kSink).value(), RejectTotals{});
    EXPECT_THAT(store().all_reject_totals().value(),
                UnorderedElementsAre(Pair(kSink, RejectTotals{}),
                                     Pair(kOther, totals_of({reject("c", kOther)}))))
        << "a sink that ever had one is told with 0";
}

TEST_P(RejectStoreConformance, WhatIsTooOldIsForgottenOldestFirst) {
    keep({group({reject("a", kSink, 200), reject("b", kSink, 300), reject("c", kOther, 100)})});
    EXPECT_EQ(store().delete_expired_rejects(AgeTime{99}, 10).value(), 0U);
    EXPECT_EQ(store().delete_expired_rejects(AgeTime{299}, 1).value(), 1U);
    EXPECT_THAT(bodies(kOther), IsEmpty());
    EXPECT_EQ(store().delete_expired_rejects(AgeTime{299}, 10).value(), 1U);
    EXPECT_THAT(bodies(kSink), ElementsAre("b"));
    EXPECT_EQ(store().delete_expired_rejects(AgeTime{300}, 10).value(), 1U) << "up to `now`";
    EXPECT_THAT(bodies(kSink), IsEmpty());
}

TEST_P(RejectStoreConformance, AllOfASinkAreForgottenAndNumbersAreNeverUsedAgain) {
    keep({group({reject("a"), reject("b"), reject("c", kOther)})});
    const auto last = store().rejects_of(kOther, {}).value().front().number;
    ASSERT_TRUE(store().delete_rejects(kSink).ok());
    ASSERT_TRUE(store().delete_rejects(kOther).ok());
    EXPECT_TRUE(store().delete_rejects(kSink).ok()) << "again";
    EXPECT_THAT(bodies(kSink), IsEmpty());
    keep({group({reject("d")})});
    EXPECT_GT(store().rejects_of(kSink, {}).value().front().number, last);
}

TEST_P(RejectStoreConformance, ASliceTakesThePlaceOfItsRejects) {
    keep({group({reject("a"), reject("b"), reject("c")})});
    const auto rejects = store().rejects_of(kSink, {}).value();
    ASSERT_TRUE(store().announce_slice(local(2)).ok());
    ASSERT_TRUE(store().announce_slice(local(1)).ok());
    EXPECT_THAT(store().announced_slices().value(), UnorderedElementsAre(local(1), local(2)));
    EXPECT_THAT(bodies(kSink), ElementsAre("a", "b", "c")) << "not yet";

    const std::vector<std::uint64_t> adopted = {rejects[0].number, rejects[2].number};
    ASSERT_TRUE(store().adopt_slice(slice(2), adopted).ok());
    EXPECT_THAT(store().announced_slices().value(), ElementsAre(local(1)));
    EXPECT_THAT(bodies(kSink), ElementsAre("b"));
    EXPECT_EQ(store().reject_totals(kSink).value(), totals_of({reject("b")}));

    ASSERT_TRUE(store().adopt_slice(slice(2), adopted).ok()) << "as after an unknown outcome";
    EXPECT_THAT(bodies(kSink), ElementsAre("b"));
    EXPECT_EQ(store().reject_totals(kSink).value(), totals_of({reject("b")}));
}

TEST_P(RejectStoreConformance, AnAnnouncedSliceThatIsGoneIsForgotten) {
    ASSERT_TRUE(store().announce_slice(local(1)).ok());
    ASSERT_TRUE(store().forget_announced(slice_id(1)).ok());
    EXPECT_THAT(store().announced_slices().value(), IsEmpty());
    EXPECT_TRUE(store().forget_announced(slice_id(1)).ok()) << "again";
}

}  // namespace millrace::conformance
