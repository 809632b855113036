#include "api/control/files_resource.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/some_load.h"
#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

using lifecycle::FileAct;
using testing::EndsWith;

const std::string kFiles = kSinks + "/my-sink/files/";
const std::string kFile = kFiles + "01000000-0000-0000-0000-000000000000/";
const std::string kReason = R"({"reason":"no such column"})";

class FilesResourceTest : public ApiTest {
protected:
    FilesResourceTest() {
        make_source_and_sink();
        change_file_ = [this](const lifecycle::FileChange& change) -> Result<void> {
            changes.push_back(change);
            auto& file = reports_.by_sink[SinkNumber(1)].at(0).file;
            switch (change.act) {
                case FileAct::retry:
                    break;
                case FileAct::set_aside:
                    file.state = FileState::set_aside;
                    file.aside = SetAside{.reason = change.reason, .at = WallTime{7}};
                    break;
                case FileAct::restore:
                    file.state = FileState::closing;
                    file.aside.reset();
                    break;
                case FileAct::discard:
                    file.state = FileState::discarded;
                    break;
            }
            return {};
        };
    }

    void make_file(FileState state) {
        FileReport report;
        report.file.id.value.bytes[0] = 1;
        report.file.state = state;
        reports_.by_sink[SinkNumber(1)] = {report};
    }

    std::vector<lifecycle::FileChange> changes;
};

