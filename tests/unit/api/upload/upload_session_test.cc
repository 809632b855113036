// Goal    an upload is one write operation, done or cancelled, whatever comes between.
// Method  sessions with the real catalog; slices are in memory, and the table is there at once.

#include "api/upload/upload_session.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/error_names.h"
#include "core/ports/sealed_slices.h"
#include "storage/catalog/sqlite_catalog.h"
#include "storage/os/system_rng.h"
#include "storage/os/thread_executor.h"
#include "tests/support/clocks.h"
#include "tests/support/quiet_journal.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/storage/catalog/test_secrets.h"

namespace millrace::upload {
namespace {

namespace names = error_names;

constexpr auto kPatience = std::chrono::seconds(20);
const LoadScope kScope{.project = ProjectId(1), .branch = BranchId(1)};

class MemorySlices final : public SealedSlices {
public:
    using Files = std::map<SliceId, std::string>;

    Result<std::unique_ptr<ByteSource>> read(const Slice&) override {
        return Error(Code::internal, "not in this fake");
    }
    bool is_here(const VolumeId&) const override { return true; }
    Result<void> remove(const LocalSlice& slice) override {
        files.with([&](Files& all) { all.erase(slice.slice); });
        return {};
    }
    Result<VolumeId> volume_of(const SourceId&) override { return VolumeId("default"); }
    Result<void> add(const LocalSlice&, std::string_view) override {
        return Error(Code::internal, "not in this fake");
    }
    Result<std::unique_ptr<SliceOutput>> create(const LocalSlice& slice) override {
        return std::unique_ptr<SliceOutput>(std::make_unique<Output>(*this, slice.slice));
    }

    Guarded<Files> files;
    std::atomic<int> syncs = 0;

private:
    class Output final : public SliceOutput {
    public:
        Output(MemorySlices& slices, SliceId slice) : slices_(slices), slice_(slice) {}
        Result<void> append(std::string_view csv) override {
            text_ += csv;
            return {};
        }
        Result<void> sync() override {
            ++slices_.syncs;
            return {};
        }
        Result<void> finish() override {
            slices_.files.with([&](Files& all) { all[slice_] = text_; });
            return {};
        }

    private:
        MemorySlices& slices_;
        const SliceId slice_;
        std::string text_;
    };
};

class NoCompiler final : public ExpressionCompiler {
public:
    Result<std::unique_ptr<RowExpressions>> compile(const ExpressionSet&) override {
        return Error(Code::invalid, "no expressions here");
    }
};

// What a session has told, for a thread that waits for it.
struct Told {
    std::mutex mutex;
    std::condition_variable changed;
    int wanted = 0;
    std::vector<UploadProgress> progress;
    std::optional<UploadOutcome> outcome;

    template <typename Change>
    void tell(Change change) {
        const std::lock_guard lock(mutex);
        change();
        changed.notify_all();
    }
    template <typename Reached>
    bool wait(Reached reached) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, kPatience, reached);
    }
};

class UploadSessionTest : public testing::Test {
protected:
    UploadSessionTest() {
        make_table("in.c-mart.t", TableKind::logical);
        make_table("in.c-mart.alone", TableKind::standalone);
    }
    ~UploadSessionTest() override { pool_.stop(); }

    void make_table(std::string_view id, TableKind kind) {
        DefinedTable table;
        table.key = {.project = kScope.project,
                     .branch = kScope.branch,
                     .table = TableId::parse(id).value()};
        table.columns = {{.name = "id", .data_type = DataType::integer}};
        table.kind = kind;
        EXPECT_TRUE(catalog_->add_table(table).ok());
    }

    void drop(std::string_view id) {
        EXPECT_TRUE(catalog_
                        ->forget_table({.project = kScope.project,
                                        .branch = kScope.branch,
                                        .table = TableId::parse(id).value()})
                        .ok());
    }

    struct Running {
        std::shared_ptr<Told> told = std::make_shared<Told>();
        std::shared_ptr<UploadSession> session;

        // Once it takes a body, or is over.
        void begin() const {
            EXPECT_TRUE(told->wait([this] { return told->wanted > 0 || told->outcome; }));
        }
        UploadOutcome outcome() const {
            EXPECT_TRUE(told->wait([this] { return told->outcome.has_value(); }));
            return told->outcome.value_or(UploadOutcome{});
        }
        std::uint64_t wait_for_rows(std::uint64_t rows) const {
            const auto reached = [&] {
                return !told->progress.empty() && told->progress.back().rows >= rows;
            };
            EXPECT_TRUE(told->wait(reached));
            return told->progress.empty() ? 0 : told->progress.back().rows;
        }
    };

