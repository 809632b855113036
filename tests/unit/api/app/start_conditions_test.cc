#include "api/app/start_conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "api/app/missing_parts.h"
#include "storage/catalog/schema.h"
#include "storage/journal/recovery.h"
#include "storage/os/posix_disk.h"
#include "storage/sqlite/database.h"
#include "tests/support/temp_directory.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr WallTime kNow{1'800'000'000'000};

class StartConditionsTest : public testing::Test {
protected:
    StartConditionsTest() {
        config_.data_dir = directory_ / "data";
        fs::create_directories(config_.data_dir);
    }

    // "target lake (sqlite): why"; empty: all hold. Asked twice, as by one who tells and goes on.
    std::string first_refusal() const {
        const auto kinds = built_in_kinds();
        os::PosixDisk disk;
        auto conditions = folder_conditions(config_, kinds, disk);
        for (auto& condition :
             catalog_conditions(config_, disk, records_, kNow, Volumes::looked_at)) {
            conditions.push_back(std::move(condition));
        }
        for (const auto& condition : conditions) {
            const auto holds = condition.holds();
            EXPECT_EQ(condition.holds().ok(), holds.ok()) << condition.what;
            if (!holds.ok()) return condition.what + ": " + holds.error().operator_text();
        }
        return "";
    }
    void mark(const std::string& name) { std::ofstream(config_.data_dir + "/" + name) << "x"; }
    void make_catalog() const {
        auto database = sqlite::Database::open(config_.data_dir + "/catalog.sqlite", {});
        ASSERT_TRUE(database.ok());
        ASSERT_TRUE(catalog::migrate(database.value()).ok());
    }
    static config::Backend in_folder(std::string kind, std::string directory) {
        return {.kind = std::move(kind), .options = {{"dir", std::move(directory)}}};
    }

    testing_support::TempDirectory directory_;
    config::Config config_;
    CatalogRecords records_;
};

TEST_F(StartConditionsTest, AFolderThatIsEmptyOrOnesOwnIsFine) {
    EXPECT_EQ(first_refusal(), "");
    config_.data_dir = directory_ / "not-there";
    EXPECT_EQ(first_refusal(), "");
    EXPECT_FALSE(fs::exists(config_.data_dir)) << "nothing is made";
}

TEST_F(StartConditionsTest, ABackupAndATornRestoreAreNoDataFolder) {
    mark("MILLRACE-RESTORE");
    EXPECT_THAT(first_refusal(), HasSubstr("data folder: a restore into"));
    mark("MILLRACE-BACKUP");
    EXPECT_THAT(first_refusal(), HasSubstr("is a backup, not a data folder"));
}

TEST_F(StartConditionsTest, ARestoreThatWasKilledBeforeItsFolderHadItsNameIsNoNewInstallation) {
    const auto unnamed = config_.data_dir + ".new";
    fs::create_directories(unnamed);
    EXPECT_THAT(first_refusal(), HasSubstr("did not come to its end: run it again, or remove"));
    std::ofstream(unnamed + "/MILLRACE-RESTORE") << "x";
    EXPECT_THAT(first_refusal(), HasSubstr("did not come to its end: run it again, or remove"));
    std::ofstream(unnamed + "/of-somebody") << "x";
    fs::remove(unnamed + "/MILLRACE-RESTORE");
    EXPECT_EQ(first_refusal(), "");
}

TEST_F(StartConditionsTest, AJournalNeedsItsCatalog) {
    fs::create_directories(config_.data_dir + "/volumes/default/journal");
    std::ofstream(config_.data_dir + "/volumes/default/journal/life") << "1\n";
    EXPECT_THAT(first_refusal(), HasSubstr("catalog: "));
    EXPECT_THAT(first_refusal(), HasSubstr("has a journal"));
}

TEST_F(StartConditionsTest, TheCatalogIsADatabaseOfMillrace) {
    std::ofstream(config_.data_dir + "/catalog.sqlite") << std::string(8192, 'x');
    EXPECT_THAT(first_refusal(), HasSubstr("/catalog.sqlite is damaged, or no database ("));
    EXPECT_THAT(first_refusal(), HasSubstr("put it back by millrace restore from a backup"));
    fs::remove(config_.data_dir + "/catalog.sqlite");
    {
        auto other = sqlite::Database::open(config_.data_dir + "/catalog.sqlite", {}).value();
        ASSERT_TRUE(other.execute("CREATE TABLE notes (text TEXT)").ok());
    }
    EXPECT_THAT(first_refusal(), HasSubstr("/catalog.sqlite is of another program ("));
    fs::remove(config_.data_dir + "/catalog.sqlite");
    make_catalog();
    EXPECT_EQ(first_refusal(), "");
    fs::resize_file(config_.data_dir + "/catalog.sqlite", 0);
    EXPECT_EQ(first_refusal(), "") << "a first start that was killed leaves it empty";
    fs::create_directories(config_.data_dir + "/volumes/default/journal");
    std::ofstream(config_.data_dir + "/volumes/default/journal/life") << "1\n";
    EXPECT_THAT(first_refusal(), HasSubstr("/catalog.sqlite is empty, but the volume in"));
}

