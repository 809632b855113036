#include "storage/duckdb/spooled_bodies.h"

#include <unistd.h>

#include <filesystem>
#include <utility>

#include "core/base/error_names.h"
#include "core/ports/disk.h"
#include "storage/duckdb/worker_rows.h"
#include "storage/os/nameless_file.h"

namespace millrace::duckdb {
namespace {

class SpooledBody final : public ParquetBody {
public:
    SpooledBody(const SpooledBodies::Options& options, std::string library, VolumeId volume,
                os::NamelessFile file)
        : options_(options),
          library_(std::move(library)),
          volume_(std::move(volume)),
          file_(std::move(file)) {}

    Result<void> append(std::string_view bytes) override {
        if (unlooked_bytes_ >= options_.look_bytes) {
            TRY(options_.has_room(volume_));
            unlooked_bytes_ = 0;
        }
        unlooked_bytes_ += bytes.size();
        auto written = file_.append(bytes);
        if (written.ok() || written.error().name() != kNoSpace) return written;
        return Error(Code::overloaded, "The disk is full; the load is aborted, try again later.")
            .named(error_names::kInDiskFull)
            .in(written.error().operator_text());
    }

    Result<std::unique_ptr<ParquetRows>> read(const std::vector<ParquetField>& fields) override {
        return start_worker_rows(
            {.program = options_.program, .library = library_, .limits = options_.limits},
            file_.descriptor(), fields);
    }

private:
    const SpooledBodies::Options& options_;
    const std::string library_;
    const VolumeId volume_;
    os::NamelessFile file_;
    std::uint64_t unlooked_bytes_ = 0;  // since it was asked for room
};

}  // namespace

Result<std::string> SpooledBodies::library() const {
    for (const auto& path : options_.libraries) {
        if (::access(path.c_str(), R_OK) == 0) return path;
    }
    return Error(Code::not_found, "libduckdb.so is not there");
}

Result<void> SpooledBodies::check() {
    TRY(library());
    return {};
}

Result<std::unique_ptr<ParquetBody>> SpooledBodies::begin(const VolumeId& volume) {
    TRY_ASSIGN(auto library, this->library());
    TRY(options_.has_room(volume));
    TRY_ASSIGN(const auto directory, options_.directory_of(volume));
    TRY_ASSIGN(auto file, os::NamelessFile::create(directory));
    return std::unique_ptr<ParquetBody>(
        std::make_unique<SpooledBody>(options_, std::move(library), volume, std::move(file)));
}

std::vector<std::string> library_paths(const std::string& program) {
    const auto folder = std::filesystem::path(program).parent_path();
    return {(folder / "libduckdb.so").string(),
            (folder.parent_path() / "lib" / "millrace" / "libduckdb.so").string()};
}

}  // namespace millrace::duckdb
