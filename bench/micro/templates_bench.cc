// How many events a second templates that are not compiled are evaluated for, on one resident
// worker, and what one evaluation per event would give. Run
//     build/release/bench/micro/bench_templates

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <semaphore>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "templates/event_functions.h"
#include "templates/program_text.h"
#include "templates/template_pool.h"
#include "templates/worker.h"

namespace {

using namespace millrace;  // NOLINT(google-build-using-namespace): a program of its own

// The three templates of the issue that asked for them.
const std::string kTemplates[] = {
    "Body('user.id') + '|' + std.asciiUpper(Body('event'))",
    "{a: Body('user.id'), b: Body('event')}",
    "{id: Body('user.id'), skus: std.join(',', [i.sku for i in Body('items')]), "
    "total: std.foldl(function(a, i) a + i.qty * i.price, Body('items'), 0)}",
};

constexpr std::string_view kEvent =
    R"({"event":"order.created","id":"ord_5f2b8c1d9e","at":"2026-01-02T03:04:05.678Z",)"
    R"("user":{"id":"u-48213","email":"ada@example.com","tags":["new","eu"]},)"
    R"("items":[{"sku":"A-1001","qty":2,"price":19.90},{"sku":"B-7","qty":1,"price":5}],"total":44.80})";

TemplateRecord event() {
    static const auto request = std::make_shared<const TemplateRequest>(
        TemplateRequest{.arrived_at = {1'767'323'045'678},
                        .client_ip = "127.0.0.1",
                        .headers = {{"Content-Type", "application/json"}, {"Host", "bench"}}});
    return {.request = request, .body = std::string(kEvent), .is_json = true, .json = std::nullopt};
}

// Of the children of `process` that have ended.
double ended_seconds_of(const std::filesystem::path& process) {
    std::ifstream stat(process / "stat");
    const std::string text(std::istreambuf_iterator<char>(stat), {});
    const auto behind_name = text.rfind(')');
    if (behind_name == std::string::npos) return 0;  // it has ended itself
    std::istringstream fields(text.substr(behind_name + 1));
    std::string skipped;
    for (int field = 3; field < 16; ++field) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;  // proc(5): cutime, cstime
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// The seconds of a processor that processes below this one have taken so far: what is measured is a
// core's worth of events, whatever else the machine does.
double seconds_of(const std::filesystem::path& process) {
    double seconds = 0;
    for (const auto& task : std::filesystem::directory_iterator(process / "task")) {
        std::ifstream children(task.path() / "children");
        for (pid_t child = 0; children >> child;) {
            clockid_t clock{};
            timespec time{};
            if (::clock_getcpuclockid(child, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
                continue;  // it has ended
            }
            const auto below = std::filesystem::path("/proc") / std::to_string(child);
            seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
            seconds += ended_seconds_of(below) + seconds_of(below);
        }
    }
    return seconds;
}

constexpr int kInFlight = 64;  // requests that wait, as 64 connections would

void BM_ResidentWorker(benchmark::State& state) {
    templates::TemplatePool pool(
        {.command = {"/proc/self/exe", "template-worker"}, .limits = {}},
        {.evaluation_killed = [](const auto&) {},
         .worker_lost = [](const auto&) { check(false, "a worker was lost"); }});
    const auto texts = std::make_shared<const TemplateTexts>(
        TemplateTexts{kTemplates[static_cast<std::size_t>(state.range(0))]});
    std::counting_semaphore<kInFlight> room(kInFlight);
    const auto submit = [&] {
        room.acquire();
        const auto submitted = pool.submit({.project = ProjectId(1),
                                            .templates = texts,
                                            .records = {event()},
                                            .done = [&room](TemplateBatch::Values values) {
                                                check(values.at(0).ok(), "the template failed");
                                                room.release();
                                            }});
        check(submitted.ok(), "the pool is full");
    };
    submit();  // starts the worker
    for (int i = 0; i < kInFlight; ++i) room.acquire();
    for (int i = 0; i < kInFlight; ++i) room.release();
    const auto before = seconds_of("/proc/self");
    for (auto _ : state) submit();
    for (int i = 0; i < kInFlight; ++i) room.acquire();
    state.SetItemsProcessed(state.iterations());
    state.counters["events_per_worker_cpu_second"] =
        static_cast<double>(state.iterations()) / (seconds_of("/proc/self") - before);
}
BENCHMARK(BM_ResidentWorker)->DenseRange(0, 2)->UseRealTime()->MinTime(2);

// libjsonnet as it is meant to be used.
void BM_OneEvaluationPerEvent(benchmark::State& state) {
    const auto record = event();
    const std::string text = kTemplates[static_cast<std::size_t>(state.range(0))];
    for (auto _ : state) {
        templates::Vm vm(500);
        templates::EventFunctions functions(vm, "");
        functions.begin(record);
        vm.add_native("next", [&](const auto&) -> Result<templates::Value*> {
            return vm.values().number(0);
        });
        vm.add_native("emit", [&](const auto& value) -> Result<templates::Value*> {
            benchmark::DoNotOptimize(value);
            return vm.values().boolean(false);
        });
        check(!vm.evaluate(templates::resident_program({text}, "")), "the template failed");
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_OneEvaluationPerEvent)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

// What a failure costs: each takes a process. Every eighth event is right, so that the template
// stays with the others. The first text asks for a path that is missing, the second fails inside
// Jsonnet.
void BM_Failing(benchmark::State& state) {
    constexpr int kEvents = 8;
    templates::TemplatePool pool(
        {.command = {"/proc/self/exe", "template-worker"}, .limits = {}},
        {.evaluation_killed = [](const auto&) {},
         .worker_lost = [](const auto&) { check(false, "a worker was lost"); }});
    const auto texts = std::make_shared<const TemplateTexts>(TemplateTexts{
        state.range(0) == 0 ? "std.asciiUpper(Body('right'))"
                            : "if Body('right', '') == '' then error 'wrong' else 1"});
    std::vector<TemplateRecord> records(kEvents, event());
    records.back().body = R"({"right":"yes"})";
    std::binary_semaphore done(0);
    const auto evaluate = [&] {
        const auto submitted = pool.submit({.project = ProjectId(1),
                                            .templates = texts,
                                            .records = records,
                                            .done = [&done](const TemplateBatch::Values& values) {
                                                check(!values.front().ok() && values.back().ok(),
                                                      "not what was expected");
                                                done.release();
                                            }});
        check(submitted.ok(), "the pool is full");
        done.acquire();
    };
    evaluate();  // starts the worker
    for (auto _ : state) evaluate();
    state.SetItemsProcessed(state.iterations() * (kEvents - 1));
}
BENCHMARK(BM_Failing)->DenseRange(0, 1)->UseRealTime();

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "template-worker")
        return millrace::templates::run_worker();
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
