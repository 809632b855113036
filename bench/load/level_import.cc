// Goal    how fast a target imports a file, and with how much memory.
// Method  the file is a CSV of format 1 (docs/formats/slice.md), read as slices of 50 MB; prints
//         the seconds of the import and the resident memory of this process at its highest.
//
// level_import postgres DSN FILE ROWS keyed|plain
// level_import sqlite FOLDER FILE ROWS keyed|plain

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/ports/target.h"
#include "storage/target/postgres/postgres_target.h"
#include "storage/target/sqlite/sqlite_target.h"

namespace millrace {
namespace {

constexpr std::uint64_t kSliceBytes = 50'000'000;

// A part of a file.
class FilePart : public ByteSource {
public:
    FilePart(const std::string& path, std::uint64_t begin, std::uint64_t end)
        : file_(path, std::ios::binary), left_(end - begin) {
        file_.seekg(static_cast<std::streamoff>(begin));
    }

    Result<std::size_t> read(std::span<char> buffer) override {
        const auto wanted = std::min<std::uint64_t>(left_, buffer.size());
        file_.read(buffer.data(), static_cast<std::streamsize>(wanted));
        const auto count = static_cast<std::size_t>(file_.gcount());
        left_ -= count;
        return count;
    }

private:
    std::ifstream file_;
    std::uint64_t left_;
};

// Where slices begin, and the end; no cell of the file has a line end.
std::vector<std::uint64_t> cuts_of(const std::string& path) {
    const auto bytes = std::filesystem::file_size(path);
    std::ifstream file(path, std::ios::binary);
    std::vector<std::uint64_t> cuts = {0};
    std::string rest_of_row;
    while (cuts.back() + kSliceBytes < bytes) {
        file.seekg(static_cast<std::streamoff>(cuts.back() + kSliceBytes));
        std::getline(file, rest_of_row);
        cuts.push_back(static_cast<std::uint64_t>(file.tellg()));
    }
    if (cuts.back() < bytes) cuts.push_back(bytes);
    return cuts;
}

std::unique_ptr<Target> open_target(const std::string& kind, const std::string& place) {
    if (kind == "sqlite") return std::make_unique<target::SqliteTarget>(place);
    check(kind == "postgres", "no kind {}", kind);
    postgres::ConnectOptions options;
    options.dsn = place;
    return std::make_unique<postgres::PostgresTarget>(std::move(options), postgres::PoolLimits{});
}

int run(const std::vector<std::string>& arguments) {
    check(arguments.size() == 5, "usage: level_import KIND PLACE FILE ROWS keyed|plain");
    const auto& path = arguments[2];
    const auto cuts = cuts_of(path);
    const bool is_keyed = arguments[4] == "keyed";
    ImportRequest request;
    request.file = FileId(make_uuid_v7(AgeTime{1}, 1, 0));
    request.table = {
        .id = TableId::parse("in.c-bench.ours").value(),
        .columns = {{.name = "id", .primary_key = is_keyed, .data_type = DataType::integer},
                    {.name = "amount", .data_type = DataType::decimal},
                    {.name = "quantity", .data_type = DataType::integer},
                    {.name = "at", .data_type = DataType::timestamp},
                    {.name = "name"},
                    {.name = "mail"},
                    {.name = "note"},
                    {.name = "ratio", .data_type = DataType::float64}}};
    request.rows = std::stoull(arguments[3]);
    request.bytes = cuts.back();
    request.digest = "bench";
    request.slices = static_cast<std::uint32_t>(cuts.size() - 1);
    request.open_slice = [&](std::uint32_t slice) -> Result<std::unique_ptr<ByteSource>> {
        return std::unique_ptr<ByteSource>(
            std::make_unique<FilePart>(path, cuts[slice], cuts[slice + 1]));
    };
    request.now = WallTime{1'700'000'000'000};

    const auto target = open_target(arguments[0], arguments[1]);
    const auto made = target->ensure_table(request.table);
    check(made.ok(), "{}", made.ok() ? "" : made.error().operator_text());
    const auto begun = std::chrono::steady_clock::now();
    const auto receipt = target->import(request);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    check(receipt.ok(), "{}", receipt.ok() ? "" : receipt.error().operator_text());
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    fmt::print("{{\"seconds\": {:.3f}, \"resident_bytes\": {}}}\n", took.count(),
               usage.ru_maxrss * 1024);
    return EXIT_SUCCESS;
}

}  // namespace
}  // namespace millrace

int main(int count, char** values) {
    return millrace::run({values + 1, values + count});
}
