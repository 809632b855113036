// Goal    whatever frames come, in whatever pieces, an HTTP/2 connection stores the same rows,
//         gives back what it held, and ends with its client.
// Method  the real connection over a stream in memory: the input behind a preface, whole, byte by
//         byte and in random pieces, to a client that takes its answers in parts, ends or vanishes.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_loop.h"

namespace millrace::fuzz {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::shared_ptr<const pipeline::SourceRoute> route() {
    static const auto shared = [] {
        return std::make_shared<const pipeline::SourceRoute>(pipeline::SourceRoute{
            .key = {.project = ProjectId(1), .branch = BranchId(2), .source = SourceId("shop")},
            .secret = Secret("s"),
            .sinks = {{.sink = SinkId("bodies"),
                       .version = {.sink = SinkNumber(1), .mapping = MappingVersion(1)}}},
            .mapper = mapping::SourceMapper::compile({{body_column()}}, {}).value()});
    }();
    return shared;
}

config::Limits limits() {
    config::Limits all;
    all.header_bytes = 600;
    all.body_bytes = 1500;
    all.decoded_bytes = 6000;
    return all;
}

// A batch has the rows of several requests; what comes in other pieces is in other batches.
void add_rows(std::string_view csv, std::vector<std::string>& rows) {
    bool is_quoted = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < csv.size(); ++i) {
        if (csv[i] == '"') is_quoted = !is_quoted;
        if (csv[i] != '\n' || is_quoted) continue;
        rows.emplace_back(csv.substr(begin, i + 1 - begin));
        begin = i + 1;
    }
}

std::vector<std::string> rows_of(std::string_view input, const std::function<std::size_t()>& next,
                                 bool takes_all, bool vanishes) {
    MemoryClient client;
    MemoryLoop loop(limits());
    loop.set_route(route());
    if (!takes_all)
        client.takes = [](std::size_t bytes) { return std::min<std::size_t>(bytes, 3); };
    loop.connect(client);
    std::string all(kPreface);
    all += input;
    for (std::string_view rest = all; !rest.empty();) {
        const auto piece = std::min(next(), rest.size());
        client.send(rest.substr(0, piece));
        rest.remove_prefix(piece);
    }
    loop.run();
    if (vanishes) client.vanish();
    client.finish();
    loop.run();
    for (int i = 0; i < 3 && loop.is_connected(); ++i) {
        loop.expire();
        loop.run();
    }
    check(!loop.is_connected(), "the connection goes on without its client");
    check(loop.memory_taken() == 0, "{} bytes are not given back", loop.memory_taken());
    std::vector<std::string> rows;
    for (const auto& stored : loop.stored()) add_rows(stored.csv, rows);
    std::ranges::sort(rows);
    return rows;
}

// A client that has said that it goes away may be left as soon as nothing of it is under way.
bool says_goodbye(std::string_view input) {
    while (input.size() >= 9) {
        if (input[3] == 7) return true;
        const auto byte = [&](std::size_t at) {
            return std::size_t{static_cast<unsigned char>(input[at])};
        };
        input.remove_prefix(std::min(input.size(), 9 + (byte(0) << 16 | byte(1) << 8 | byte(2))));
    }
    return false;
}

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
}

}  // namespace
}  // namespace millrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace millrace::fuzz;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (size > 4000) return 0;  // more frames than a flood may have
    const auto whole = rows_of(
        input, [] { return std::size_t{1} << 20; }, true, false);
    const auto bytes = rows_of(
        input, [] { return std::size_t{1}; }, false, false);
    millrace::check(whole == bytes || says_goodbye(input), "{} and {} rows in other pieces of {}",
                    whole.size(), bytes.size(), hex(input));
    std::minstd_rand random(static_cast<unsigned>(size));
    rows_of(
        input, [&] { return 1 + random() % 40; }, true, true);
    return 0;
}
