#pragma once
// DoorFixture: the door on a real loop and a loopback port, with the real catalog; slices are in
// memory, and a row is a line.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "api/access/live_tokens.h"
#include "api/access/token_digest.h"
#include "api/access/token_gate.h"
#include "api/access/wrong_tokens.h"
#include "api/http/budget.h"
#include "api/http/event_loop.h"
#include "api/http/stop_moment.h"
#include "api/stream_load/stream_load_door.h"
#include "core/base/guarded.h"
#include "core/bulk/bulk_reader.h"
#include "core/pipeline/load_ends.h"
#include "core/pipeline/turns.h"
#include "core/ports/parquet_body.h"
#include "core/ports/sealed_slices.h"
#include "storage/catalog/sqlite_catalog.h"
#include "storage/os/system_rng.h"
#include "storage/os/thread_executor.h"
#include "tests/support/clocks.h"
#include "tests/support/manual_ports.h"
#include "tests/support/quiet_journal.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/api/ingest/raw_client.h"

namespace millrace::stream_load {

inline const LoadScope kScope{.project = ProjectId(1), .branch = BranchId(1)};
inline constexpr std::string_view kLoader = "Authorization: Basic cm9vdDpsb2FkZXI=\r\n";
inline constexpr std::string_view kLoadPath = "/api/testdb/t/_stream_load";

class MemorySlices final : public SealedSlices {
public:
    Result<std::unique_ptr<ByteSource>> read(const Slice&) override {
        return Error(Code::internal, "not in this fake");
    }
    bool is_here(const VolumeId&) const override { return true; }
    Result<void> remove(const LocalSlice& slice) override;
    Result<VolumeId> volume_of(const SourceId&) override { return VolumeId("default"); }
    Result<void> add(const LocalSlice&, std::string_view) override {
        return Error(Code::internal, "not in this fake");
    }
    Result<std::unique_ptr<SliceOutput>> create(const LocalSlice& slice) override;

    Guarded<std::map<SliceId, std::string>> files;
};

// Each line is a row; "bad", "unwanted" and "broken" are what they say.
class LineReader final : public bulk::BulkReader {
public:
    explicit LineReader(double ratio) : ratio_(ratio) { header_.columns = {"id"}; }

    const SliceHeader& header() const override { return header_; }
    Result<void> feed(std::string_view bytes) override;
    Result<void> finish() override;
    Rows take() override;
    void hand_over(Taker) override {}
    const bulk::BulkCounts& counts() const override { return counts_; }
    const std::string& error_log() const override { return errors_; }
    const std::string& first_error() const override { return errors_; }

private:
    Result<void> end_line();

    const double ratio_;
    SliceHeader header_;
    bulk::BulkCounts counts_;
    std::string line_;
    std::string csv_;
    std::string taken_;
    std::uint64_t rows_ = 0;
    std::string errors_;
};

// Bodies of Parquet: the library is there or not.
class FakeParquet final : public ParquetBodies {
public:
    Result<void> check() override { return checked; }
    Result<std::unique_ptr<ParquetBody>> begin(const VolumeId&) override {
        return Error(Code::internal, "LineReader needs no body");
    }

    Result<void> checked;
};

constexpr std::uint64_t kBodyBytesMax = 100 << 20;

class DoorFixture : public testing::Test {
protected:
    DoorFixture();
    ~DoorFixture() override;

    // A load of the user who may.
    std::string load(std::string_view body, std::string_view headers = "",
                     std::string_view path = kLoadPath) const;
    // The JSON that the request is answered, on a connection of its own.
    nlohmann::json ask(const std::string& request);
    nlohmann::json two_phase(const std::string& headers);
    Load find(std::uint64_t number);

    // Until `reached` says so.
    template <typename Reached>
    void wait_for(const Reached& reached) {
        const auto deadline = clock_.steady() + std::chrono::seconds(20);
        bool is_there = reached();  // it may be there once only
        while (!is_there && clock_.steady() < deadline) {
            std::this_thread::yield();
            is_there = reached();
        }
        EXPECT_TRUE(is_there);
    }

    MemorySlices slices;
    LoadCounters counters;
    FakeParquet parquet;
    pipeline::Turns parquet_turns{1};
    bool is_visible = true;
    Result<std::uint64_t> count = std::uint64_t{7};  // of the rows of every table
    std::function<void(const Load& load)> before_visible = [](const auto&) {};  // once committed
    http::StopMoment stop_at;
    std::uint16_t port = 0;
    testing_support::TempDirectory folder_;
    test::RunningClock clock_;
    std::unique_ptr<catalog::SqliteCatalog> catalog_;

private:
    fakes::MemoryTokens token_catalog_;
    std::unique_ptr<access::LiveTokens> tokens_;
    access::WrongTokens wrong_{clock_};
    std::optional<access::TokenGate> gate_;
    os::SecureRng random_;
    testing_support::QuietJournal journal_;
    os::ThreadExecutor executor_{"loads"};
    std::optional<pipeline::LoadStores> stores_;
    std::optional<pipeline::LoadEnds> ends_;
    ErrorLogs error_logs_{folder_ / "errors", random_};
    pipeline::WorkPool pool_{4,
                             [](const std::exception& exception) { FAIL() << exception.what(); }};
    std::optional<DoorSetup> setup_;
    std::optional<StreamLoadDoor> door_;
    http::Budget connections_{200};
    http::Budget memory_{64 << 20};
    std::optional<http::EventLoop> loop_;
    std::thread thread_;
};

}  // namespace millrace::stream_load
