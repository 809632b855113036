// Goal    the registry tells what a volume is, and each act of the operator is done once.

#include "storage/catalog/registered_volumes.h"

#include <gmock/gmock.h>

#include <array>

#include "core/model/volume_setting.h"
#include "storage/catalog/schema.h"
#include "tests/unit/storage/catalog/file_tables_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RegisteredVolumesTest : public FileTablesTest {
protected:
    VolumeRegistry& registry() { return *catalog_; }
    DefinitionCatalog& definitions() { return *catalog_; }

    static Source pinned(const std::string& volume) {
        Source source;
        source.key = {.project = ProjectId(1), .branch = BranchId(1), .source = SourceId("shop")};
        source.kind = kHttpSource;
        source.details = "{}";
        source.name = "Shop";
        source.secret = Secret(std::string(48, 's'));
        source.settings = {{std::string(kVolumeSetting), volume}};
        source.version.number = 1;
        return source;
    }
    std::string volume_of_source() {
        const auto source = definitions().find_source(pinned("").key).value();
        return resolve_volume({.source = source->settings});
    }

    static VolumeRegistry::Opening opening(const VolumeId& volume, std::uint64_t number) {
        return {.volume = volume,
                .uuid = make_uuid_v7(AgeTime{1}, number, number),
                .name = volume.value,
                .directory = "/" + volume.value,
                .durable = BatchNumber(0),
                .life = 0,
                .at = kNow};
    }
    VolumeRegistry::Life open(const VolumeId& volume, std::uint64_t number) {
        return registry().begin_life(opening(volume, number)).value();
    }
    VolumeRecord record(const VolumeId& volume) {
        return registry().find_volume(volume).value().value();
    }
    std::vector<std::string> names() {
        std::vector<std::string> all;
        const auto volumes = registry().volumes().value();
        for (const auto& known : volumes) {
            all.push_back(
                fmt::format("{}={} {}", known.volume.value, known.name, to_string(known.state)));
        }
        return all;
    }
};

TEST_F(RegisteredVolumesTest, AVolumeIsKnownFromItsFirstLifeOn) {
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_FALSE(registry().find_volume(kVolume).value().has_value());
    open(kVolume, 1);
    reopen();
    const auto known = record(kVolume);
    EXPECT_EQ(known.uuid, make_uuid_v7(AgeTime{1}, 1, 1));
    EXPECT_EQ(known.name, "fast");
    EXPECT_EQ(known.state, VolumeState::active);
    EXPECT_EQ(known.first_seen, kNow);
    EXPECT_EQ(known.directory, "/fast");
    EXPECT_GT(known.last_batch.value, 1'000'000'000U);
}

TEST_F(RegisteredVolumesTest, LivesAreCountedAndConfirmed) {
    EXPECT_EQ(open(kVolume, 1).number, 1U);
    EXPECT_EQ(record(kVolume).begun_life, 1U);
    EXPECT_EQ(record(kVolume).confirmed_life, 0U);
    ASSERT_TRUE(registry().confirm_life(kVolume, 1).ok());
    EXPECT_EQ(open(kVolume, 1).number, 2U) << "the process ended before the volume knew it";
    EXPECT_EQ(record(kVolume).confirmed_life, 1U);
    auto ahead = opening(kVolume, 1);
    ahead.life = 7;
    EXPECT_EQ(registry().begin_life(ahead).value().number, 8U);
}

TEST_F(RegisteredVolumesTest, AnotherVolumeDoesNotTakeThePlaceOfAKnownOne) {
    open(kVolume, 1);
    open(VolumeId("slow"), 2);
    EXPECT_EQ(registry().begin_life(opening(kVolume, 3)).error().code(), Code::conflict);
    EXPECT_EQ(registry().begin_life(opening(VolumeId("new"), 1)).error().code(), Code::conflict);
    auto namesake = opening(VolumeId("new"), 4);
    namesake.name = "slow";
    EXPECT_EQ(registry().begin_life(namesake).error().code(), Code::conflict);
    EXPECT_THAT(names(), ElementsAre("fast=fast active", "slow=slow active"));
}

TEST_F(RegisteredVolumesTest, SealedSlicesTellHowFarTheJournalGoes) {
    open(kVolume, 1);
    const auto file = make_file(1, 5, 100, 2);
    seal(2, file);
    seal(1, file);
    EXPECT_EQ(record(kVolume).sealed, Sequence(2000));
}

TEST_F(RegisteredVolumesTest, ARenamedVolumeKeepsItsRowsAndReceipts) {
    open(kVolume, 1);
    open(VolumeId("slow"), 2);
    seal(1, make_file(1, 5, 100, 1));
    EXPECT_EQ(registry().rename_volume("none", "quick", kNow).error().code(), Code::not_found);
    EXPECT_EQ(registry().rename_volume("fast", "slow", kNow).error().code(), Code::conflict);
    EXPECT_EQ(registry().rename_volume("fast", "fast", kNow).error().client_text(),
              "the volume fast has that name already");
    ASSERT_TRUE(registry().rename_volume("fast", "quick", kNow).ok());
    reopen();
    EXPECT_THAT(names(), ElementsAre("fast=quick active", "slow=slow active"));
    EXPECT_EQ(catalog()
                  .slices_with(SinkNumber(5), {.volume = kVolume, .batch = BatchNumber(60)})
                  .value()
                  .size(),
              1U);
    ASSERT_TRUE(registry().rename_volume("fast", "quick", kNow + Milliseconds(5)).ok());
    EXPECT_EQ(record(kVolume).renamed_at, kNow) << "the first act counts";
    EXPECT_EQ(record(kVolume).former_name, "fast");
    EXPECT_EQ(registry().rename_volume("fast", "slow", kNow).error().code(), Code::not_found);
}

TEST_F(RegisteredVolumesTest, ASourceIsPinnedToAVolumeThatThereIs) {
    open(kVolume, 1);
    open(VolumeId("slow"), 2);
    auto source = pinned("fast");
    ASSERT_TRUE(definitions().save_source(source, {}).ok());
    const auto refused = definitions().save_source(pinned("fats"), {});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::invalid);
    EXPECT_THAT(refused.error().client_text(), HasSubstr("\"fats\""));
    EXPECT_THAT(refused.error().client_text(), HasSubstr("\"fast\", \"slow\""));
    EXPECT_EQ(volume_of_source(), "fast") << "nothing has changed";
}

