#pragma once
// SpooledBodies: Parquet bodies as nameless files on the volume of their load, each read by DuckDB
// in a process of its own. The service itself never has the library in memory.
//
// Thread  any.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/ports/parquet_body.h"
#include "storage/duckdb/parquet_query.h"

namespace millrace::duckdb {

class SpooledBodies final : public ParquetBodies {
public:
    struct Options {
        std::vector<std::string> libraries;  // the first that is there is taken
        // A directory of the volume.
        // Errors  unavailable: the volume is not here
        std::function<Result<std::string>(const VolumeId& volume)> directory_of;
        // Whether there is room above the reserve.
        // Errors  overloaded stream.in.diskFull
        std::function<Result<void>(const VolumeId& volume)> has_room;
        std::uint64_t look_bytes = 1 << 20;  // so often it is asked for room
        ParquetLimits limits = {};
        std::string program = "/proc/self/exe";  // WorkerOrder
    };

    explicit SpooledBodies(Options options) : options_(std::move(options)) {}

    Result<void> check() override;
    Result<std::unique_ptr<ParquetBody>> begin(const VolumeId& volume) override;

private:
    Result<std::string> library() const;

    const Options options_;
};

// Where the library may be of a program at `program`: beside it, and where packages put it.
std::vector<std::string> library_paths(const std::string& program);

}  // namespace millrace::duckdb
