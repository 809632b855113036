#pragma once
// World: a lifecycle over fakes, whose threads a test turns by hand.
//
// Thread  the test's.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "core/lifecycle/lifecycle.h"
#include "core/policy/retention.h"
#include "tests/support/manual_executor.h"
#include "tests/unit/core/lifecycle/fake_journal.h"
#include "tests/unit/core/lifecycle/fakes.h"

namespace millrace::lifecycle {

inline constexpr int kWorkers = 3;

// A service of fakes whose threads the test turns, in an order drawn from the seed.
struct World {
    explicit World(std::uint64_t seed = 1) : journal(fakes.slices, clock, seed), random(seed) {
        for (int i = 0; i < kWorkers; ++i) {
            workers.push_back(std::make_unique<test::ManualExecutor>(clock));
        }
        make_lifecycle();
    }

    void make_lifecycle() {
        LifecycleEvents events;
        events.slice_uploaded = [this](const SliceUploaded& event) { uploaded.push_back(event); };
        events.file_imported = [this](const FileImported& event) { imported.push_back(event); };
        events.rows_refused = [this](const RowsRefused& event) { refused.push_back(event); };
        events.load_refused = [this](const LoadRefused& event) {
            refused_loads.push_back(event);
            if (aborts_loads) {
                fakes.catalog.files.at(event.file).file.state = FileState::discarded;
            }
            return aborts_loads;
        };
        events.step_failed = [this](const StepFailed& event) { failed.push_back(event); };
        events.backend_missing = [this](const BackendMissing& event) { missing.push_back(event); };
        events.file_changed = [this](const FileChanged& event) { changed.push_back(event); };
        events.file_waits_long = [this](const FileWaitsLong& event) { waiting.push_back(event); };
        std::vector<Executor*> pool;
        for (const auto& worker : workers) pool.push_back(worker.get());
        lifecycle = std::make_unique<Lifecycle>(fakes.stores(), clock,
                                                LifecycleThreads{.strand = strand, .workers = pool},
                                                events, node);
    }

    // A start after recovery.
    void start() {
        lifecycle->watch(journal);
        journal.recover(*lifecycle);
        lifecycle->start();
    }

    void crash_and_start() {
        strand.drop_all();
        for (const auto& worker : workers) worker->drop_all();
        journal.crash();
        make_lifecycle();
        start();
    }

    // One task of one thread, or what the journal was asked for. False if there is nothing to do.
    bool turn() {
        std::vector<std::function<bool()>> threads = {[this] { return strand.run_one(); },
                                                      [this] { return journal.pump(*lifecycle); }};
        for (const auto& worker : workers) {
            threads.push_back([&worker] { return worker->run_one(); });
        }
        std::shuffle(threads.begin(), threads.end(), random);
        return std::any_of(threads.begin(), threads.end(), [](const auto& run) { return run(); });
    }
    void settle() {
        while (turn()) {
        }
    }
    void run_for(std::chrono::milliseconds span) {
        for (settle(); span > std::chrono::milliseconds(0);
             span -= std::chrono::milliseconds(100)) {
            clock.advance(std::chrono::milliseconds(100));
            settle();
        }
    }

    bool all_imported() const {
        return journal.open_files().empty() && fakes.slices.sealed.empty() &&
               std::all_of(
                   fakes.catalog.files.begin(), fakes.catalog.files.end(),
                   [](const auto& row) { return row.second.file.state == FileState::imported; });
    }
    bool all_clean() const { return fakes.slices.files.empty() && fakes.staging.objects.empty(); }

    // Time passes in steps of 5 s until nothing waits any more.
    void quiesce() {
        for (int i = 0; i < 1000 && !(all_imported() && all_clean()); ++i) {
            settle();
            clock.advance(std::chrono::seconds(5));
        }
        // What failed uploads have left needs two more walks through staging.
        for (int i = 0; i < 4 && !all_clean(); ++i) {
            clock.advance(policy::kStrayKept);
            settle();
        }
        EXPECT_TRUE(all_imported());
        EXPECT_TRUE(all_clean()) << fakes.slices.files.size() << " local files and "
                                 << fakes.staging.objects.size() << " staged objects are left";
    }

    test::ManualClock clock;
    test::FakeStores fakes;
    test::FakeJournal journal;
    std::mt19937_64 random;
    test::ManualExecutor strand{clock};
    std::vector<std::unique_ptr<test::ManualExecutor>> workers;
    std::vector<SliceUploaded> uploaded;
    std::vector<FileImported> imported;
    std::optional<SettingOverrides> node;  // for the next make_lifecycle()
    std::vector<FileWaitsLong> waiting;
    std::vector<RowsRefused> refused;
    std::vector<LoadRefused> refused_loads;
    bool aborts_loads = false;
    std::vector<StepFailed> failed;
    std::vector<BackendMissing> missing;
    std::vector<FileChanged> changed;
    std::unique_ptr<Lifecycle> lifecycle;
};

inline Settings import_at(std::uint64_t count) {
    auto settings = test::patient_settings();
    settings.import.count = count;
    return settings;
}

}  // namespace millrace::lifecycle