TEST_F(RegisteredVolumesTest, ARenamedVolumeKeepsItsSources) {
    open(kVolume, 1);
    auto source = pinned("fast");
    ASSERT_TRUE(definitions().save_source(source, {}).ok());
    ASSERT_TRUE(registry().rename_volume("fast", "quick", kNow).ok());
    reopen();
    EXPECT_EQ(volume_of_source(), "quick");
    const auto version =
        definitions().find_source_version(source.key, source.version.number).value();
    EXPECT_EQ(resolve_volume({.source = version->settings}), "quick") << "it may come back";
}

TEST_F(RegisteredVolumesTest, AVolumeWithAPinnedSourceIsNotRetired) {
    open(kVolume, 1);
    auto source = pinned("fast");
    ASSERT_TRUE(definitions().save_source(source, {}).ok());
    const auto refused = registry().retire_volume(kVolume, kNow);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().name(), "stream.api.volumeInUse");
    EXPECT_THAT(refused.error().client_text(), HasSubstr("\"shop\""));
    source.deleted = Deleted{};
    ASSERT_TRUE(definitions().save_source(source, {}).ok());
    EXPECT_TRUE(registry().retire_volume(kVolume, kNow).ok()) << "deleted ones do not count";
    source.deleted.reset();
    EXPECT_TRUE(definitions().save_source(source, {}).ok()) << "what was set before may stay";
    source.key.source = SourceId("other");
    EXPECT_FALSE(definitions().save_source(source, {}).ok()) << "the volume has ended";
}

TEST_F(RegisteredVolumesTest, ALostVolumeLeavesTheSettingAsItIs) {
    open(kVolume, 1);
    ASSERT_TRUE(definitions().save_source(pinned("fast"), {}).ok());
    ASSERT_TRUE(registry().give_up_volume(kVolume, kNow).ok());
    EXPECT_EQ(volume_of_source(), "fast");
}

TEST_F(RegisteredVolumesTest, AVolumeIsRetiredWhenNothingWaitsOnIt) {
    open(kVolume, 1);
    const auto file = make_file(1, 5, 100, 1);
    seal(1, file);
    const auto refusal = registry().retire_volume(kVolume, kNow).error();
    EXPECT_EQ(refusal.code(), Code::conflict);
    EXPECT_THAT(refusal.client_text(), HasSubstr("1 files and 1 slices with 10 rows"));
    ASSERT_TRUE(catalog().close_file(file).ok());
    upload(1);
    EXPECT_EQ(registry().retire_volume(kVolume, kNow).error().code(), Code::conflict);
    import(1);
    ASSERT_TRUE(registry().retire_volume(kVolume, kNow).ok());
    ASSERT_TRUE(registry().retire_volume(kVolume, kNow + Milliseconds(5)).ok());
    EXPECT_EQ(record(kVolume).state, VolumeState::retired);
    EXPECT_EQ(record(kVolume).since, kNow) << "the first act counts";
    EXPECT_EQ(registry().give_up_volume(kVolume, kNow).error().code(), Code::conflict);
    EXPECT_EQ(registry().begin_life(opening(kVolume, 1)).error().code(), Code::conflict);
}

