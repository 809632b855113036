// Goal    a volume is opened as what it is, or not at all, and the error says what to do.

#include "core/policy/volume_checks.h"

#include <gmock/gmock.h>

namespace millrace::policy {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Uuid uuid(std::uint64_t number) {
    return make_uuid_v7(AgeTime{1}, number, number);
}

VolumeRecord record(const std::string& name, std::uint64_t number) {
    VolumeRecord record;
    record.volume = VolumeId(name);
    record.uuid = uuid(number);
    record.name = name;
    record.directory = "/" + name;
    record.begun_life = 3;
    record.confirmed_life = 3;
    return record;
}

FoundVolume found(const std::string& name, const std::string& directory, std::uint64_t number,
                  std::uint64_t life = 3) {
    return {.name = name,
            .directory = directory,
            .uuid = uuid(number),
            .has_journal = true,
            .life = life};
}

std::string refusal(const FoundVolume& volume, const std::vector<VolumeRecord>& known) {
    const auto admitted = admit_volume(volume, known);
    if (admitted.ok()) return "admitted as " + admitted.value().value;
    EXPECT_EQ(admitted.error().code(), Code::conflict);
    return admitted.error().operator_text();
}

TEST(VolumeChecksTest, AVolumeIsKnownByItsIdUnderTheNameThatItHas) {
    auto renamed = record("quick", 1);
    renamed.volume = VolumeId("fast");
    EXPECT_EQ(admit_volume(found("quick", "/anywhere", 1), {renamed}).value(), VolumeId("fast"));
}

TEST(VolumeChecksTest, ANewVolumeIsCalledAsNoOtherEverWas) {
    auto renamed = record("quick", 1);
    renamed.volume = VolumeId("fast");
    EXPECT_EQ(new_volume_id("fast", {renamed}), VolumeId("fast~2"));
    EXPECT_EQ(new_volume_id("other", {renamed}), VolumeId("other"));
}

TEST(VolumeChecksTest, AnotherNameIsRefusedWithTheWayToRename) {
    EXPECT_THAT(refusal(found("quick", "/d", 1), {record("fast", 1)}),
                AllOf(HasSubstr("/d is the volume fast, which was in /fast"),
                      HasSubstr("millrace volume rename fast quick")));
}

TEST(VolumeChecksTest, ExchangedDirectoriesAreNotRenamed) {
    const std::vector known = {record("a", 1), record("b", 2)};
    EXPECT_THAT(refusal(found("a", "/d", 2), known),
                AllOf(HasSubstr("/d is the volume b, and not a, which was in /a"),
                      testing::Not(HasSubstr("rename"))));
}

TEST(VolumeChecksTest, ANameOfAnotherVolumeIsRefused) {
    EXPECT_THAT(refusal(found("fast", "/d", 9), {record("fast", 1)}),
                AllOf(HasSubstr("/d is not the volume fast, which was in /fast"),
                      HasSubstr(to_string(uuid(9))), HasSubstr("millrace volume lost fast")));
}

TEST(VolumeChecksTest, AnEmptyDirectoryIsNotTheVolumeThatWasThere) {
    const FoundVolume empty{.name = "fast", .directory = "/d"};
    EXPECT_THAT(refusal(empty, {record("fast", 1)}), HasSubstr("is its disk mounted?"));
    const FoundVolume without_id{.name = "fast", .directory = "/d", .has_journal = true};
    EXPECT_THAT(refusal(without_id, {record("fast", 1)}),
                AllOf(HasSubstr("volume-id is gone"), testing::Not(HasSubstr("volume lost"))));
}

TEST(VolumeChecksTest, AVolumeThatEndedIsRefusedWithTheTime) {
    auto lost = record("fast", 1);
    lost.state = VolumeState::lost;
    lost.since = WallTime{1'000'000'000'000};
    EXPECT_THAT(refusal(found("other", "/d", 1), {lost}),
                HasSubstr("/d is the volume fast, which was declared lost on "
                          "2001-09-09T01:46:40.000Z"));
    lost.state = VolumeState::retired;
    EXPECT_THAT(refusal(found("fast", "/d", 1), {lost}), HasSubstr("which was retired on 2001-"));
}

TEST(VolumeChecksTest, ANewVolumeMayHaveTheNameOfOneThatEndedButNotItsId) {
    auto lost = record("fast", 1);
    lost.state = VolumeState::lost;
    auto retired = record("fast", 2);
    retired.state = VolumeState::retired;
    retired.volume = VolumeId("fast~2");
    const FoundVolume empty{.name = "fast", .directory = "/d"};
    EXPECT_EQ(admit_volume(empty, {}).value(), VolumeId("fast"));
    EXPECT_EQ(admit_volume(empty, {lost}).value(), VolumeId("fast~2"));
    EXPECT_EQ(admit_volume(empty, {lost, retired}).value(), VolumeId("fast~3"));
}

TEST(VolumeChecksTest, AVolumeThatTheCatalogDoesNotKnowIsRefusedOnceItHasAJournal) {
    EXPECT_THAT(refusal(found("fast", "/d", 1), {}),
                AllOf(HasSubstr("does not know the volume"), HasSubstr("move /d away")));
    const FoundVolume begun{.name = "fast", .directory = "/d", .uuid = uuid(1)};
    EXPECT_EQ(admit_volume(begun, {}).value(), VolumeId("fast"))
        << "its first start was ended between id and catalog";
}

TEST(VolumeChecksTest, AnOldCatalogLearnsTheIdOfAVolume) {
    auto old = record("default", 1);
    old.uuid.reset();
    EXPECT_EQ(admit_volume(found("default", "/d", 1), {old}).value(), VolumeId("default"));
}

TEST(VolumeChecksTest, AVolumeWithoutItsCountOfStartsIsNotToBeGivenUp) {
    EXPECT_THAT(refusal(found("fast", "/d", 1, 0), {record("fast", 1)}),
                AllOf(HasSubstr("journal/life in /d is gone"), HasSubstr("millrace repair"),
                      testing::Not(HasSubstr("volume lost"))));
}

TEST(VolumeChecksTest, ACatalogAndAVolumeOfDifferentTimesAreToldApart) {
    auto known = record("fast", 1);
    known.begun_life = 5;
    known.confirmed_life = 4;
    for (const std::uint64_t life : {4U, 5U}) {
        EXPECT_TRUE(admit_volume(found("fast", "/d", 1, life), {known}).ok()) << life;
    }
    EXPECT_THAT(refusal(found("fast", "/d", 1, 6), {known}),
                AllOf(HasSubstr("the catalog is older than the volume in /d"),
                      HasSubstr("journal/life in /d was changed")));
    EXPECT_THAT(refusal(found("fast", "/d", 1, 3), {known}),
                HasSubstr("/d is an older copy of the volume"));
    auto emptied = found("fast", "/d", 1, 0);
    emptied.has_journal = false;
    EXPECT_THAT(refusal(emptied, {known}), HasSubstr("its journal in /d is empty"));
}

}  // namespace
}  // namespace millrace::policy
