#pragma once
// ApiTest: the whole control plane behind a real HTTP server on a free port, over fake ports.

#include <gtest/gtest.h>
#include <httplib.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "api/control/api_server.h"
#include "api/control/control_plane.h"
#include "storage/catalog/sqlite_catalog.h"
#include "tests/sim/sim_rng.h"
#include "tests/support/clocks.h"
#include "tests/support/fake_evaluator.h"
#include "tests/support/manual_ports.h"
#include "tests/support/memory_catalog.h"
#include "tests/support/memory_file_catalog.h"
#include "tests/support/memory_registry.h"
#include "tests/support/memory_rejects.h"
#include "tests/support/quiet_slices.h"
#include "tests/support/role_target.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/storage/catalog/test_secrets.h"

namespace millrace::control {

struct Answer {
    int status = 0;
    std::string body;
    httplib::Headers headers;

    nlohmann::json json() const;
    std::string error() const;
    std::string message() const;
};

inline const std::string kSources = "/v1/branches/default/sources";
inline const std::string kSinks = kSources + "/my-source/sinks";

nlohmann::json sink_body();

class ApiTest : public testing::Test {
protected:
    ApiTest();
    ~ApiTest() override;

    Answer call(const std::string& method, const std::string& path, const std::string& body = "",
                httplib::Headers headers = {{"X-StorageApi-Token", "secret-token"}});

    // Lets everything happen that was started: tasks run, loops serve, files close.
    void settle();

    // Makes a call that starts a task, lets it happen and returns the task.
    nlohmann::json finish(const std::string& method, const std::string& path,
                          const std::string& body = "");

    // Makes a call that answers when what it started has happened.
    Answer call_and_settle(const std::string& method, const std::string& path,
                           const std::string& body = "");

    void make_source();
    void make_source_and_sink();

    ControlPlane::Ports ports();

    static ControlPlane::Options options(SettingOverrides node = {});

    fakes::Log log_;
    fakes::MemoryCatalog catalog_{log_};
    fakes::MemoryFileCatalog lifecycle_;
    fakes::MemoryTokens tokens_;
    fakes::MemoryReports reports_;
    fakes::MemoryOverview overview_;
    testing_support::MemoryRejects rejects_;
    fakes::MemorySlices slices_;
    fakes::ManualJournal journal_{log_};
    Progress progress_;
    fakes::MemoryTarget target_{log_};
    fakes::RoleTarget lake_{log_};
    lifecycle::Targets targets_{{{kDefaultTarget, &target_}, {TargetName("lake"), &lake_}}};
    fakes::ManualRoutes routes_{log_};
    pipeline::SinkCounterSet sink_counters_;
    pipeline::RecentRequests recent_;
    accounts::TrafficSeries traffic_;
    testing_support::MemoryRegistry registry_;
    testing_support::QuietSlices slice_store_;
    pipeline::Volumes volumes_{{{.id = VolumeId("default"),
                                 .name = "default",
                                 .journal = journal_,
                                 .slices = slice_store_,
                                 .has_room = [] { return true; }}},
                               {{.id = VolumeId("gone"), .name = "gone"}}};
    pipeline::VolumeActs volume_acts_{registry_, volumes_};
    // What the lifecycle does.
    std::function<Result<void>(const lifecycle::FileChange&)> change_file_ =
        [](const auto&) -> Result<void> { return {}; };
    lifecycle::ReadFileRows read_file_rows_ = [](const auto&,
                                                 const auto&) -> Result<lifecycle::FileRowsPage> {
        return lifecycle::FileRowsPage();
    };
    FakeEvaluator evaluator_;
    fakes::ManualExecutor strand_;
    test::ManualClock clock_{WallTime{1'767'323'045'678}};  // 2026-01-02T03:04:05.678Z
    sim::SimRng rng_{1};
    sim::SimRng server_rng_{1};
    testing_support::TempDirectory folder_;
    // Loads and tables are in the real one: what it refuses is half of what they promise.
    std::unique_ptr<catalog::SqliteCatalog> loads_catalog_ =
        catalog::SqliteCatalog::open(folder_ / "catalog.sqlite", catalog::test_secrets()).value();
    access::WrongTokens wrong_tokens_{clock_};
    ControlPlane plane_{ports(), options()};
    Server server_{server_rng_, progress_, {}};
    std::uint16_t port_ = 0;
};

}  // namespace millrace::control
