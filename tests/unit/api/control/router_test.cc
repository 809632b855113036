#include "api/control/router.h"

#include <gtest/gtest.h>

namespace millrace::control {
namespace {

class RouterTest : public testing::Test {
protected:
    RouterTest() {
        const auto handle = [](const Call&) -> Result<Response> { return Response{}; };
        router_.add("GET", "/", Access::open, handle);
        router_.add("GET", "/s/{sourceId}", Access::token, handle);
        router_.add("DELETE", "/s/{sourceId}", Access::token, handle);
        router_.add("GET", "/b/{branchId}/s/{sourceId}/k/{sinkId}", Access::token, handle);
        router_.add("GET", "/t/{*taskId}", Access::token, handle);
        router_.add("GET", "/page/{*rest}", Access::open, handle);
        router_.add("POST", "/page/session", Access::open, handle);
    }

    Router router_;
};

TEST_F(RouterTest, FillsThePathParameters) {
    const auto match = router_.match("GET", "/b/default/s/my-source/k/my-sink");
    ASSERT_NE(match.endpoint, nullptr);
    EXPECT_EQ(match.path.branch, "default");
    EXPECT_EQ(match.path.source, SourceId("my-source"));
    EXPECT_EQ(match.path.sink, SinkId("my-sink"));
    EXPECT_TRUE(match.endpoint->has_branch());
}

TEST_F(RouterTest, TellsAWrongMethodFromAnUnknownPath) {
    const auto wrong = router_.match("PUT", "/s/x");
    EXPECT_EQ(wrong.endpoint, nullptr);
    EXPECT_EQ(wrong.allowed, (std::vector<std::string>{"GET", "DELETE"}));
    for (const auto* path : {"/s", "/s/", "/s/x/", "/s/x/y", "/S/x", "//s/x", "/b/1/s/2/k", "x"}) {
        const auto match = router_.match("GET", path);
        // An empty id matches the pattern; nothing has that id.
        EXPECT_EQ(match.allowed.empty(), std::string(path) != "/s/") << path;
    }
}

TEST_F(RouterTest, ARestTakesEveryPathBelowAndLeavesItsOwnToOthers) {
    for (const auto* path : {"/page/", "/page/a", "/page/a/b/", "/page/a%2Fb"}) {
        EXPECT_NE(router_.match("GET", path).endpoint, nullptr) << path;
    }
    EXPECT_TRUE(router_.match("GET", "/page").allowed.empty());
    EXPECT_EQ(router_.match("POST", "/page/a").endpoint, nullptr);
    EXPECT_NE(router_.match("POST", "/page/session").endpoint, nullptr);
}

TEST_F(RouterTest, AnEncodedSlashMakesNoNewSegment) {
    const auto match = router_.match("GET", "/s/..%2F..%2fetc");
    ASSERT_NE(match.endpoint, nullptr);
    EXPECT_EQ(match.path.source, SourceId("../../etc"));
    EXPECT_EQ(router_.match("GET", "/s/%zz%4").path.source, SourceId("%zz%4"));
}

TEST_F(RouterTest, AStarTakesTheRest) {
    EXPECT_EQ(router_.match("GET", "/t/a/b/c").path.task, "a/b/c");
    EXPECT_EQ(router_.match("GET", "/t/a%2Fb/c%3Ad").path.task, "a/b/c:d");
    EXPECT_EQ(router_.match("GET", "/t").endpoint, nullptr);
}

TEST_F(RouterTest, HeadFindsGet) {
    EXPECT_NE(router_.match("HEAD", "/").endpoint, nullptr);
}

}  // namespace
}  // namespace millrace::control