TEST_F(StartConditionsTest, ADatabaseWithoutItsLogIsNoCatalog) {
    {
        auto copy = sqlite::Database::open(config_.data_dir + "/catalog.sqlite", {}).value();
        ASSERT_TRUE(copy.execute("PRAGMA user_version = 0").ok());
    }
    ASSERT_GT(fs::file_size(config_.data_dir + "/catalog.sqlite"), 0U);
    EXPECT_EQ(first_refusal(), "") << "a first start that was killed leaves it so";
    fs::create_directories(config_.data_dir + "/volumes/default/journal");
    std::ofstream(config_.data_dir + "/volumes/default/journal/life") << "1\n";
    EXPECT_THAT(first_refusal(),
                HasSubstr("/catalog.sqlite is empty without its log (catalog.sqlite-wal), but the "
                          "volume in"));
}

TEST_F(StartConditionsTest, VolumesThatAreNotMadeYetAreNotInOneDirectoryEither) {
    config_.data_dir = directory_ / "not-there";
    config_.volumes = {{"fast", config_.data_dir}};
    EXPECT_THAT(first_refusal(), HasSubstr("volume fast: volume fast: "));
    EXPECT_THAT(first_refusal(), HasSubstr("is the data folder"));
    config_.volumes = {{"fast", config_.data_dir + "/volumes/./default/"}};
    EXPECT_THAT(first_refusal(), HasSubstr("are in one directory"));
    config_.volumes = {{"fast", directory_ / "fast"}, {"twin", directory_ / "x/../fast"}};
    EXPECT_THAT(first_refusal(), HasSubstr("volume twin: the volumes fast"));
    config_.volumes = {{"fast", config_.data_dir + "/volumes/fast"}};
    EXPECT_EQ(first_refusal(), "");
    EXPECT_FALSE(fs::exists(config_.data_dir)) << "nothing is made";
}

TEST_F(StartConditionsTest, WhatFailsAStartHasItsFileAndTheRemedy) {
    make_catalog();
    const auto said = [&](Error error) {
        return explain_start(std::move(error), config_.data_dir).operator_text();
    };
    EXPECT_EQ(said(Error(Code::corrupt, "a journal is damaged")), "a journal is damaged");
    EXPECT_EQ(said(Error(Code::unavailable, "busy")), "busy");
    EXPECT_EQ(
        said(Error(Code::unavailable, "database or disk is full (SQLite 13)").named(kNoSpace)),
        config_.data_dir +
            "/catalog.sqlite: database or disk is full (SQLite 13): there is no room on the "
            "disk; make some, by what is not Millrace's, and start again");
    // Of a volume that asks the catalog: the volume's directory is not the one that is full.
    const auto of_catalog = journal::of_catalog(Result<int>(
        Error(Code::unavailable, "database or disk is full (SQLite 13)").named(kNoSpace)));
    EXPECT_THAT(said(Error(of_catalog.error()).in("recover /v")),
                testing::StartsWith(config_.data_dir + "/catalog.sqlite: recover /v: database or "
                                                       "disk is full (SQLite 13): there is no "
                                                       "room on the disk; make some"));
    EXPECT_THAT(said(Error(Code::unavailable, "write /v/lock: No space").named(kNoSpace)),
                testing::StartsWith("write /v/lock: No space: there is no room on the disk"));
    std::fstream(config_.data_dir + "/catalog.sqlite", std::ios::in | std::ios::out)
        .seekp(4096)
        .write(std::string(4096 * 4, 'x').data(), 4096 * 4);
    EXPECT_THAT(said(Error(Code::corrupt, "database disk image is malformed (SQLite 11)")),
                HasSubstr("/catalog.sqlite is damaged, or no database ("));
}

TEST_F(StartConditionsTest, TheAdminTokenCanBeRead) {
    std::ofstream(config_.data_dir + "/admin-token").close();
    EXPECT_THAT(first_refusal(), HasSubstr("admin token: "));
    EXPECT_THAT(first_refusal(), HasSubstr("delete it to get a new one"));
    fs::remove(config_.data_dir + "/admin-token");
    fs::create_directory(config_.data_dir + "/admin-token");
    EXPECT_THAT(first_refusal(), HasSubstr("/admin-token cannot be read ("));
    config_.admin_token = "given-by-the-environment";
    EXPECT_EQ(first_refusal(), "");
}