    Running start(const std::string& query_id, const std::string& table = "in.c-mart.t",
                  bool commits = false) {
        auto running = make(query_id, table, commits);
        running.session->start();
        running.begin();
        return running;
    }

    Running make(const std::string& query_id, const std::string& table = "in.c-mart.t",
                 bool commits = false) {
        Running running;
        UploadRequest request;
        request.query_id = query_id;
        request.request_id = "request of " + query_id;
        request.commit_on_disconnect = commits;
        running.session = std::make_shared<UploadSession>(
            ports_, UploadOrder{.request = request, .table = table, .wants_progress = true},
            UploadSession::Events{
                .want_body = [told = running.told] { told->tell([&] { ++told->wanted; }); },
                .progress =
                    [told = running.told](const UploadProgress& now) {
                        told->tell([&] { told->progress.push_back(now); });
                    },
                .answer =
                    [told = running.told](const UploadOutcome& outcome) {
                        told->tell([&] { told->outcome = outcome; });
                    }});
        return running;
    }

    UploadOutcome upload(const std::string& query_id, std::string_view body,
                         const std::string& table = "in.c-mart.t") {
        const auto running = start(query_id, table);
        running.session->give(body);
        running.session->end_body();
        return running.outcome();
    }

    std::optional<Load> find(const std::string& label) {
        return catalog_->find_load(kScope, label).value();
    }
    void wait_for_held(std::uint64_t bytes) {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (counters_.buffered_bytes < bytes && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::yield();
        }
        EXPECT_GE(counters_.buffered_bytes, bytes);
    }
    void wait_until_held_is(std::uint64_t least, std::uint64_t below) {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while ((counters_.buffered_bytes < least || counters_.buffered_bytes >= below) &&
               std::chrono::steady_clock::now() < deadline) {
            std::this_thread::yield();
        }
        EXPECT_LT(counters_.buffered_bytes, below);
    }
    std::size_t files() {
        return slices_.files.with([](const auto& files) { return files.size(); });
    }

    testing_support::TempDirectory folder_;
    test::RunningClock clock_;
    std::unique_ptr<catalog::SqliteCatalog> catalog_ =
        catalog::SqliteCatalog::open(folder_ / "catalog.sqlite", catalog::test_secrets()).value();
    MemorySlices slices_;
    os::SecureRng random_;
    testing_support::QuietJournal journal_;
    os::ThreadExecutor executor_{"loads"};
    pipeline::LoadStores stores_{.loads = *catalog_,
                                 .slices = slices_,
                                 .clock = clock_,
                                 .random = random_,
                                 .has_room = [](const VolumeId&) { return Result<void>(); }};
    pipeline::LoadEnds ends_{pipeline::LoadEnds::Ports{.stores = stores_,
                                                       .lifecycle = *catalog_,
                                                       .definitions = *catalog_,
                                                       .journal = journal_,
                                                       .executor = executor_}};
    FileCatalog& files_of_catalog() { return *catalog_; }
    void import_file(FileId file) {
        auto& files = files_of_catalog();
        const auto slices = files.slices_of(file).value();
        for (const auto& slice : slices) {
            EXPECT_TRUE(files.mark_uploading(slice.opening.slice).ok());
            EXPECT_TRUE(files.mark_uploaded(slice.opening.slice, {}).ok());
        }
        EXPECT_TRUE(files.mark_importing(file).ok());
        EXPECT_TRUE(files.mark_imported(file, {}).ok());
    }

