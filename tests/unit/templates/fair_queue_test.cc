#include "templates/fair_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace millrace::templates {
namespace {

using testing::ElementsAre;

class FairQueueTest : public testing::Test {
protected:
    using Source = std::shared_ptr<const TemplateTexts>;

    static Source source() { return std::make_shared<const TemplateTexts>(TemplateTexts{"Ip()"}); }

    // As many items as there are bodies.
    static Items items(const Source& source, const std::vector<std::string>& bodies) {
        TemplateBatch batch{.project = ProjectId(1),
                            .templates = source,
                            .records = {},
                            .done = [](const TemplateBatch::Values&) {}};
        for (const auto& body : bodies) batch.records.push_back({.request = nullptr, .body = body});
        const auto job = std::make_shared<TemplateJob>(std::move(batch));
        Items made;
        for (std::uint32_t i = 0; i < bodies.size(); ++i) {
            made.push_back({.job = job, .item = {.record_index = i, .template_index = 0}});
        }
        return made;
    }

    std::vector<std::string> take(std::size_t items_max) {
        std::vector<std::string> bodies;
        for (const auto& item : queue_.take(items_max)) bodies.push_back(item.record().body);
        return bodies;
    }

    FairQueue queue_{{.items_max = 4, .own_items_max = 2}};
};

TEST_F(FairQueueTest, SourcesHaveTurns) {
    const auto many = source();
    const auto few = source();
    queue_.add(items(many, {"m1", "m2", "m3", "m4", "m5"}));
    queue_.add(items(few, {"f1"}));
    queue_.add(items(many, {"m6"}));
    EXPECT_THAT(take(2), ElementsAre("m1", "m2"));
    EXPECT_THAT(take(2), ElementsAre("f1", "m3"));
    queue_.add(items(few, {"f2"}));
    EXPECT_THAT(take(2), ElementsAre("m4", "m5"));
    EXPECT_THAT(take(2), ElementsAre("f2", "m6"));
    EXPECT_THAT(take(2), ElementsAre());
    EXPECT_TRUE(queue_.empty());
}

TEST_F(FairQueueTest, SourcesWithLittleShareABatch) {
    std::vector<Source> sources;
    for (const auto* const body : {"1", "2", "3", "4"}) {
        sources.push_back(source());
        queue_.add(items(sources.back(), {body}));
    }
    EXPECT_THAT(take(3), ElementsAre("1", "2", "3"));
    EXPECT_THAT(take(3), ElementsAre("4"));
}

// Else the first, which took all the time, would have it again.
TEST_F(FairQueueTest, OfABatchThatWasNotEndedTheLastSourceIsNext) {
    const auto slow = source();
    const auto other = source();
    queue_.add(items(slow, {"s1", "s2", "s3"}));
    queue_.add(items(other, {"o1"}));
    auto begun = queue_.take(4);
    begun.erase(begun.begin());
    queue_.put_back(std::move(begun), *slow);
    EXPECT_THAT(take(4), ElementsAre("o1", "s2", "s3"));
}

TEST_F(FairQueueTest, WhatIsPutBackWaitsForTheNextTurnOfItsSource) {
    const auto slow = source();
    const auto other = source();
    queue_.add(items(slow, {"s1", "s2", "s3"}));
    queue_.add(items(other, {"o1", "o2"}));
    auto begun = queue_.take(2);
    begun.erase(begun.begin());
    queue_.put_back(std::move(begun), *slow);
    EXPECT_THAT(take(1), ElementsAre("o1"));
    EXPECT_THAT(take(2), ElementsAre("s2", "s3"));
    auto last = queue_.take(2);
    queue_.put_back(std::move(last), *other);
    EXPECT_THAT(take(2), ElementsAre("o2"));
}

// Goal    slow items that keep coming leave the others their turn.
// Method  four senders: whenever one of the slow source's items is evaluated, which is all there is
//         time for in a turn, its sender has the next one in the queue before the rest is put back.
TEST_F(FairQueueTest, ASlowSourceWhoseSendersNeverRestStarvesNobody) {
    const auto slow = source();
    const auto other = source();
    queue_.add(items(slow, {"s", "s", "s", "s"}));
    queue_.add(items(other, {"o"}));
    int turns = 0;
    for (bool is_done = false; !is_done; ++turns) {
        ASSERT_LT(turns, 3) << "the other source has waited for more than two slow items";
        auto begun = queue_.take(64);
        is_done = begun.front().record().body == "o";
        begun.erase(begun.begin());
        if (is_done) break;
        queue_.add(items(slow, {"s"}));
        queue_.put_back(std::move(begun), *slow);
    }
    EXPECT_EQ(turns, 1);
}

TEST_F(FairQueueTest, ASourceThatTookTheTimeIsLastAlsoIfNothingOfItComesBack) {
    const auto slow = source();
    const auto other = source();
    const auto late = source();
    queue_.add(items(slow, {"s1"}));
    queue_.add(items(other, {"o1"}));
    auto begun = queue_.take(64);
    queue_.add(items(slow, {"s2"}));
    queue_.add(items(late, {"l1"}));
    begun.erase(begun.begin());
    queue_.put_back(std::move(begun), *slow);
    EXPECT_THAT(take(64), ElementsAre("o1", "l1", "s2"));
}

TEST_F(FairQueueTest, ASourceOfWhichLittleWaitsHasRoomWhateverTheOthersHave) {
    const auto many = source();
    const auto few = source();
    EXPECT_TRUE(queue_.has_room(*many));
    queue_.add(items(many, {"1", "2", "3", "4"}));
    EXPECT_FALSE(queue_.has_room(*many));
    EXPECT_TRUE(queue_.has_room(*few));
    queue_.add(items(few, {"1"}));
    EXPECT_TRUE(queue_.has_room(*few));
    queue_.add(items(few, {"2"}));
    EXPECT_FALSE(queue_.has_room(*few));
    take(3);
    EXPECT_TRUE(queue_.has_room(*many));
}

TEST_F(FairQueueTest, LargeBodiesTakeRoomToo) {
    const auto large = source();
    const auto other = source();
    const std::string body(33 << 20, 'x');
    queue_.add(items(large, {body, body}));
    EXPECT_FALSE(queue_.has_room(*large));
    EXPECT_TRUE(queue_.has_room(*other));
    queue_.add(items(other, {body}));
    EXPECT_FALSE(queue_.has_room(*other));
    EXPECT_EQ(queue_.take(2).size(), 1u);  // a batch is not larger than it must be
    EXPECT_EQ(queue_.take_all().size(), 2u);
    EXPECT_TRUE(queue_.has_room(*large));
    EXPECT_TRUE(queue_.empty());
}

TEST_F(FairQueueTest, AnItemThatIsAloneIsABatchOfItsOwn) {
    const auto one = source();
    auto waiting = items(one, {"1", "2", "3", "4"});
    waiting[1].is_alone = true;
    queue_.add(std::move(waiting));
    EXPECT_THAT(take(4), ElementsAre("1"));
    EXPECT_THAT(take(4), ElementsAre("2"));
    EXPECT_THAT(take(4), ElementsAre("3", "4"));
}

// Goal    others that never rest do not keep a source waiting whose next item is to be alone.
TEST_F(FairQueueTest, ASourceWhoseNextItemIsAloneKeepsItsTurn) {
    const auto steady = source();
    const auto innocent = source();
    const auto other = source();
    auto alone = items(innocent, {"alone"});
    alone[0].is_alone = true;
    queue_.add(items(steady, {"s1"}));
    queue_.add(std::move(alone));
    queue_.add(items(other, {"o1"}));
    EXPECT_THAT(take(4), ElementsAre("s1"));
    queue_.add(items(steady, {"s2"}));
    EXPECT_THAT(take(4), ElementsAre("alone"));
    EXPECT_THAT(take(4), ElementsAre("o1", "s2"));
}

}  // namespace
}  // namespace millrace::templates
