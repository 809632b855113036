#include "tests/unit/api/stream_load/stream_load_fixture.h"

#include <utility>

#include "api/http/listener.h"
#include "tests/unit/storage/catalog/test_secrets.h"

namespace millrace::stream_load {
namespace {

// A slice file in memory, known once it is finished.
class MemoryOutput final : public SliceOutput {
public:
    MemoryOutput(MemorySlices& slices, SliceId slice) : slices_(slices), slice_(slice) {}

    Result<void> append(std::string_view csv) override {
        text_ += csv;
        return {};
    }
    Result<void> sync() override { return {}; }
    Result<void> finish() override {
        slices_.files.with([&](auto& files) { files[slice_] = text_; });
        return {};
    }

private:
    MemorySlices& slices_;
    const SliceId slice_;
    std::string text_;
};

}  // namespace

Result<std::unique_ptr<SliceOutput>> MemorySlices::create(const LocalSlice& slice) {
    return std::unique_ptr<SliceOutput>(std::make_unique<MemoryOutput>(*this, slice.slice));
}

Result<void> MemorySlices::remove(const LocalSlice& slice) {
    files.with([&](auto& all) { all.erase(slice.slice); });
    return {};
}

Result<void> LineReader::feed(std::string_view bytes) {
    for (const char c : bytes) {
        if (c != '\n') {
            line_.push_back(c);
            continue;
        }
        TRY(end_line());
    }
    return {};
}

Result<void> LineReader::end_line() {
    const auto line = std::exchange(line_, {});
    if (line.empty()) return {};
    if (line == "broken") return Error(Code::invalid, "Multiple JSON objects in a single line");
    ++counts_.total;
    if (line == "bad") {
        ++counts_.filtered;
        errors_ += "Reason: it is bad. src line [bad]; \n";
        return {};
    }
    if (line == "unwanted") {
        ++counts_.unselected;
        return {};
    }
    ++counts_.loaded;
    ++rows_;
    csv_ += "\"" + line + "\"\n";
    return {};
}

Result<void> LineReader::finish() {
    TRY(end_line());
    if (counts_.filtered > 0 && ratio_ < 1) {
        return Error(Code::invalid, "too many filtered rows");
    }
    return {};
}

bulk::BulkReader::Rows LineReader::take() {
    taken_ = std::exchange(csv_, {});
    return {.csv = taken_, .rows = std::exchange(rows_, 0)};
}

DoorFixture::DoorFixture() {
    catalog_ =
        catalog::SqliteCatalog::open(folder_ / "catalog.sqlite", catalog::test_secrets()).value();
    DefinedTable table;
    table.key = {.project = kScope.project,
                 .branch = kScope.branch,
                 .table = TableId::parse("in.c-testdb.t").value()};
    table.columns = {{.name = "id", .data_type = DataType::integer}};
    EXPECT_TRUE(catalog_->add_table(table).ok());
    tokens_ = access::LiveTokens::read(token_catalog_, kScope.project).value();
    const ApiToken loader{.project = kScope.project,
                          .id = TokenId("1"),
                          .digest = access::token_digest("loader"),
                          .description = "loader",
                          .role = TokenRole::load,
                          .buckets = {"in.c-testdb"},
                          .created = {}};
    EXPECT_TRUE(tokens_->add_token(loader, 10).value());
    gate_.emplace(Secret("own"), *tokens_, wrong_, clock_);
    stores_.emplace(
        pipeline::LoadStores{.loads = *catalog_,
                             .slices = slices,
                             .clock = clock_,
                             .random = random_,
                             .has_room = [](const VolumeId&) { return Result<void>(); }});
    ends_.emplace(pipeline::LoadEnds::Ports{.stores = *stores_,
                                            .lifecycle = *catalog_,
                                            .definitions = *catalog_,
                                            .journal = journal_,
                                            .executor = executor_});
    setup_.emplace(DoorSetup{
        .loads = {.tables = *catalog_,
                  .stores = *stores_,
                  .ends = *ends_,
                  .accepting = [] { return Result<void>(); },
                  .has_room_for = [](const VolumeId&, std::uint64_t) { return Result<void>(); },
                  .make_reader =
                      [](const bulk::BulkSpec& spec) {
                          return Result<std::unique_ptr<bulk::BulkReader>>(
                              std::make_unique<LineReader>(spec.mapping.max_filter_ratio));
                      },
                  .parquet = parquet,
                  .parquet_turns = parquet_turns,
                  .wait_visible =
                      [this](const Load& load, Milliseconds, const auto& done) {
                          before_visible(load);
                          if (done) done(is_visible);
                      },
                  .find_file = [this](FileId file) { return catalog_->find_file(file); },
                  .count_rows = [this](const DefinedTable&) { return count; },
                  .scope = kScope,
                  .error_logs = error_logs_,
                  .counters = counters,
                  .pool = pool_},
        .gate = *gate_,
        .proxies = {},
        .body_bytes_max = kBodyBytesMax,
        .own_port = [this] { return port; },
        .stop = &stop_at});
    door_.emplace(*setup_, [this](std::function<void()> step) { loop_->post(std::move(step)); });
    loop_.emplace(http::EventLoopParts{
        .door = *door_, .limits = {}, .connections = connections_, .memory = memory_});
    const auto endpoint = http::find_endpoint("127.0.0.1", 0);
    port = endpoint.value().port();
    auto acceptor = http::listen(loop_->io(), endpoint.value(), false);
    loop_->serve(std::move(acceptor).value());
    thread_ = std::thread([this] { loop_->run(); });
}

DoorFixture::~DoorFixture() {
    loop_->post([this] { loop_->stop(Milliseconds{100}); });
    thread_.join();
    pool_.stop();
    loop_.reset();
}

std::string DoorFixture::load(std::string_view body, std::string_view headers,
                              std::string_view path) const {
    return "PUT " + std::string(path) + " HTTP/1.1\r\nHost: h:1\r\n" + std::string(kLoader) +
           std::string(headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

nlohmann::json DoorFixture::ask(const std::string& request) {
    RawClient client(port);
    const auto answer = client.ask(request);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return nlohmann::json::parse(answer.body, nullptr, false);
}

nlohmann::json DoorFixture::two_phase(const std::string& headers) {
    return ask("PUT /api/testdb/_stream_load_2pc HTTP/1.1\r\n" + std::string(kLoader) + headers +
               "\r\n");
}

Load DoorFixture::find(std::uint64_t number) {
    return catalog_->find_load(LoadNumber(number)).value().value();
}

}  // namespace millrace::stream_load