    // What becomes of a load that is committed.
    std::function<bool(const Load& load, pipeline::VisibleLoads::IfRefused if_refused)>
        wait_visible_ = [](const Load&, auto) { return true; };
    UploadCounters counters_;
    LiveUploads live_;
    NoCompiler compiler_;
    pipeline::WorkPool pool_{4,
                             [](const std::exception& exception) { FAIL() << exception.what(); }};
    UploadPorts ports_{
        .tables = *catalog_,
        .stores = stores_,
        .ends = ends_,
        .accepting = [] { return Result<void>(); },
        .make_reader =
            [this](bulk::BulkSpec spec) {
                return bulk::BulkReader::make(std::move(spec), compiler_);
            },
        .wait_visible =
            [this](const Load& load, Milliseconds, const auto& done,
                   pipeline::VisibleLoads::IfRefused if_refused) {
                done(wait_visible_(load, if_refused));
            },
        .find_file = [this](FileId file) { return files_of_catalog().find_file(file); },
        .scope = kScope,
        .csv = {},
        .limits = {.batch_rows = 2},
        .counters = counters_,
        .pool = pool_,
        .live = live_};
};

TEST_F(UploadSessionTest, IsOneLoadOfALogicalTable) {
    const auto done = upload("a", "id\n1\n2\n3\n");
    EXPECT_FALSE(done.failure);
    EXPECT_EQ(done.rows, 3U);
    EXPECT_EQ(done.batches, 2U);
    EXPECT_TRUE(done.is_visible);
    EXPECT_EQ(find("upload:a")->state, LoadState::committed);
    EXPECT_EQ(find("upload:a")->counts.rows, 3U);
    EXPECT_EQ(counters_.buffered_bytes, 0U);
    EXPECT_EQ(counters_.open, 0);
}

TEST_F(UploadSessionTest, AnswersTheSameQueryAgainAndLoadsNothing) {
    for (const auto* table : {"in.c-mart.t", "in.c-mart.alone"}) {
        const auto first = upload(table, "id\n1\n2\n3\n", table);
        const auto made = files();
        const auto again = start(table, table).outcome();
        EXPECT_EQ(again.operation, first.operation);
        EXPECT_EQ(render(again).substr(0, render(again).find("\"visible\"")),
                  render(first).substr(0, render(first).find("\"visible\"")));
        EXPECT_EQ(files(), made);
    }
    EXPECT_EQ(start("in.c-mart.t", "in.c-mart.alone").outcome().failure->name,
              names::kUploadQueryIdTaken);
}

TEST_F(UploadSessionTest, RefusesASecondOneWhileTheFirstRuns) {
    const auto running = start("a");
    EXPECT_EQ(start("a").outcome().failure->name, names::kUploadQueryIdRunning);
    running.session->give("id\n1\n");
    running.session->end_body();
    EXPECT_EQ(running.outcome().rows, 1U);
}

TEST_F(UploadSessionTest, IsCancelledByAWrongRecordAndMayRunAgain) {
    const auto failed = upload("a", "id\n1\n2\n3\nx\n");
    ASSERT_TRUE(failed.failure);
    EXPECT_EQ(failed.failure->status, 422);
    EXPECT_EQ(failed.failure->row->row, 4U);
    EXPECT_EQ(failed.rows, 0U);
    EXPECT_EQ(find("upload:a")->state, LoadState::aborted);
    EXPECT_EQ(files(), 0U);
    EXPECT_EQ(upload("a", "id\n1\n").rows, 1U);
}

TEST_F(UploadSessionTest, IsSavedOrDiscardedWhenItIsCut) {
    const Error gone = Error(Code::conflict, "gone").named(names::kUploadCancelled);
    const auto discarded = start("a");
    discarded.session->give("id\n1\n2\n33");
    discarded.session->cut(gone);
    EXPECT_EQ(discarded.outcome().failure->name, names::kUploadCancelled);
    const auto saved = start("b", "in.c-mart.t", true);
    saved.session->give("id\n1\n2\n33");
    saved.session->cut(gone);
    EXPECT_EQ(saved.outcome().rows, 2U);
    const auto empty = start("c", "in.c-mart.t", true);
    empty.session->give("i");
    empty.session->cut(gone);
    EXPECT_FALSE(empty.outcome().failure);
    EXPECT_EQ(find("upload:c")->state, LoadState::committed);
}

