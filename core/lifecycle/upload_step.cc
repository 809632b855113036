#include "core/lifecycle/upload_step.h"

#include <memory>

#include "core/lifecycle/staging_key.h"

namespace millrace::lifecycle {
namespace {

Result<StagedObject> put(const Slice& slice, const Settings& settings, std::string_view attempt,
                         const Stores& stores) {
    StagedObject object{.staging = stores.stagings.of_new(),
                        .key = staging_key(slice.opening, attempt, settings.compression),
                        .compression = settings.compression,
                        .bytes = 0};
    TRY_ASSIGN(auto* const staging, stores.stagings.at(object.staging));
    TRY_ASSIGN(const auto csv, stores.slices.read(slice));
    std::unique_ptr<ByteSource> packed;
    if (object.compression == Compression::gzip) {
        packed = stores.gzip.pack(*csv, settings.gzip_level);
    }
    auto stored = staging->put(object.key, packed != nullptr ? *packed : *csv);
    if (!stored.ok()) {
        // It may be there all the same. What is left now is found by StrayObjects.
        static_cast<void>(staging->remove(object.key));
        return std::move(stored).error();
    }
    object.bytes = stored.value();
    return object;
}

}  // namespace

Result<StagedObject> upload_slice(const Slice& slice, const Settings& settings,
                                  std::string_view attempt, const Stores& stores) {
    const auto id = slice.opening.slice;
    TRY(stores.catalog.mark_uploading(id));
    TRY_ASSIGN(auto object, put(slice, settings, attempt, stores));
    // After an error here the object stays: the catalog may have it.
    TRY_ASSIGN(const bool counts, stores.catalog.mark_uploaded(id, object));
    if (counts) return object;
    static_cast<void>(stores.stagings.find(object.staging)->remove(object.key));
    TRY_ASSIGN(auto known, stores.catalog.find_slice(id));
    if (!known) return Error(Code::not_found, "the slice was forgotten during its upload");
    return std::move(known->staged);
}

Result<void> remove_local(const LocalSlice& slice, const Stores& stores) {
    if (!stores.may_remove()) return {};
    TRY(stores.slices.remove(slice));
    return stores.catalog.mark_local_removed(slice.slice);
}

}  // namespace millrace::lifecycle