TEST_F(StartConditionsTest, SourcesArePinnedToAVolumeThatThereIs) {
    config_.settings["source.volume"] = std::string("nope");
    EXPECT_THAT(first_refusal(), HasSubstr("setting source.volume: "));
    EXPECT_THAT(first_refusal(), HasSubstr("there is \"default\""));
    config_.settings["source.volume"] = std::string("default");
    EXPECT_EQ(first_refusal(), "");
    VolumeRecord ended;
    ended.volume = VolumeId("default");
    ended.name = "default";
    ended.state = VolumeState::retired;
    records_.volumes = {ended};
    EXPECT_THAT(first_refusal(), HasSubstr("there is none"));
}

TEST_F(StartConditionsTest, TwoTargetsAreNotInOneDirectory) {
    config_.targets["lake"] = in_folder("sqlite", config_.data_dir + "/target");
    EXPECT_THAT(first_refusal(), HasSubstr("target lake (sqlite): "));
    EXPECT_THAT(first_refusal(), HasSubstr("of the target default too: give each its own"));
    fs::create_directories(config_.data_dir + "/target");
    fs::create_directory_symlink(config_.data_dir + "/target", directory_ / "link");
    config_.targets["lake"] = in_folder("sqlite", directory_ / "link");
    EXPECT_THAT(first_refusal(), HasSubstr("of the target default too"));
    config_.targets["lake"] = in_folder("sqlite", directory_ / "link/lake");
    EXPECT_EQ(first_refusal(), "") << "a folder within is another one";
}

TEST_F(StartConditionsTest, AStagingHasADirectoryOfItsOwn) {
    const std::pair<std::string, std::string> cases[] = {
        {config_.data_dir + "/staging", "of the staging default too"},
        {config_.data_dir + "/volumes/../staging", "of the staging default too"},
        {config_.data_dir + "/volumes/default", "of the volume default too"},
        {config_.data_dir, "of the data folder too"}};
    for (const auto& [directory, wanted] : cases) {
        config_.stagings["cold"] = in_folder("folder", directory);
        const auto refusal = first_refusal();
        EXPECT_THAT(refusal, HasSubstr("staging cold (folder): "));
        EXPECT_THAT(refusal, HasSubstr(wanted));
    }
}

TEST_F(StartConditionsTest, OptionsThatOnlyAStartUsesAreLookedAt) {
    config_.targets["lake"] = {.kind = "sqlite", .options = {{"imports", "99"}}};
    EXPECT_THAT(first_refusal(), HasSubstr("imports must be a number from 1 to 32"));
}

TEST_F(StartConditionsTest, WhatWasRestoredFromAnOldBackupIsNotStartedLate) {
    records_.restored = catalog::Restored{.backup_at = WallTime{kNow.unix_ms - 60'001},
                                          .remembered = Milliseconds(60'000)};
    EXPECT_THAT(first_refusal(), HasSubstr("catalog: "));
    EXPECT_THAT(first_refusal(), HasSubstr("restore a newer backup"));
    records_.restored->has_started = true;
    EXPECT_EQ(first_refusal(), "");
    records_.restored->has_started = false;
    records_.restored->remembered = Milliseconds(60'001);
    EXPECT_EQ(first_refusal(), "");
}

TEST_F(StartConditionsTest, VolumesAreThoseOfTheCatalog) {
    make_catalog();
    const auto fast = directory_ / "fast";
    fs::create_directories(fast + "/journal");
    std::ofstream(fast + "/volume-id") << "01234567-89ab-7def-8123-456789abcdef\n";
    std::ofstream(fast + "/journal/life") << "3\n";
    config_.volumes = {{"fast", fast}};
    EXPECT_THAT(first_refusal(), HasSubstr("volume fast: "));
    EXPECT_THAT(first_refusal(), HasSubstr("it is of another installation"));
    VolumeRecord record;
    record.volume = VolumeId("fast");
    record.name = "fast";
    record.uuid = parse_uuid("01234567-89ab-7def-8123-456789abcdef");
    record.state = VolumeState::active;
    record.confirmed_life = 3;
    record.begun_life = 3;
    records_.volumes = {record};
    EXPECT_EQ(first_refusal(), "");
    config_.volumes.emplace("twin", fast + "/");
    EXPECT_THAT(first_refusal(), HasSubstr("volume twin: the volumes fast"));
    config_.volumes = {{"other", fast}};
    EXPECT_THAT(first_refusal(), HasSubstr("is the volume fast"));
}

}  // namespace
}  // namespace millrace
