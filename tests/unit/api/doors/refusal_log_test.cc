#include "api/doors/refusal_log.h"

#include <gtest/gtest.h>

#include "core/base/error_names.h"
#include "tests/support/clocks.h"
#include "tests/support/source_routes.h"

namespace millrace::doors {
namespace {

class NoListener final : public pipeline::Listener {
public:
    void ended(const pipeline::Request& /*request*/, const pipeline::Place& /*place*/) override {}
    std::string to_remember(const pipeline::Request& /*request*/) override { return {}; }
    std::uint64_t replayed(const std::string& /*remembered*/) override { return 0; }
};

// A request to the source "shop" with the sinks "a" and "b".
class RefusalLogTest : public testing::Test {
protected:
    RefusalLogTest()
        : request_(pool_.make(make_route({{.id = "a", .columns = {body_column()}},
                                          {.id = "b", .columns = {path_column("n")}}}),
                              listener_)) {}

    Outcome& outcome() { return request_->outcome; }
    void refuse(std::size_t sink, const Error& error) {
        outcome().sinks.resize(2);
        outcome().sinks[sink] = {.rejected = 1, .refused = true, .problems = {{.error = error}}};
    }

    pipeline::RecordCounters counters_;
    pipeline::RequestPool pool_{counters_};
    NoListener listener_;
    pipeline::RequestPtr request_;
};

Error mistake(std::string_view name, std::string text) {
    return Error(Code::invalid, std::move(text)).named(name);
}

TEST_F(RefusalLogTest, TheSinkAndTheReasonAreTold) {
    EXPECT_FALSE(refused_in(*request_));
    refuse(1, mistake(error_names::kInPathNotFound, "column \"n\": path \"n\" not found"));
    const auto refused = refused_in(*request_);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->source, "shop");
    EXPECT_EQ(refused->sink, "b");
    EXPECT_EQ(refused->error, "stream.in.pathNotFound");
    EXPECT_EQ(refused->reason, "column \"n\": path \"n\" not found");
}

TEST_F(RefusalLogTest, AValueOfAColumnIsNotTold) {
    for (const auto name : {error_names::kInInvalidValue, error_names::kInTemplateFailed}) {
        refuse(0, mistake(name, "column \"n\": the value \"secret\" is not DATE"));
        EXPECT_EQ(refused_in(*request_)->reason, "column \"n\"");
        refuse(0, mistake(name, "secret"));
        EXPECT_EQ(refused_in(*request_)->reason, "");
    }
}

TEST_F(RefusalLogTest, ARequestMayBeRefusedAsAWholeAndFaultsOfTheServiceAreNotRefusals) {
    outcome().error = Error(Code::overloaded, "later");
    EXPECT_FALSE(refused_in(*request_));
    outcome().error = Error(Code::unavailable, "the disk");
    EXPECT_FALSE(refused_in(*request_));
    outcome().error = mistake(error_names::kInBadRequest, "not an array");
    EXPECT_EQ(refused_in(*request_)->sink, "");
    outcome().error.reset();
    refuse(0, Error(Code::unavailable, "templates"));
    EXPECT_FALSE(refused_in(*request_));
    outcome().sinks[0] = {.accepted = 1, .kept = 1, .problems = {{.error = mistake("x", "kept")}}};
    EXPECT_FALSE(refused_in(*request_)) << "kept as a reject";
}

TEST(RefusalTurnsTest, ALineASecondAndSource) {
    test::ManualClock clock;
    RefusalLog log(clock);
    const SteadyTime begin{};
    EXPECT_EQ(log.turn("a", begin), 0U);
    EXPECT_EQ(log.turn("a", begin + Milliseconds(999)), std::nullopt);
    EXPECT_EQ(log.turn("b", begin + Milliseconds(999)), 0U) << "another source";
    EXPECT_EQ(log.turn("a", begin + Milliseconds(1000)), 1U);
    for (int i = 0; i < 3000; ++i) {
        EXPECT_EQ(log.turn("s" + std::to_string(i), begin + Milliseconds(5000 + i)), 0U);
    }
    EXPECT_EQ(log.turn("s2999", begin + Milliseconds(8000)), std::nullopt) << "of late";
}

}  // namespace
}  // namespace millrace::doors
