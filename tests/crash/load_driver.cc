// load_driver: a process that takes loads through their states on a real data folder, for
// tests/crash/load_kills.py to kill.
//
//   load_driver DIR run LIFE    starts, then takes loads to their ends on three threads until it is
//       [STATE N]               killed, by itself at the N-th line of STATE; LIFE is the front of
//                               their labels
//   load_driver DIR check       starts, commits what is prepared, and writes what it finds
//
// `run` writes a line "STATE LABEL ROWS" once a client could have been told so, and one with
// "preparing", "committing" or "aborting" before it tries. `check` writes "STATE LABEL ROWS", with
// the rows that are known, whole and in order; then "files KNOWN ALL": the slices that the catalog
// has, and the files of the folder.

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/check.h"
#include "core/pipeline/load_ends.h"
#include "core/pipeline/load_writer.h"
#include "core/pipeline/volumes.h"
#include "storage/catalog/sqlite_catalog.h"
#include "storage/local/slice_files.h"
#include "storage/os/posix_disk.h"
#include "storage/os/system_clock.h"
#include "storage/os/system_rng.h"
#include "tests/support/manual_executor.h"
#include "tests/support/quiet_journal.h"
#include "tests/support/some_load.h"

namespace millrace {
namespace {

const VolumeId kVolume("default");
const LoadScope kScope{.project = ProjectId(1), .branch = BranchId(1)};
constexpr int kThreads = 3;
constexpr std::uint32_t kAll = 1'000'000;

// There are none.
class NoSecrets final : public SecretStore {
public:
    std::string seal(std::string_view, const Secret&) const override { return "none"; }
    Result<Secret> open(std::string_view, std::string_view) const override {
        return Secret("none");
    }
};

MappingSnapshot table() {
    return testing_support::load_table(kScope, "in.c-loads.rows", false);
}

std::string row(std::uint64_t number) {
    return fmt::format("\"{}\"\n", number);
}

// Where it kills itself.
struct Death {
    std::string state;
    std::atomic<int> lines = 0;  // of the state, left
};
Death& death() {
    static Death there_is_one;
    return there_is_one;
}

// One write call, so that no line is torn by a kill or another thread.
void say(std::string_view state, const std::string& label, std::uint64_t rows) {
    const auto line = fmt::format("{} {} {}\n", state, label, rows);
    check(::write(STDOUT_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size()),
          "nobody reads");
    if (state == death().state && --death().lines == 0) ::kill(::getpid(), SIGKILL);
}

class Driver {
public:
    explicit Driver(const std::string& directory)
        : slices_directory_(directory + "/slices"),
          executor_(manual_clock_),
          catalog_(catalog::SqliteCatalog::open(directory + "/catalog.sqlite", secrets_).value()),
          slices_(
              disk_, clock_, executor_, {.directory = slices_directory_},
              {.write_failed = [](SliceId, const Error&) {}, .sync_failed = [](const Error&) {}}) {
        check(slices_.prepare().ok() && slices_.finish_recovery().ok(), "the slices");
        check(slices_.remove_strays({}).ok(), "the strays");
        volumes_.emplace(std::vector<pipeline::Volume>{{.id = kVolume,
                                                        .name = "default",
                                                        .journal = journal_,
                                                        .slices = slices_,
                                                        .has_room = [] { return true; }}});
        ends_.emplace(pipeline::LoadEnds::Ports{.stores = stores(),
                                                .lifecycle = *catalog_,
                                                .definitions = *catalog_,
                                                .journal = *volumes_,
                                                .executor = executor_});
        check(ends_->recover().ok(), "the loads");
    }

    void run(const std::string& life) {
        std::vector<std::thread> threads;
        for (int thread = 0; thread < kThreads; ++thread) {
            threads.emplace_back([this, life, thread] {
                for (std::uint64_t i = 0;; ++i) {
                    take_to_its_end(fmt::format("{}-{}-{}", life, thread, i), i);
                }
            });
        }
        for (auto& thread : threads) thread.join();
    }