// Goal    after a volume is lost, what was uploaded is imported, the rest is counted, and nothing
//         of the sink waits for it.
// Method  a closed file with one slice of three uploaded, one still written with an uploaded slice,
//         one that has nothing else than a local slice, one that is being imported.
TEST_F(RegisteredVolumesTest, FilesOfALostVolumeEndWithWhatIsUploaded) {
    open(kVolume, 1);
    const auto closed = make_file(1, 5, 100, 3);
    seal(1, closed);
    seal(2, closed);
    ASSERT_TRUE(catalog().close_file(closed).ok());  // its third is only in the journal
    upload(1);
    const auto written = make_file(2, 5, 200, 1);
    seal(3, written);
    upload(3);
    const auto local = make_file(3, 6, 300, 1);
    seal(4, local);
    const auto importing = make_file(4, 7, 400, 1);
    seal(5, importing);
    upload(5);
    ASSERT_TRUE(catalog().close_file(importing).ok());
    ASSERT_TRUE(catalog().mark_importing(importing.id).ok());
    EXPECT_THAT(to_import(), ElementsAre(importing.id));
    const KeyHome home{.source = {}, .volume = kVolume, .window = {}, .until = std::nullopt};
    ASSERT_TRUE(catalog_->save_key_homes(std::array{home}).ok());

    ASSERT_TRUE(registry().give_up_volume(kVolume, kNow).ok());
    EXPECT_EQ(record(kVolume).given_up,
              (GivenUp{.files = 3, .slices = 2, .rows = 20 + 40, .key_sources = 1}));
    EXPECT_THAT(catalog_->key_homes().value(), IsEmpty());
    EXPECT_THAT(to_import(), ElementsAre(closed.id, importing.id));
    import(1);
    import(4);
    EXPECT_THAT(to_import(), ElementsAre(written.id));
    import(2);
    EXPECT_FALSE(catalog().find_file(local.id).value().has_value());
    EXPECT_THAT(catalog().rows_to_import().value(), IsEmpty());
    EXPECT_EQ(catalog().statistics(SinkNumber(5)).value().target.rows, 10U + 30U);
    const auto is_lost = [&](std::uint64_t sink, std::uint64_t batch) {
        return catalog()
            .is_lost({.volume = kVolume, .batch = BatchNumber(batch)}, SinkNumber(sink))
            .value();
    };
    EXPECT_TRUE(is_lost(5, 180)) << "a receipt of a row that was given up";
    EXPECT_TRUE(is_lost(6, 380));
    EXPECT_FALSE(is_lost(5, 80));

    ASSERT_TRUE(registry().give_up_volume(kVolume, kNow + Milliseconds(5)).ok());
    EXPECT_EQ(record(kVolume).since, kNow) << "the first act counts";
    EXPECT_EQ(record(kVolume).given_up.rows, 60U);
    EXPECT_EQ(registry().retire_volume(kVolume, kNow).error().code(), Code::conflict);
}

TEST_F(RegisteredVolumesTest, ANameIsFreeAgainAfterItsVolumeHasEnded) {
    open(kVolume, 1);
    ASSERT_TRUE(registry().give_up_volume(kVolume, kNow).ok());
    auto second = opening(VolumeId("fast~2"), 2);
    second.name = "fast";
    ASSERT_TRUE(registry().begin_life(second).ok());
    EXPECT_THAT(names(), ElementsAre("fast~2=fast active", "fast=fast lost"));
}

TEST_F(RegisteredVolumesTest, AClosedFileHasAtLeastTheSlicesThatAreKnown) {
    const auto file = make_file(1, 5, 100, 1);
    ASSERT_TRUE(catalog().close_file(file).ok());
    seal(1, file);
    seal(2, file);
    upload(1);
    EXPECT_THAT(to_import(), IsEmpty());
    upload(2);
    EXPECT_THAT(to_import(), ElementsAre(file.id));
    EXPECT_EQ(catalog().find_file(file.id).value()->slices, 2U);

    auto later = make_file(2, 5, 200, 2);
    seal(3, later);
    seal(4, later);
    later.slices = 1;
    ASSERT_TRUE(catalog().close_file(later).ok());
    EXPECT_EQ(catalog().find_file(later.id).value()->slices, 2U);
}