TEST_F(UploadSessionTest, ARowThatTheTableRefusesFailsItWhileItsClientWaits) {
    wait_visible_ = [this](const Load& load, pipeline::VisibleLoads::IfRefused if_refused) {
        EXPECT_EQ(if_refused, pipeline::VisibleLoads::IfRefused::is_aborted);
        EXPECT_TRUE(catalog_->take_back_load(*load.file, "row 2 of slice 1: no", {}).ok());
        return false;
    };
    const auto refused = upload("a", "id\n1\n2\n");
    ASSERT_TRUE(refused.failure);
    EXPECT_EQ(refused.failure->status, 422);
    EXPECT_EQ(refused.failure->name, names::kUploadInvalidValue);
    EXPECT_NE(refused.failure->message.find("row 2 of slice 1: no"), std::string::npos);
    EXPECT_EQ(refused.rows, 0U);
    EXPECT_NE(render(refused).find("\"rejected\":1"), std::string::npos) << render(refused);
    EXPECT_EQ(find("upload:a")->state, LoadState::aborted);
    EXPECT_EQ(find("upload:a")->reason, "row 2 of slice 1: no");
    wait_visible_ = [](const Load&, auto) { return true; };
    EXPECT_EQ(upload("a", "id\n1\n").rows, 1U);
}

// Goal    rows that were set aside are not said to be on their way, and a discard frees the name.
TEST_F(UploadSessionTest, RowsThatAreSetAsideAreToldUntilTheyAreDiscarded) {
    wait_visible_ = [this](const Load& load, pipeline::VisibleLoads::IfRefused if_refused) {
        EXPECT_EQ(if_refused, pipeline::VisibleLoads::IfRefused::stays_committed);
        EXPECT_TRUE(files_of_catalog().set_aside(*load.file, "row 1: no", {}).ok());
        return false;
    };
    const auto cut = start("a", "in.c-mart.t", true);
    cut.session->give("id\n1\n");
    cut.session->cut(Error(Code::conflict, "gone").named(names::kUploadCancelled));
    EXPECT_EQ(cut.outcome().set_aside, "row 1: no");
    const auto file = *find("upload:a")->file;
    const auto again = start("a").outcome();
    EXPECT_FALSE(again.failure);
    EXPECT_FALSE(again.is_visible);
    EXPECT_EQ(again.set_aside, "row 1: no");
    EXPECT_NE(render(again).find(R"("visible":false,"setAside":true,"message":"row 1: no")"),
              std::string::npos)
        << render(again);
    ASSERT_TRUE(files_of_catalog().discard_file(file).ok());
    EXPECT_EQ(find("upload:a")->state, LoadState::aborted);
    wait_visible_ = [](const Load&, auto) { return true; };
    EXPECT_EQ(upload("a", "id\n1\n2\n").rows, 2U);

    wait_visible_ = [this](const Load& load, auto) {
        if (load.counts.rows > 0) {
            EXPECT_TRUE(files_of_catalog().set_aside(*load.file, "row 1: no", {}).ok());
        }
        return false;
    };
    EXPECT_EQ(upload("b", "id\n1\n2\n3\n", "in.c-mart.alone").set_aside, "row 1: no");
    EXPECT_EQ(start("b", "in.c-mart.alone").outcome().set_aside, "row 1: no");
}

// Goal    rows of an attempt that failed are of the upload that goes on behind them.
// Method  the second attempt's own rows are in the table; those of the first are set aside, or not.
TEST_F(UploadSessionTest, RowsOfAnEarlierAttemptThatAreSetAsideAreTold) {
    for (const bool is_aside : {true, false}) {
        const std::string query_id = is_aside ? "aside" : "imported";
        SCOPED_TRACE(query_id);
        wait_visible_ = [&](const Load& load, auto) {
            if (is_aside) {
                EXPECT_TRUE(files_of_catalog().set_aside(*load.file, "row 1: no", {}).ok());
            } else {
                import_file(*load.file);
            }
            return !is_aside;
        };
        const auto failed = start(query_id, "in.c-mart.alone");
        failed.session->give("id\n1\n2\n");
        failed.wait_for_rows(2);
        failed.session->give("x\n");
        EXPECT_TRUE(failed.outcome().failure);
        wait_visible_ = [&](const Load& load, auto) {
            if (load.file) import_file(*load.file);
            return true;
        };
        const auto whole = upload(query_id, "id\n1\n2\n3\n", "in.c-mart.alone");
        EXPECT_FALSE(whole.failure);
        EXPECT_EQ(whole.rows, 3U);
        EXPECT_EQ(whole.is_visible, !is_aside);
        EXPECT_EQ(whole.set_aside, is_aside ? "row 1: no" : "");
    }
}