    void report() {
        auto loads = catalog_->loads(kScope, {}, kAll).value();
        for (auto& load : loads) {
            if (load.state == LoadState::prepared) load = commit(load.number);
            say(to_string(load.state), load.label, known_rows(load));
        }
        std::size_t known = 0;
        for (const auto& load : loads) {
            if (load.file) known += catalog_->slices_of(*load.file).value().size();
        }
        say("files", std::to_string(known), disk_.list(slices_directory_).value().size());
    }

private:
    pipeline::LoadStores stores() {
        return {.loads = *catalog_,
                .slices = *volumes_,
                .clock = clock_,
                .random = random_,
                .has_room = testing_support::always_room};
    }

    Load commit(LoadNumber load) {
        std::optional<Load> committed;
        ends_->commit(load, [&](Result<Load> outcome) { committed = std::move(outcome).value(); });
        return committed.value();
    }

    void take_to_its_end(const std::string& label, std::uint64_t number) {
        const auto rows = number % 40;
        const auto load =
            catalog_
                ->begin_load(testing_support::load_into(table(), kScope, label, kVolume),
                             instant_of(clock_))
                .value()
                .load;
        pipeline::LoadWriter writer(stores(), load, std::nullopt,
                                    {.part_bytes = 60, .gather_bytes = 20});
        for (std::uint64_t i = 0; i < rows; ++i) {
            check(writer.append(row(i), 1, clock_.wall()).ok(), "append");
            if (i == rows / 2) say("open", label, rows);
        }
        check(writer.finish(0, 0).ok(), "finish");
        say("written", label, rows);
        const bool is_prepared = number % 4 != 0;
        if (is_prepared) {
            say("preparing", label, rows);
            check(ends_->prepare(load.number).ok(), "prepare");
            say("prepared", label, rows);
        }
        if (number % 3 == 0) {
            say("aborting", label, rows);
            check(ends_->abort(load.number, "user").ok(), "abort");
            say("aborted", label, rows);
            return;
        }
        if (number % 7 == 5 && is_prepared) return;  // nobody ever commits it
        say("committing", label, rows);
        commit(load.number);
        say("committed", label, rows);
    }

    std::uint64_t known_rows(const Load& load) {
        if (!load.file) return 0;
        std::string csv;
        std::uint64_t rows = 0;
        const auto slices = catalog_->slices_of(*load.file).value();
        for (const auto& slice : slices) {
            rows += slice.content.rows;
            const auto source = volumes_->read(slice).value();
            std::vector<char> buffer(4096);
            while (const auto count = source->read(buffer).value())
                csv.append(buffer.data(), count);
        }
        std::string expected;
        for (std::uint64_t i = 0; i < rows; ++i) expected += row(i);
        check(csv == expected, "load {} has other rows", load.label);
        return rows;
    }

    const std::string slices_directory_;
    const NoSecrets secrets_;
    os::PosixDisk disk_;
    os::SystemClock clock_;
    os::SecureRng random_;
    test::ManualClock manual_clock_;
    test::ManualExecutor executor_;  // the table has no key, so nothing waits
    testing_support::QuietJournal journal_;
    std::unique_ptr<catalog::SqliteCatalog> catalog_;
    local::SliceFiles slices_;
    std::optional<pipeline::Volumes> volumes_;
    std::optional<pipeline::LoadEnds> ends_;
};

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv, argv + argc);
    if (arguments.size() < 3) return EXIT_FAILURE;
    millrace::Driver driver(arguments[1]);
    if (arguments[2] == "check") {
        driver.report();
    } else {
        if (arguments.size() == 6) {
            millrace::death().state = arguments[4];
            millrace::death().lines = std::atoi(arguments[5].c_str());
        }
        driver.run(arguments.at(3));
    }
    return EXIT_SUCCESS;
}
