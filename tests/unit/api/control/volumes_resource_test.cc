#include "api/control/volumes_resource.h"

#include <gmock/gmock.h>

#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class VolumesResourceTest : public ApiTest {
protected:
    VolumesResourceTest() {
        registry_.add("default");
        registry_.add("gone");
    }
};

TEST_F(VolumesResourceTest, AllVolumesAreListed) {
    const auto answer = call("GET", "/v1/volumes");
    EXPECT_EQ(answer.status, 200);
    const auto volumes = answer.json()["volumes"];
    ASSERT_EQ(volumes.size(), 2U);
    EXPECT_EQ(volumes[0]["name"], "default");
    EXPECT_EQ(volumes[0]["state"], "active");
    EXPECT_EQ(volumes[0]["standing"], "serving");
    EXPECT_EQ(volumes[0]["directory"], "/default");
    EXPECT_EQ(volumes[1]["standing"], "missing");
}

TEST_F(VolumesResourceTest, AMissingVolumeIsGivenUpOnce) {
    registry_.given_up = {.files = 1, .slices = 2, .rows = 3, .key_sources = 4};
    const auto first = call("POST", "/v1/volumes/gone/lost");
    EXPECT_EQ(first.status, 200) << first.body;
    EXPECT_EQ(first.json()["state"], "lost");
    EXPECT_EQ(first.json()["givenUp"],
              json::parse(R"({"files":1,"slices":2,"records":3,"keySources":4})"));
    EXPECT_EQ(call("POST", "/v1/volumes/gone/lost").json(), first.json());
    EXPECT_EQ(call("POST", "/v1/volumes/gone/retire").error(), "stream.api.volumeEnded");
}

TEST_F(VolumesResourceTest, WhatCannotBeDoneIsRefusedWithTheReason) {
    const auto in_use = call("POST", "/v1/volumes/default/lost");
    EXPECT_EQ(in_use.status, 409);
    EXPECT_EQ(in_use.error(), "stream.api.volumeInUse");
    EXPECT_EQ(call("POST", "/v1/volumes/default/retire").error(), "stream.api.volumeInUse");
    const auto missing = call("POST", "/v1/volumes/gone/retire");
    EXPECT_EQ(missing.status, 409);
    EXPECT_EQ(missing.error(), "stream.api.volumeNotRead");
    EXPECT_THAT(missing.message(), HasSubstr("is not configured"));
    const auto unknown = call("POST", "/v1/volumes/none/lost");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.error(), "stream.api.volumeNotFound");
}

}  // namespace
}  // namespace millrace::control
