#include "core/lifecycle/upload_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/ports/file_links.h"
#include "tests/unit/core/lifecycle/fake_journal.h"
#include "tests/unit/core/lifecycle/fakes.h"

namespace millrace::lifecycle {
namespace {

using Fate = test::Unreliable::Fate;

class FileSource final : public test::DribblingSource, public LocalFile {
public:
    explicit FileSource(std::string path) : DribblingSource("the file"), path_(std::move(path)) {}
    const std::string& path() const override { return path_; }

private:
    const std::string path_;
};

struct FileSlices final : test::FakeSlices {
    using FakeSlices::FakeSlices;
    Result<std::unique_ptr<ByteSource>> read(const Slice&) override {
        return std::unique_ptr<ByteSource>(std::make_unique<FileSource>("/slices/1.csv"));
    }
};

struct FileStaging final : test::FakeStaging, LinkingStaging {
    using FakeStaging::FakeStaging;
    Result<bool> link(const std::string& key, const std::string& path) override {
        if (failure) return *failure;
        if (is_near) objects[key] = "linked " + path;
        return is_near;
    }
    bool is_near = true;  // on one file system with the slices
    std::optional<Error> failure;
};

struct UploadStepTest : testing::Test {
    UploadStepTest() {
        sink = fakes.add_sink(7, test::patient_settings());
        journal.append(sink, "a");
        journal.append(sink, "b");
        const auto open = *journal.open_files().at(0).slice;
        check(fakes.catalog.record_sealed(open).ok(), "the fake works");
        id = open.opening.slice;
    }
    const Slice& slice() { return fakes.catalog.slices.at(id).slice; }
    const Settings& settings() { return fakes.definitions.snapshots.at(sink).settings; }
    std::string key(const std::string& attempt) {
        return "7/" + to_string(slice().opening.file) + "." + to_string(id) + "." + attempt +
               ".csv.gz";
    }
    Result<StagedObject> upload(std::string_view attempt) {
        return upload_slice(slice(), settings(), attempt, fakes.stores());
    }
    // Of slices that are files, to a staging whose objects are.
    Result<StagedObject> upload_file(const Slice& slice) {
        const Stagings stagings{{{kDefaultStaging, &files}}, kDefaultStaging};
        return upload_slice(slice, settings(), "a1",
                            {.catalog = fakes.catalog,
                             .refused = fakes.catalog,
                             .definitions = fakes.definitions,
                             .slices = file_slices,
                             .stagings = stagings,
                             .gzip = fakes.gzip,
                             .targets = fakes.targets});
    }
    Slice slice_of_load() {
        auto made = slice();
        made.content.last_sequence = {};
        made.content.first_batch = {};
        return made;
    }

