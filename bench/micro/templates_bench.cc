// How many events a second templates that are not compiled are evaluated for, on one resident
// worker, and what one evaluation per event would give. Run
//     build/release/bench/micro/bench_templates

#include <benchmark/benchmark.h>

#include <memory>
#include <semaphore>
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
    for (auto _ : state) submit();
    for (int i = 0; i < kInFlight; ++i) room.acquire();
    state.SetItemsProcessed(state.iterations());
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

// A template that fails on every event: each failure takes a process.
void BM_AlwaysFailing(benchmark::State& state) {
    templates::TemplatePool pool(
        {.command = {"/proc/self/exe", "template-worker"}, .limits = {}},
        {.evaluation_killed = [](const auto&) {},
         .worker_lost = [](const auto&) { check(false, "a worker was lost"); }});
    const auto texts =
        std::make_shared<const TemplateTexts>(TemplateTexts{"std.asciiUpper(Body('no'))"});
    std::binary_semaphore done(0);
    for (auto _ : state) {
        const auto submitted =
            pool.submit({.project = ProjectId(1),
                         .templates = texts,
                         .records = {event()},
                         .done = [&done](const TemplateBatch::Values&) { done.release(); }});
        check(submitted.ok(), "the pool is full");
        done.acquire();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_AlwaysFailing)->UseRealTime();

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "template-worker")
        return millrace::templates::run_worker();
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
