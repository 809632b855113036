// How many events a second one core maps to rows. Run
//     build/release/bench/micro/bench_mapping

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/mapping/source_mapper.h"

namespace {

using millrace::Column;
using millrace::ColumnType;
using millrace::Record;
using millrace::RequestHeader;
namespace mapping = millrace::mapping;

class SplitMix final : public millrace::Rng {
public:
    std::uint64_t next() override {
        auto z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_ = 1;
};

// 230 bytes, as a web shop might send it.
constexpr std::string_view kEvent =
    R"({"event":"order.created","id":"ord_5f2b8c1d9e","at":"2026-01-02T03:04:05.678Z",)"
    R"("user":{"id":48213,"email":"ada@example.com","tags":["new","eu"]},)"
    R"("items":[{"sku":"A-1001","qty":2,"price":19.90}],"total":39.80,"currency":"EUR"})";

constexpr RequestHeader kHeaders[] = {{"Host", "127.0.0.1:7000"},
                                      {"User-Agent", "bench/1.0"},
                                      {"Content-Type", "application/json"},
                                      {"Content-Length", "230"},
                                      {"Accept", "*/*"},
                                      {"X-Request-Id", "0195f3d4-7a10-7000-8000-000000000000"}};

Column of_type(ColumnType type) {
    Column column;
    column.type = type;
    column.name = to_string(type);
    return column;
}

Column of_path(std::string path, bool raw = false) {
    auto column = of_type(ColumnType::path);
    column.path = std::move(path);
    column.raw_string = raw;
    return column;
}

Column of_template(std::string text) {
    auto column = of_type(ColumnType::jsonnet);
    column.template_text = std::move(text);
    return column;
}

Record record_of(std::string_view body) {
    return {.arrived_at = {1'767'323'045'678},
            .client_ip = "127.0.0.1",
            .headers = kHeaders,
            .content_type = "application/json",
            .body = body};
}

void map_events(benchmark::State& state, const std::vector<std::vector<Column>>& sinks,
                std::string_view body) {
    SplitMix rng;
    auto mapper = mapping::SourceMapper::compile(sinks, {});
    millrace::check(mapper.ok(), "the columns do not compile");
    const auto scratch = mapping::make_scratch(rng);
    auto record = record_of(body);
    std::string rows;
    for (auto _ : state) {
        if (rows.size() > 64 << 10) {  // a loop hands its rows over about here
            rows.clear();
            ++record.arrived_at.unix_ms;
        }
        mapper.value().begin(record, *scratch);
        for (std::size_t sink = 0; sink < sinks.size(); ++sink) {
            const auto appended = mapper.value().append_row(sink, *scratch, rows);
            millrace::check(appended.ok(), "the event does not map");
        }
        benchmark::DoNotOptimize(rows.data());
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

const std::vector<Column> kEightPaths = {
    of_type(ColumnType::uuid),     of_type(ColumnType::datetime),
    of_type(ColumnType::ip),       of_path("event", true),
    of_path("id", true),           of_path("user.id"),
    of_path("items[0].sku", true), of_path("total")};

// The yardstick: simdjson makes a document of the event, and nothing else happens.
void BM_SimdjsonDomParse(benchmark::State& state) {
    simdjson::dom::parser parser;
    const simdjson::padded_string event(kEvent);
    for (auto _ : state) {
        simdjson::dom::element document;
        millrace::check(parser.parse(event).get(document) == simdjson::SUCCESS, "no JSON");
        benchmark::DoNotOptimize(document);
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kEvent.size()));
    state.SetLabel(simdjson::get_active_implementation()->name());
}
BENCHMARK(BM_SimdjsonDomParse);

void BM_EightColumns(benchmark::State& state) {
    map_events(state, {kEightPaths}, kEvent);
}
BENCHMARK(BM_EightColumns);

// Two of the values are numbers and one a time, checked as such.
void BM_EightTypedColumns(benchmark::State& state) {
    auto columns = kEightPaths;
    columns[5].data_type = millrace::DataType::integer;
    columns[6] = of_path("at");
    columns[6].data_type = millrace::DataType::timestamp;
    columns[7].data_type = millrace::DataType::decimal;
    map_events(state, {columns}, kEvent);
}
BENCHMARK(BM_EightTypedColumns);

void BM_EightColumnsWithBody(benchmark::State& state) {
    auto columns = kEightPaths;
    columns[7] = of_type(ColumnType::body);
    map_events(state, {columns}, kEvent);
}
BENCHMARK(BM_EightColumnsWithBody);

void BM_EightColumnsWithHeaders(benchmark::State& state) {
    auto columns = kEightPaths;
    columns[7] = of_type(ColumnType::headers);
    map_events(state, {columns}, kEvent);
}
BENCHMARK(BM_EightColumnsWithHeaders);

void BM_FourSinks(benchmark::State& state) {
    map_events(state, {kEightPaths, kEightPaths, kEightPaths, kEightPaths}, kEvent);
}
BENCHMARK(BM_FourSinks);

// One column, so that the figure is that of the template and of reading the event once.
void BM_TemplateJoinsValues(benchmark::State& state) {
    map_events(state, {{of_template("Body('user.id') + '|' + Body('event')")}}, kEvent);
}
BENCHMARK(BM_TemplateJoinsValues);

void BM_TemplateMakesAnObject(benchmark::State& state) {
    map_events(state, {{of_template("{a: Body('user.id'), b: Body('event')}")}}, kEvent);
}
BENCHMARK(BM_TemplateMakesAnObject);

void BM_TemplatePassesTheBodyOn(benchmark::State& state) {
    map_events(state, {{of_template("Body()")}}, kEvent);
}
BENCHMARK(BM_TemplatePassesTheBodyOn);

// What is not wanted must be checked all the same: one path, a body of 200 KB.
void BM_LargeBodyOnePath(benchmark::State& state) {
    std::string body = R"({"events":[)";
    while (body.size() < 200'000) body.append(kEvent).push_back(',');
    body.append(R"(null],"last":1})");
    map_events(state, {{of_path("last")}}, body);
}
BENCHMARK(BM_LargeBodyOnePath);

}  // namespace