    test::ManualClock clock;
    test::FakeStores fakes;
    test::FakeJournal journal{fakes.slices, clock, 1};
    SinkVersion sink;
    SliceId id;
    FileSlices file_slices{fakes.fate, fakes.catalog};
    FileStaging files{fakes.fate, fakes.catalog};
};

TEST_F(UploadStepTest, PutsTheSliceUnderItsKeyAndRecordsIt) {
    const auto staged = upload("a1");
    ASSERT_TRUE(staged.ok());
    EXPECT_EQ(staged.value(), (StagedObject{.staging = kDefaultStaging,
                                            .key = key("a1"),
                                            .compression = Compression::gzip,
                                            .bytes = 5}));
    EXPECT_EQ(fakes.staging.objects.at(key("a1")), "Za\nb\n") << "packed";
    EXPECT_EQ(slice().state, SliceState::uploaded);
    EXPECT_EQ(slice().staged, staged.value());
    EXPECT_EQ(fakes.slices.files.size(), 1U) << "removing is another step";

    EXPECT_TRUE(remove_local({.volume = {}, .slice = id}, fakes.stores()).ok());
    EXPECT_TRUE(fakes.slices.files.empty());
    EXPECT_FALSE(fakes.catalog.slices.at(id).local_left);
}

TEST_F(UploadStepTest, WithoutCompressionTheObjectIsTheCsv) {
    fakes.definitions.snapshots.at(sink).settings.compression = Compression::none;
    const auto staged = upload("a1");
    ASSERT_TRUE(staged.ok());
    EXPECT_EQ(staged.value().compression, Compression::none);
    EXPECT_EQ(fakes.staging.objects.at(staged.value().key), "a\nb\n");
}

TEST_F(UploadStepTest, TheFileOfALoadIsTheObjectWhereItCanBe) {
    const auto staged = upload_file(slice_of_load());
    ASSERT_TRUE(staged.ok()) << staged.error().operator_text();
    EXPECT_EQ(staged.value().compression, Compression::none);
    EXPECT_EQ(staged.value().bytes, slice().content.bytes);
    EXPECT_TRUE(staged.value().key.ends_with(".a1.csv")) << staged.value().key;
    EXPECT_EQ(files.objects.at(staged.value().key), "linked /slices/1.csv");
    EXPECT_EQ(slice().staged, staged.value());
}

TEST_F(UploadStepTest, OnAnotherFileSystemItIsPacked) {
    files.is_near = false;
    const auto staged = upload_file(slice_of_load());
    ASSERT_TRUE(staged.ok()) << staged.error().operator_text();
    EXPECT_EQ(staged.value().compression, Compression::gzip);
    EXPECT_EQ(files.objects.at(staged.value().key), "Zthe file");
}

// A crash lets the journal write it once more, in its place.
TEST_F(UploadStepTest, AFileOfTheJournalIsNeverLinked) {
    const auto staged = upload_file(slice());
    ASSERT_TRUE(staged.ok()) << staged.error().operator_text();
    EXPECT_EQ(files.objects.at(staged.value().key), "Zthe file");
}

TEST_F(UploadStepTest, AFailedLinkLeavesTheSliceWhereItIs) {
    files.failure = Error(Code::unavailable, "no disk");
    EXPECT_EQ(upload_file(slice_of_load()).error().code(), Code::unavailable);
    EXPECT_TRUE(files.objects.empty());
    EXPECT_EQ(slice().state, SliceState::uploading);
}

TEST_F(UploadStepTest, DamagedSliceIsNotStaged) {
    fakes.slices.files.at(id) = "a\nX\n";
    const auto uploaded = upload("a1");
    ASSERT_FALSE(uploaded.ok());
    EXPECT_EQ(uploaded.error().code(), Code::corrupt);
    EXPECT_TRUE(fakes.staging.objects.empty());
    EXPECT_EQ(slice().state, SliceState::uploading);
}

// Goal    an attempt that was given up, goes on all the same and ends after another one harms
//         neither the slice nor the object of the other.
TEST_F(UploadStepTest, TheFirstAttemptThatIsRecordedCountsAndTheOtherLeavesNothing) {
    const auto late = slice();
    ASSERT_TRUE(upload("a2").ok());
    fakes.catalog.slices.at(id).slice.state = SliceState::uploading;
    const auto winner = slice().staged;
    fakes.catalog.before_uploaded = [&] {
        fakes.catalog.slices.at(id).slice.state = SliceState::uploaded;
    };
    const auto second = upload_slice(late, settings(), "a1", fakes.stores());
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(second.value(), winner);
    EXPECT_EQ(slice().staged, winner);
    EXPECT_EQ(fakes.staging.objects.size(), 1U);
    EXPECT_TRUE(fakes.staging.objects.contains(key("a2")));
}

// Goal    whatever fails, the object that the catalog names is there, and a failed put leaves none
//         where it can be removed.
TEST_F(UploadStepTest, RepeatingAfterAnyFailureUploadsOnce) {
    for (const auto fate : {Fate::does_not_happen, Fate::happens_but_reports_failure}) {
        for (int fail_at = 0; fail_at < 4; ++fail_at) {
            SCOPED_TRACE(testing::Message() << "fail_at=" << fail_at);
            fakes.catalog.slices.at(id).slice.state = SliceState::closing;
            fakes.staging.objects.clear();
            fakes.fate.set([&](int call) { return call == fail_at ? fate : Fate::works; });
            EXPECT_FALSE(upload("a1").ok());
            const bool is_recorded = slice().state == SliceState::uploaded;
            constexpr int kMarkUploaded = 3;
            EXPECT_EQ(fakes.staging.objects.size(), fail_at == kMarkUploaded ? 1U : 0U);
            fakes.fate.set(test::Unreliable::works);
            if (!is_recorded) {
                EXPECT_TRUE(upload("a2").ok());
            }
            EXPECT_EQ(fakes.staging.objects.at(slice().staged.key), "Za\nb\n");
            EXPECT_EQ(slice().staged.key, key(is_recorded ? "a1" : "a2"));
        }
    }
}

}  // namespace
}  // namespace millrace::lifecycle