// Goal    who restores an upload hears which of its parts is set aside.
TEST_F(FilesResourceTest, AnUploadWhoseRowsAreInPartsNamesThem) {
    const std::string load = "/v1/branches/default/loads/1/file";
    const LoadScope scope{.project = ProjectId(1), .branch = BranchId(123)};
    const Instant now{.wall = WallTime{1'000}, .age = AgeTime{1}};
    const auto table = testing_support::load_table(scope, "in.c-testdb.t", false);
    DefinitionEdit edit{.source = {}, .sinks = {}, .mappings = {}};
    for (const auto* const label : {"upload:q", "upload-part:q/1", "upload-part:q/2"}) {
        auto spec = testing_support::load_into(table, scope, label, VolumeId("default"));
        const std::string_view name(label);
        spec.info = name == "upload:q" ? R"({"kind":"standalone"})" : R"({"rowsBefore":0})";
        const auto begun = loads_catalog_->begin_load(spec, now).value().load;
        if (name == "upload:q") {
            EXPECT_THAT(call("POST", load + "/restore").message(), EndsWith("or without rows."));
            continue;
        }
        const SliceId slice(make_uuid_v7(AgeTime{2}, begun.number.value, 0));
        const FileId file(make_uuid_v7(AgeTime{3}, begun.number.value, 0));
        ASSERT_TRUE(loads_catalog_->announce_part(begun.number, 0, slice).ok());
        ASSERT_TRUE(
            loads_catalog_->adopt_part(begun.number, 0, slice, {.bytes = 10, .rows = 2, .crc = 1})
                .ok());
        ASSERT_TRUE(loads_catalog_->finish_load(begun.number, {.rows = 2, .bytes = 10}, now).ok());
        ASSERT_TRUE(loads_catalog_->commit_load(begun.number, file, now).ok());
        lifecycle_.files[file].state = FileState::closing;
        if (name.ends_with("/2")) lifecycle_.files[file].state = FileState::set_aside;
    }
    const auto refused = call("POST", load + "/restore");
    EXPECT_EQ(refused.error(), "stream.api.fileNotFound");
    EXPECT_THAT(refused.message(),
                EndsWith("Name one of the loads \"upload-part:q/1\" to \"upload-part:q/2\". "
                         "\"upload-part:q/2\" is set aside."));
}

TEST_F(FilesResourceTest, EachActAnswersTheFileAsItIsThen) {
    make_file(FileState::importing);
    EXPECT_EQ(call("POST", kFile + "retry").json()["state"], "importing");
    const auto aside = call("POST", kFile + "set-aside", kReason);
    EXPECT_EQ(aside.status, 200);
    EXPECT_EQ(aside.json()["fileId"], "01000000-0000-0000-0000-000000000000");
    EXPECT_EQ(aside.json()["state"], "setAside");
    EXPECT_EQ(aside.json()["setAsideReason"], "no such column");
    EXPECT_EQ(aside.json()["setAsideAt"], "1970-01-01T00:00:00.007Z");
    EXPECT_EQ(call("POST", kFile + "restore").json()["state"], "closing");
    EXPECT_EQ(call("POST", kFile + "set-aside", kReason).status, 200);
    EXPECT_EQ(call("POST", kFile + "discard").json()["state"], "discarded");
    ASSERT_EQ(changes.size(), 5U);
    EXPECT_EQ(changes[0].act, FileAct::retry);
    EXPECT_EQ(changes[1].file, reports_.by_sink[SinkNumber(1)][0].file.id);
    EXPECT_EQ(changes[1].reason, "no such column");
    EXPECT_EQ(changes[4].act, FileAct::discard);
}

TEST_F(FilesResourceTest, OnlyMissingRowsAreOfTablesWithAKey) {
    make_file(FileState::set_aside);
    auto& file = reports_.by_sink[SinkNumber(1)].at(0).file;
    file.sink = {.sink = SinkNumber(1), .mapping = MappingVersion(1)};
    EXPECT_EQ(call("POST", kFile + "restore?onlyMissing=yes").error(),
              "stream.api.invalidFieldType");
    EXPECT_TRUE(changes.empty());
    EXPECT_EQ(call("POST", kFile + "restore?onlyMissing=true").json()["state"], "closing");
    EXPECT_EQ(changes.at(0).known_keys, KnownKeys::keep);
    file.state = FileState::set_aside;
    EXPECT_EQ(call("POST", kFile + "restore").json()["state"], "closing");
    EXPECT_EQ(changes.at(1).known_keys, KnownKeys::replace);

    auto mapping = catalog_.mapping(file.sink).value();
    for (auto& column : mapping.columns) column.primary_key = false;
    const SinkVersion without_key{.sink = SinkNumber(1), .mapping = MappingVersion(2)};
    DefinitionEdit edit{.source = {}, .sinks = {}, .mappings = {}};
    edit.mappings.push_back({without_key, mapping});
    ASSERT_TRUE(catalog_.save(edit).ok());
    file.state = FileState::set_aside;
    file.sink = without_key;
    const auto refused = call("POST", kFile + "restore?onlyMissing=true");
    EXPECT_EQ(refused.error(), "stream.api.fileState");
    EXPECT_NE(refused.message().find("no primary key"), std::string::npos);
    EXPECT_EQ(changes.size(), 2U);
}

// Goal    slices of a file are told one by one, and which of them may be set aside alone.
TEST_F(FilesResourceTest, SlicesAreListedInOpeningOrder) {
    make_file(FileState::importing);
    auto& file = reports_.by_sink[SinkNumber(1)].at(0).file;
    const auto slice = [&](std::uint8_t n, SliceState state) {
        Slice made;
        made.opening.slice.value.bytes[0] = n;
        made.opening.file = file.id;
        made.opening.volume = VolumeId("default");
        made.content.rows = n;
        made.content.bytes = 10 * n;
        made.content.first_at = WallTime{1000};
        made.content.last_at = WallTime{2000};
        made.state = state;
        return made;
    };
    auto uploaded = slice(2, SliceState::uploaded);
    uploaded.staged.staging = StagingName("lake");
    uploaded.staged.key = "k";
    uploaded.staged.bytes = 5;
    auto stuck = slice(3, SliceState::uploading);
    stuck.retry = {.attempt = 2, .reason = "no bucket", .after = WallTime{9000}};
    for (const auto& one : {stuck, uploaded}) lifecycle_.slices[one.opening.slice] = one;
    auto of_other = slice(7, SliceState::closing);
    of_other.opening.file.value.bytes[0] = 9;
    lifecycle_.slices[of_other.opening.slice] = of_other;
    OpenSlice open;
    open.opening = slice(4, SliceState::writing).opening;
    auto sealed_meanwhile = open;
    sealed_meanwhile.opening.slice = uploaded.opening.slice;
    for (const auto& one : {open, sealed_meanwhile}) {
        OpenFile holder;
        holder.id = file.id;
        holder.slice = one;
        journal_.files.push_back(holder);
    }
    file.retry = {.attempt = 1, .reason = "slice x", .after = WallTime{1}};

    const auto shown = call("GET", kFile + "slices").json()["slices"];
    ASSERT_EQ(shown.size(), 3U);
    EXPECT_EQ(shown[0]["state"], "uploaded") << "the catalog counts";
    EXPECT_EQ(shown[0]["staging"], "lake");
    EXPECT_EQ(shown[0]["compressedSize"], 5);
    EXPECT_EQ(shown[0]["recordsCount"], 2);
    EXPECT_EQ(shown[0]["firstRecordAt"], "1970-01-01T00:00:01.000Z");
    EXPECT_EQ(shown[0]["isFailing"], false);
    EXPECT_EQ(shown[1]["isFailing"], true);
    EXPECT_EQ(shown[1]["retryReason"], "no bucket");
    EXPECT_EQ(shown[2]["state"], "writing");
    EXPECT_EQ(shown[2]["recordsCount"], 0);
    EXPECT_FALSE(shown[2].contains("firstRecordAt"));

    file.retry.reason = "slice " + to_string(uploaded.opening.slice) + " in staging is damaged";
    EXPECT_EQ(call("GET", kFile + "slices").json()["slices"][0]["isFailing"], true);
    EXPECT_EQ(call("GET", kFiles + "02000000-0000-0000-0000-000000000000/slices").error(),
              "stream.api.fileNotFound");
}

TEST_F(FilesResourceTest, RowsComeInPagesAsCsv) {
    make_file(FileState::set_aside);
    read_file_rows_ = [](FileId, const lifecycle::RowsPlace& from) {
        if (from.slice == 0) {
            return Result<lifecycle::FileRowsPage>(
                {.csv = "\"id\"\n\"1\"\n", .next = lifecycle::RowsPlace{.slice = 2, .row = 17}});
        }
        EXPECT_EQ(from, (lifecycle::RowsPlace{.slice = 2, .row = 17}));
        return Result<lifecycle::FileRowsPage>({.csv = "\"id\"\n\"2\"\n", .next = {}});
    };
    const auto first = call("GET", kFile + "rows");
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(first.body, "\"id\"\n\"1\"\n");
    EXPECT_EQ(first.headers.find("Content-Type")->second, "text/csv; charset=utf-8");
    ASSERT_EQ(first.headers.count("X-Millrace-Next"), 1U);
    EXPECT_EQ(first.headers.find("X-Millrace-Next")->second, "2:17");
    const auto second = call("GET", kFile + "rows?after=2:17");
    EXPECT_EQ(second.body, "\"id\"\n\"2\"\n");
    EXPECT_EQ(second.headers.count("X-Millrace-Next"), 0U);
    for (const auto* bad : {"", "1", "1:", ":1", "a:b", "1:2:3", "-1:0", "99999999999:0"}) {
        EXPECT_EQ(call("GET", kFile + "rows?after=" + bad).error(), "stream.api.invalidFieldType")
            << bad;
    }
}

TEST_F(FilesResourceTest, RowsThatCannotBeReadAndThoseThatAreNotHereSayWhy) {
    make_file(FileState::set_aside);
    read_file_rows_ = [](const auto&, const auto&) -> Result<lifecycle::FileRowsPage> {
        return Error(Code::conflict, "Slice 1 of 2 (x) cannot be read: damaged.");
    };
    const auto damaged = call("GET", kFile + "rows");
    EXPECT_EQ(damaged.status, 409);
    EXPECT_EQ(damaged.message(), "Slice 1 of 2 (x) cannot be read: damaged.");
    for (const auto state : {FileState::writing, FileState::imported, FileState::discarded}) {
        make_file(state);
        EXPECT_EQ(call("GET", kFile + "rows").error(), "stream.api.fileState");
    }
}

TEST_F(FilesResourceTest, WhatTheStateOfAFileDoesNotAllowIsRefusedWithTheWayOut) {
    struct Case {
        FileState state;
        const char* act;
        const char* remedy;
    };
    const Case cases[] = {
        {FileState::writing, "set-aside", "flush the sink"},
        {FileState::writing, "retry", "flush the sink"},
        {FileState::closing, "restore", "Only a file that is set aside"},
        {FileState::importing, "discard", "Set it aside first"},
        {FileState::set_aside, "retry", "Restore it first"},
        {FileState::imported, "set-aside", "in the table"},
        {FileState::imported, "discard", "in the table"},
        {FileState::discarded, "restore", "gone"},
        {FileState::discarded, "retry", "gone"},
    };
    for (const auto& [state, act, remedy] : cases) {
        SCOPED_TRACE(std::string(to_string(state)) + " " + act);
        make_file(state);
        const auto answer = call("POST", kFile + act, kReason);
        EXPECT_EQ(answer.status, 409);
        EXPECT_EQ(answer.error(), "stream.api.fileState");
        EXPECT_NE(answer.message().find(remedy), std::string::npos) << answer.message();
    }
    EXPECT_TRUE(changes.empty());
}

TEST_F(FilesResourceTest, RepeatingAnActThatWasDoneIsNoError) {
    make_file(FileState::set_aside);
    EXPECT_EQ(call("POST", kFile + "set-aside", kReason).status, 200);
    make_file(FileState::discarded);
    EXPECT_EQ(call("POST", kFile + "discard").status, 200);
}

TEST_F(FilesResourceTest, AnUnknownFileIsNamed) {
    make_file(FileState::closing);
    for (const auto* id : {"nonsense", "02000000-0000-0000-0000-000000000000"}) {
        const auto answer = call("POST", kFiles + id + "/retry");
        EXPECT_EQ(answer.status, 404);
        EXPECT_EQ(answer.error(), "stream.api.fileNotFound");
    }
    auto second = sink_body();
    second["name"] = "Second";
    ASSERT_EQ(finish("POST", kSinks, second.dump())["status"], "success");
    const auto other =
        call("POST", kSinks + "/second/files/01000000-0000-0000-0000-000000000000/retry");
    EXPECT_EQ(other.error(), "stream.api.fileNotFound");
    EXPECT_EQ(call("POST", kSinks + "/none/files/x/retry").error(), "stream.api.sinkNotFound");
}

TEST_F(FilesResourceTest, AFileOfTheJournalStillTakesRows) {
    journal_.files = {fakes::open_file(1, 3)};
    journal_.files[0].id.value.bytes[0] = 1;
    journal_.files[0].slice->opening.file = journal_.files[0].id;
    const auto answer = call("POST", kFile + "set-aside", kReason);
    EXPECT_EQ(answer.status, 409);
    EXPECT_NE(answer.message().find("takes rows"), std::string::npos) << answer.message();
}

TEST_F(FilesResourceTest, AReasonIsWanted) {
    make_file(FileState::closing);
    for (const auto* body :
         {"", "{}", R"({"reason":""})", R"({"reason":1})", R"({"reason":"x","why":"y"})"}) {
        EXPECT_EQ(call("POST", kFile + "set-aside", body).status, 400) << body;
    }
    EXPECT_TRUE(changes.empty());
}

TEST_F(FilesResourceTest, WhatTheLifecycleRefusesIsAConflict) {
    make_file(FileState::closing);
    change_file_ = [](const auto&) -> Result<void> {
        return Error(Code::conflict, "file x is being imported right now; try again");
    };
    const auto busy = call("POST", kFile + "set-aside", kReason);
    EXPECT_EQ(busy.status, 409);
    EXPECT_EQ(busy.error(), "stream.api.fileState");
    EXPECT_EQ(busy.message(), "File x is being imported right now; try again.");

    change_file_ = [](const auto&) -> Result<void> {
        return Error(Code::not_found, "file x is not known");
    };
    EXPECT_EQ(call("POST", kFile + "set-aside", kReason).status, 409);
    change_file_ = [](const auto&) -> Result<void> {
        return Error(Code::unavailable, "disk I/O error");
    };
    EXPECT_EQ(call("POST", kFile + "set-aside", kReason).status, 503);
}

TEST_F(FilesResourceTest, ALifecycleThatDoesNotAnswerIsNotWaitedForForEver) {
    make_file(FileState::closing);
    Router router;
    const Scope scope{};
    add_files(router, {.scope = scope,
                       .catalog = catalog_,
                       .lifecycle = lifecycle_,
                       .loads = *loads_catalog_,
                       .reports = reports_,
                       .journal = journal_,
                       .change_file = [](const auto&, const auto&) {},
                       .read_rows = {},
                       .wait_max = Milliseconds(1)});
    const Request request;
    const auto match = router.match("POST", kFile + "retry");
    Call call(request, match.path);
    call.sink = {{ProjectId(1), BranchId(123), SourceId("my-source")}, SinkId("my-sink")};
    const auto answer = match.endpoint->handle(call);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code(), Code::overloaded);
}

}  // namespace
}  // namespace millrace::control