// Goal    nobody is told `done` by an upload that fails after all.
// Method  the second request comes while the first waits for the table.
TEST_F(UploadSessionTest, WhoAsksWhileTheFirstWaitsHearsWhatBecomesOfIt) {
    std::mutex mutex;
    std::vector<std::pair<pipeline::VisibleLoads::IfRefused, std::function<void(bool)>>> waits;
    Load load;
    ports_.wait_visible = [&](const Load& committed, Milliseconds, std::function<void(bool)> done,
                              pipeline::VisibleLoads::IfRefused if_refused) {
        const std::lock_guard lock(mutex);
        load = committed;
        waits.emplace_back(if_refused, std::move(done));
    };
    const auto are_waiting = [&](std::size_t count) {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (std::chrono::steady_clock::now() < deadline) {
            const std::lock_guard lock(mutex);
            if (waits.size() == count) return true;
        }
        return false;
    };
    const auto first = start("a");
    first.session->give("id\n1\n");
    first.session->end_body();
    ASSERT_TRUE(are_waiting(1));
    Running second = make("a");
    second.session->start();
    ASSERT_TRUE(are_waiting(2));
    EXPECT_EQ(waits[1].first, pipeline::VisibleLoads::IfRefused::as_others);
    ASSERT_TRUE(catalog_->take_back_load(*load.file, "no", {}).ok());
    for (const auto& [_, done] : waits) done(false);
    EXPECT_EQ(first.outcome().status(), 422);
    EXPECT_EQ(second.outcome().status(), 422);
    EXPECT_EQ(second.outcome().rows, 0U);
}

TEST_F(UploadSessionTest, ABodyThatCannotBeReadOnIsCancelledAlsoWhereACutIsSaved) {
    const auto running = start("a", "in.c-mart.t", true);
    running.session->give("id\n1\n");
    running.session->refuse_body(Error(Code::invalid, "bad chunk").named(names::kUploadMalformed));
    const auto refused = running.outcome();
    ASSERT_TRUE(refused.failure);
    EXPECT_EQ(refused.failure->name, names::kUploadMalformed);
    EXPECT_EQ(find("upload:a")->state, LoadState::aborted);
}

// Goal    what a line says of bytes is of the records that it says are durable.
// Method  the body comes at once, so that far more is read than is durable first.
TEST_F(UploadSessionTest, BytesOfALineEndWhereItsRecordsDo) {
    for (const auto* table : {"in.c-mart.t", "in.c-mart.alone"}) {
        SCOPED_TRACE(table);
        const auto running = start(table, table);
        running.session->give("id\n10\n20\n30\n40\n50\n6");
        running.wait_for_rows(4);
        for (const auto& line : running.told->progress) {
            EXPECT_EQ(line.bytes, line.rows == 0 ? 0 : 2 + 3 * line.rows) << line.rows;
        }
        running.session->end_body();
        EXPECT_EQ(running.outcome().rows, 6U);
    }
}

TEST_F(UploadSessionTest, TellsOfWholeBatchesWhileItRuns) {
    for (const auto* table : {"in.c-mart.t", "in.c-mart.alone"}) {
        const auto running = start(table, table);
        running.session->give("id\n1\n2\n3\n");
        EXPECT_EQ(running.wait_for_rows(2) / 2, 1U);
        running.session->give("4\n");
        EXPECT_EQ(running.wait_for_rows(4), 4U);
        running.session->end_body();
        EXPECT_EQ(running.outcome().rows, 4U);
    }
    EXPECT_GE(slices_.syncs, 2);
}

TEST_F(UploadSessionTest, AStandaloneTableKeepsItsBatchesAndGoesOnBehindThem) {
    const auto running = start("a", "in.c-mart.alone");
    running.session->give("id\n1\n2\n3\n");
    running.wait_for_rows(2);
    running.session->give("x\n");
    const auto failed = running.outcome();
    ASSERT_TRUE(failed.failure);
    EXPECT_EQ(failed.rows, 2U);
    EXPECT_EQ(find("upload:a")->state, LoadState::aborted);
    EXPECT_EQ(upload("a", "id\n1\n2\n3\n4\n5\n", "in.c-mart.alone").rows, 5U);
    std::string all;
    slices_.files.with([&](const auto& files) {
        for (const auto& [id, text] : files) all += text.substr(text.find('\n') + 1);
    });
    EXPECT_EQ(std::count(all.begin(), all.end(), '1'), 1) << all;
    EXPECT_EQ(std::count(all.begin(), all.end(), '5'), 1) << all;
}

