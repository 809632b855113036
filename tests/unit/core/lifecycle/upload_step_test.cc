#include "core/lifecycle/upload_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/lifecycle/fake_journal.h"
#include "tests/unit/core/lifecycle/fakes.h"

namespace millrace::lifecycle {
namespace {

using Fate = test::Unreliable::Fate;

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
    std::string key() {
        return "7/" + to_string(slice().opening.file) + "." + to_string(id) + ".csv.gz";
    }

    test::ManualClock clock;
    test::FakeStores fakes;
    test::FakeJournal journal{fakes.slices, clock, 1};
    SinkVersion sink;
    SliceId id;
};

TEST_F(UploadStepTest, PutsTheSliceUnderItsKeyAndRecordsIt) {
    const auto staged_bytes = upload_slice(slice(), settings(), fakes.stores());
    ASSERT_TRUE(staged_bytes.ok());
    EXPECT_EQ(staged_bytes.value(), 4U);
    EXPECT_EQ(fakes.staging.objects.at(key()), "a\nb\n");
    EXPECT_EQ(slice().state, SliceState::uploaded);
    EXPECT_EQ(slice().staging_key, key());
    EXPECT_EQ(slice().staged_bytes, 4U);
    EXPECT_EQ(fakes.slices.files.size(), 1U) << "removing is another step";

    EXPECT_TRUE(remove_local({.volume = {}, .slice = id}, fakes.stores()).ok());
    EXPECT_TRUE(fakes.slices.files.empty());
    EXPECT_FALSE(fakes.catalog.slices.at(id).local_left);
}

TEST_F(UploadStepTest, KeyTellsTheCompression) {
    EXPECT_THAT(staging_key(slice().opening, Compression::gzip), testing::EndsWith(".csv.gz"));
    EXPECT_THAT(staging_key(slice().opening, Compression::none), testing::EndsWith(".csv"));
}

TEST_F(UploadStepTest, DamagedSliceIsNotStaged) {
    fakes.slices.files.at(id) = "a\nX\n";
    const auto uploaded = upload_slice(slice(), settings(), fakes.stores());
    ASSERT_FALSE(uploaded.ok());
    EXPECT_EQ(uploaded.error().code(), Code::corrupt);
    EXPECT_TRUE(fakes.staging.objects.empty());
    EXPECT_EQ(slice().state, SliceState::uploading);
}

TEST_F(UploadStepTest, RepeatingAfterAnyFailureUploadsOnce) {
    for (const auto fate : {Fate::does_not_happen, Fate::happens_but_reports_failure}) {
        for (int fail_at = 0; fail_at < 4; ++fail_at) {
            SCOPED_TRACE(testing::Message() << "fail_at=" << fail_at);
            fakes.catalog.slices.at(id).slice.state = SliceState::closing;
            fakes.fate.set([&](int call) { return call == fail_at ? fate : Fate::works; });
            EXPECT_FALSE(upload_slice(slice(), settings(), fakes.stores()).ok());
            fakes.fate.set(test::Unreliable::works);
            if (slice().state != SliceState::uploaded) {
                EXPECT_TRUE(upload_slice(slice(), settings(), fakes.stores()).ok());
            }
            EXPECT_EQ(fakes.staging.objects.size(), 1U);
            EXPECT_EQ(fakes.staging.objects.at(key()), "a\nb\n");
        }
    }
}

}  // namespace
}  // namespace millrace::lifecycle
