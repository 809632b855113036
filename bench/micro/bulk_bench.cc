// How many MB a second one core reads of the body of a load. Run
//     build/release/bench/micro/bench_bulk

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/base/check.h"
#include "core/bulk/bulk_reader.h"
#include "core/bulk/source_row.h"

namespace {

namespace bulk = millrace::bulk;
using millrace::DataType;

constexpr std::size_t kBodyBytes = 8 << 20;
constexpr std::size_t kPieceBytes = 64 << 10;  // as they come from a socket

class SplitMix {
public:
    std::uint64_t next() {
        auto z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_ = 1;
};

// The benchmarks have no expressions.
class NoCompiler final : public millrace::ExpressionCompiler {
public:
    millrace::Result<std::unique_ptr<millrace::RowExpressions>> compile(
        const millrace::ExpressionSet&) override {
        return millrace::Error(millrace::Code::invalid, "no expressions here");
    }
};

// Orders of a shop: 11 columns.
millrace::DefinedTable orders() {
    const std::pair<std::string_view, DataType> columns[] = {
        {"id", DataType::integer},       {"customer", DataType::string},
        {"email", DataType::string},     {"product", DataType::string},
        {"quantity", DataType::integer}, {"price", DataType::decimal},
        {"ratio", DataType::float64},    {"paid", DataType::boolean},
        {"day", DataType::date},         {"created", DataType::timestamp},
        {"comment", DataType::string}};
    millrace::DefinedTable table;
    for (const auto& [name, type] : columns) {
        table.columns.push_back({.name = std::string(name),
                                 .data_type = type,
                                 .primary_key = name == "id",
                                 .nullable = name != "id"});
    }
    return table;
}

struct Order {
    std::uint64_t id, customer, product, quantity, cents, ratio, day;

    explicit Order(SplitMix& random)
        : id(random.next() % 100'000'000),
          customer(random.next() % 1'000'000),
          product(random.next() % 10'000),
          quantity(random.next() % 20 + 1),
          cents(random.next() % 100'000),
          ratio(random.next() % 1'000'000),
          day(random.next() % 28 + 1) {}

    std::string csv(char separator, std::string_view quote) const {
        return fmt::format(
            "{1}{0}{10}customer-{2}{10}{0}u{2}@example.com{0}SKU-{3}{0}{4}{0}{5}.{6:02}{0}0.{7:06}"
            "{0}{8}{0}2026-01-{9:02}{0}2026-01-{9:02} 09:{9:02}:31{0}{10}leave it at the "
            "door{10}\n",
            separator, id, customer, product, quantity, cents / 100, cents % 100, ratio,
            id % 2 == 0 ? "true" : "false", day, quote);
    }
    std::string json() const {
        return fmt::format(
            R"({{"id":{0},"customer":"customer-{1}","email":"u{1}@example.com","product":"SKU-{2}",)"
            R"("quantity":{3},"price":{4}.{5:02},"ratio":0.{6:06},"paid":{7},"day":"2026-01-{8:02}",)"
            R"("created":"2026-01-{8:02} 09:{8:02}:31","comment":"leave it at the door"}})",
            id, customer, product, quantity, cents / 100, cents % 100, ratio, id % 2 == 0, day);
    }
};

template <typename Write>
std::string body(Write write) {
    SplitMix random;
    std::string text;
    while (text.size() < kBodyBytes) write(text, Order(random));
    return text;
}

// Calls `feed` with the body in pieces; counts bytes.
template <typename Feed>
void feed_all(std::string_view body, Feed feed) {
    for (; !body.empty(); body.remove_prefix(std::min(body.size(), kPieceBytes))) {
        feed(body.substr(0, kPieceBytes));
    }
}

void read(benchmark::State& state, const bulk::BulkFormat& format, const std::string& text) {
    NoCompiler compiler;
    for (auto _ : state) {
        auto made = bulk::BulkReader::make(
            {.table = orders(), .format = format, .mapping = {.strict = true}, .now = {}},
            compiler);
        millrace::check(made.ok(), "the load does not begin");
        auto& reader = *made.value();
        feed_all(text, [&](std::string_view piece) {
            millrace::check(reader.feed(piece).ok(), "the body cannot be read");
            benchmark::DoNotOptimize(reader.take().csv.data());
        });
        millrace::check(reader.finish().ok(), "rows are filtered: {}", reader.first_error());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

// Only rows and cells, as the reader of the format gives them.
void split(benchmark::State& state, const bulk::BulkFormat& format, const std::string& text) {
    std::vector<bulk::SourceField> fields;
    for (const auto& column : orders().columns) {
        fields.push_back({.name = column.name, .not_null = false, .keeps_json = false});
    }
    for (auto _ : state) {
        auto made = bulk::make_source_reader(format, fields, {});
        auto& reader = *made.value();
        feed_all(text, [&](std::string_view piece) {
            reader.feed(piece);
            while (reader.next().value()) benchmark::DoNotOptimize(reader.row().cells.data());
        });
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

const bulk::CsvFormat kTabs = {};
const bulk::CsvFormat kCommas = {
    .column_separator = ",", .enclose = '"', .escape = '"', .trim_double_quotes = true};
const bulk::JsonFormat kLines = {};
const bulk::JsonFormat kArray = {.by_line = false, .strip_outer_array = true};

std::string tabs_body() {
    return body([](std::string& text, const Order& order) { text += order.csv('\t', ""); });
}
std::string quoted_body() {
    return body([](std::string& text, const Order& order) { text += order.csv(',', "\""); });
}
std::string lines_body() {
    return body([](std::string& text, const Order& order) { text += order.json() + "\n"; });
}
std::string array_body() {
    auto text = body([](std::string& out, const Order& order) {
        out += out.empty() ? "[" : ",";
        out += order.json();
    });
    return text + "]";
}

void split_csv(benchmark::State& state) {
    split(state, kTabs, tabs_body());
}
void split_quoted_csv(benchmark::State& state) {
    split(state, kCommas, quoted_body());
}
void split_json_lines(benchmark::State& state) {
    split(state, kLines, lines_body());
}
void read_csv(benchmark::State& state) {
    read(state, kTabs, tabs_body());
}
void read_quoted_csv(benchmark::State& state) {
    read(state, kCommas, quoted_body());
}
void read_json_lines(benchmark::State& state) {
    read(state, kLines, lines_body());
}
void read_json_array(benchmark::State& state) {
    read(state, kArray, array_body());
}
void read_json_paths(benchmark::State& state) {
    auto format = kLines;
    for (const auto& column : orders().columns) format.paths.push_back("$." + column.name);
    read(state, format, lines_body());
}

BENCHMARK(split_csv);
BENCHMARK(split_quoted_csv);
BENCHMARK(split_json_lines);
BENCHMARK(read_csv);
BENCHMARK(read_quoted_csv);
BENCHMARK(read_json_lines);
BENCHMARK(read_json_array);
BENCHMARK(read_json_paths);

}  // namespace

BENCHMARK_MAIN();