// Goal    a catalog of the version before becomes one with a registry, also after the harm that the
//         missing registry could do.
// Method  the tables of schema 12: a volume under two names, one whose rows have no entry, and a
//         file that was closed with too few slices.
TEST_F(RegisteredVolumesTest, AnOldCatalogGetsARegistry) {
    const auto path = directory_ / "old.sqlite";
    {
        auto database = sqlite::Database::open(path, {}).value();
        ASSERT_TRUE(migrate_to(database, 12).ok());
        const auto id = to_string(make_uuid_v7(AgeTime{1}, 1, 1));
        const auto other = to_string(make_uuid_v7(AgeTime{1}, 2, 2));
        ASSERT_TRUE(database
                        .execute(fmt::format(
                            "INSERT INTO volumes VALUES ('fast', '{0}', 100);"
                            "INSERT INTO volumes VALUES ('quick', '{0}', 200);"
                            "INSERT INTO volumes VALUES ('slow', '{1}', 100);"
                            "INSERT INTO lost_batches VALUES ('fast', 7, 5), ('quick', 7, 6);"
                            "INSERT INTO files (id, sink, mapping, state, opened_at, slices,"
                            " volume) VALUES ('f', 1, 1, 'closing', 1, 1, 'fast'),"
                            " ('d', 1, 1, 'imported', 1, 1, 'default');"
                            "INSERT INTO slices (id, file, sink, mapping, opened_at, bytes, rows,"
                            " crc, first_at, last_at, last_sequence, state, volume) VALUES"
                            " ('s', 'f', 1, 1, 1, 1, 1, 1, 1, 1, 30, 'uploaded', 'fast'),"
                            " ('t', 'f', 1, 1, 1, 1, 1, 1, 1, 1, 20, 'uploaded', 'quick')",
                            id, other))
                        .ok());
    }
    auto migrated = SqliteCatalog::open(path, test_secrets()).value();
    const auto volumes = migrated->volumes().value();
    ASSERT_EQ(volumes.size(), 3U);
    EXPECT_EQ(volumes[0].name, "default");
    EXPECT_FALSE(volumes[0].uuid.has_value());
    EXPECT_EQ(volumes[1].name, "quick") << "the name that it had last";
    EXPECT_EQ(volumes[1].last_batch, BatchNumber(200));
    EXPECT_EQ(volumes[1].sealed, Sequence(30));
    EXPECT_EQ(volumes[2].name, "slow");
    auto database = sqlite::Database::open(path, {}).value();
    EXPECT_EQ(database.number("SELECT count(*) FROM slices WHERE volume = 'quick'").value(), 2);
    EXPECT_EQ(database.number("SELECT slices FROM files WHERE id = 'f'").value(), 2);
    EXPECT_EQ(database.number("SELECT count(*) FROM lost_batches WHERE volume = 'quick'").value(),
              1);
    EXPECT_EQ(migrated->begin_life(opening(VolumeId("default"), 9)).value().number, 1U);
}

// Goal    rows that an old folder has in its journal only are not forgotten with that journal.
// Method  the tables of before volumes were known: a source, and no file yet.
TEST_F(RegisteredVolumesTest, AnOldCatalogWithoutFilesKnowsItsVolume) {
    const auto volumes_after = [this](const char* name, bool has_source) {
        const auto path = directory_ / name;
        {
            auto database = sqlite::Database::open(path, {}).value();
            EXPECT_TRUE(migrate_to(database, 8).ok());
            if (has_source) {
                EXPECT_TRUE(database
                                .execute("INSERT INTO sources (project, branch, id, name,"
                                         " description, secret, settings, version, created)"
                                         " VALUES (1, 1, 's', '', '', '', '{}', '{}', '{}')")
                                .ok());
            }
            EXPECT_TRUE(migrate_to(database, newest_schema()).ok());
        }
        auto database = sqlite::Database::open(path, {}).value();
        return database.number("SELECT count(*) FROM volumes WHERE volume = 'default'").value();
    };
    EXPECT_EQ(volumes_after("used.sqlite", true), 1);
    EXPECT_EQ(volumes_after("new.sqlite", false), 0);
}

TEST_F(RegisteredVolumesTest, AnEndThatIsAcceptedNeverGoesFarther) {
    open(kVolume, 1);
    seal(1, make_file(1, 5, 100, 1));
    const auto sealed = record(kVolume).sealed;
    ASSERT_GT(sealed, Sequence(1));
    ASSERT_TRUE(registry().accept_end(kVolume, Sequence(sealed.value + 1)).ok());
    EXPECT_EQ(record(kVolume).sealed, sealed);
    ASSERT_TRUE(registry().accept_end(kVolume, Sequence(1)).ok());
    EXPECT_EQ(record(kVolume).sealed, Sequence(1));
}

}  // namespace
}  // namespace millrace::catalog