TEST_F(UploadSessionTest, AStandaloneTableGoesOnWithTheSameStreamOnly) {
    const auto running = start("a", "in.c-mart.alone");
    running.session->give("id\n1\n2\n");
    running.wait_for_rows(2);
    running.session->give("x\n");
    EXPECT_EQ(running.outcome().rows, 2U);
    for (const auto* other : {"id\n1\n", "id\n", "id\n1\n3\n4\n", "id\n7\n2\n"}) {
        SCOPED_TRACE(other);
        const auto refused = upload("a", other, "in.c-mart.alone");
        ASSERT_TRUE(refused.failure);
        EXPECT_EQ(refused.failure->status, 409);
        EXPECT_EQ(refused.failure->name, "stream.upload.otherStream");
        EXPECT_EQ(refused.rows, 2U);
    }
    const auto same = upload("a", "id\r\n1\r\nid\r\n2\r\n3", "in.c-mart.alone");
    EXPECT_FALSE(same.failure) << same.failure->message;
    EXPECT_EQ(same.rows, 3U);
}

TEST_F(UploadSessionTest, RemembersNothingOfATableThatIsDropped) {
    for (const auto kind : {TableKind::logical, TableKind::standalone}) {
        const std::string table = kind == TableKind::logical ? "in.c-mart.t" : "in.c-mart.alone";
        SCOPED_TRACE(table);
        EXPECT_EQ(upload(table, "id\n1\n2\n3\n", table).rows, 3U);
        const auto failed = start(table + "/failed", table);
        failed.session->give("id\n1\n2\n");
        failed.wait_for_rows(2);
        failed.session->give("x\n");
        EXPECT_TRUE(failed.outcome().failure);
        drop(table);
        make_table(table, kind);
        const auto made = files();
        EXPECT_EQ(upload(table, "id\n1\n", table).rows, 1U);
        EXPECT_EQ(files(), made + 1);
        EXPECT_EQ(upload(table + "/failed", "id\n1\n2\n3\n", table).rows, 3U);
        EXPECT_GT(files(), made + 1);
    }
}

TEST_F(UploadSessionTest, TakesNoMoreThanItsBuffer) {
    ports_.limits.input_bytes = 100;
    const auto running = start("a");
    EXPECT_FALSE(running.session->give("id\n" + std::string(97, '\n')));
    running.session->give("1\n");
    running.session->end_body();
    EXPECT_EQ(running.outcome().rows, 1U);
}

TEST_F(UploadSessionTest, UploadsTogetherHoldNoMoreThanTheyMayOfUnfinishedRecords) {
    ports_.limits.all_input_bytes = 3 << 20;
    const std::string half = "id\n\"" + std::string(1 << 20, ' ');
    const auto first = start("a");
    first.session->give(half);
    wait_for_held(2 << 20);
    const auto second = start("b");
    second.session->give(half);
    const auto refused = second.outcome();
    ASSERT_TRUE(refused.failure);
    EXPECT_EQ(refused.failure->status, 503);
    EXPECT_EQ(refused.failure->name, names::kUploadUnavailable);
    EXPECT_EQ(upload("c", "id\n1\n").rows, 1U);
    // Who was refused gives back what it held a moment after its answer.
    wait_until_held_is(2 << 20, 3 << 20);
    first.session->give("1\"\n");
    first.session->end_body();
    EXPECT_NE(first.outcome().status(), 503);
    EXPECT_EQ(counters_.buffered_bytes, 0U);
}

// Goal    a configuration that was changed after the table was made garbles nothing.
TEST_F(UploadSessionTest, RefusesCsvThatCannotBeToldApart) {
    ports_.csv.separator = "\"";
    const auto refused = start("a").outcome();
    EXPECT_EQ(refused.status(), 400);
    EXPECT_EQ(refused.failure->name, error_names::kUploadInvalidOption);
    EXPECT_NE(refused.failure->message.find("csvParser.separator must not have csvParser.quote"),
              std::string::npos)
        << refused.failure->message;
}

TEST_F(UploadSessionTest, RefusesATableThatIsNotThere) {
    for (const auto* table : {"in.c-mart.other", "nothing", ""}) {
        EXPECT_EQ(start("a", table).outcome().failure->status, 404);
    }
}

}  // namespace
}  // namespace millrace::upload
