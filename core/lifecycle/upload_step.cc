#include "core/lifecycle/upload_step.h"

#include <fmt/format.h>

namespace millrace::lifecycle {

std::string staging_key(const SliceOpening& slice, Compression compression) {
    return fmt::format("{}/{}.{}.csv{}", slice.sink.sink.value, to_string(slice.file),
                       to_string(slice.slice), compression == Compression::gzip ? ".gz" : "");
}

Result<std::uint64_t> upload_slice(const Slice& slice, const Settings& settings,
                                   const Stores& stores) {
    const auto id = slice.opening.slice;
    const auto key = staging_key(slice.opening, settings.compression);
    TRY(stores.catalog.mark_uploading(id));
    TRY_ASSIGN(const auto csv, stores.slices.read(slice));
    const Encoding encoding{.compression = settings.compression, .gzip_level = settings.gzip_level};
    TRY_ASSIGN(const auto staged_bytes, stores.staging.put(key, *csv, encoding));
    TRY(stores.catalog.mark_uploaded(id, key, staged_bytes));
    return staged_bytes;
}

Result<void> remove_local(const LocalSlice& slice, const Stores& stores) {
    TRY(stores.slices.remove(slice));
    return stores.catalog.mark_local_removed(slice.slice);
}

}  // namespace millrace::lifecycle
