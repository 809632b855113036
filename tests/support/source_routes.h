#pragma once
// What the tests of doors share: sources with real mappings, and a store of rejects.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/model/column.h"
#include "core/pipeline/reject_queue.h"
#include "core/pipeline/source_route.h"
#include "tests/support/clocks.h"
#include "tests/support/counting_rng.h"
#include "tests/support/manual_executor.h"
#include "tests/support/memory_rejects.h"

namespace millrace {

// A store of rejects whose thread runs when the test says so.
struct TestRejects {
    testing_support::MemoryRejects store;
    test::ManualClock clock;
    test::ManualExecutor executor{clock};
    pipeline::RejectQueue queue{store, executor, {}};
};

inline const std::string kSecret(48, 's');

struct TestSink {
    std::string id;
    std::vector<Column> columns;
    bool sync_wait = true;
    RejectSettings rejects = {};
};

// A sink that keeps what it cannot map, at most `count` records.
inline RejectSettings keeping(std::uint64_t count = 100) {
    return {
        .keep = true, .bounds = {.count = count, .bytes = 1 << 20}, .age = std::chrono::hours(1)};
}

inline Column body_column() {
    Column column;
    column.type = ColumnType::body;
    column.name = "body";
    return column;
}
inline Column ip_column() {
    Column column;
    column.type = ColumnType::ip;
    column.name = "ip";
    return column;
}
inline Column headers_column() {
    Column column;
    column.type = ColumnType::headers;
    column.name = "headers";
    return column;
}
inline Column path_column(std::string path) {
    Column column;
    column.type = ColumnType::path;
    column.name = "value";
    column.path = std::move(path);
    return column;
}

inline Column uuid_column() {
    Column column;
    column.type = ColumnType::uuid;
    column.name = "id";
    return column;
}

inline Column template_column(std::string text) {
    Column column;
    column.type = ColumnType::jsonnet;
    column.name = "t";
    column.template_text = std::move(text);
    column.raw_string = true;
    return column;
}

inline std::shared_ptr<const pipeline::SourceRoute> make_route(
    std::vector<TestSink> sinks, bool enabled = true, std::uint32_t mapping = 1,
    SourceSettings settings = {}, std::optional<RetiredSecret> retired = {}) {
    std::vector<std::vector<Column>> columns;
    std::vector<pipeline::SinkRoute> routes;
    for (const auto& sink : sinks) {
        columns.push_back(sink.columns);
        routes.push_back(
            {.sink = SinkId(sink.id),
             .version = {.sink = SinkNumber(routes.size() + 1), .mapping = MappingVersion(mapping)},
             .sync_wait = sink.sync_wait,
             .rejects = sink.rejects});
    }
    auto mapper = mapping::SourceMapper::compile(
        columns, {},
        settings.secret_headers ? mapping::SecretHeaders::shown : mapping::SecretHeaders::left_out);
    return std::make_shared<const pipeline::SourceRoute>(pipeline::SourceRoute{
        .key = {.project = ProjectId(1), .branch = BranchId(2), .source = SourceId("shop")},
        .secret = Secret(kSecret),
        .retired = std::move(retired),
        .enabled = enabled,
        .settings = settings,
        .sinks = std::move(routes),
        .mapper = std::move(mapper).value()});
}

inline pipeline::SourceAddress shop() {
    return {.project = ProjectId(1), .source = SourceId("shop")};
}

}  // namespace millrace
