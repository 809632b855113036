#include "core/lifecycle/upload_step.h"

#include <memory>

#include "core/lifecycle/staging_key.h"
#include "core/ports/file_links.h"

namespace millrace::lifecycle {
namespace {

// A file of the journal is written again from there, in its place, when a crash comes too early.
bool never_changes(const SliceContent& content) {
    return content.last_sequence == Sequence{} && content.first_batch == BatchNumber{};
}

// The file of the slice becomes the object too, where both are on one file system. Nothing is read:
// what is in it is compared with the catalog when it is imported.
Result<bool> link(const std::string& key, const Slice& slice, const ByteSource& csv,
                  Staging& staging) {
    const auto* const file = dynamic_cast<const LocalFile*>(&csv);
    auto* const linking = dynamic_cast<LinkingStaging*>(&staging);
    if (file == nullptr || linking == nullptr || !never_changes(slice.content)) return false;
    return linking->link(key, file->path());
}

Result<StagedObject> put(const Slice& slice, const Settings& settings, std::string_view attempt,
                         const Stores& stores) {
    StagedObject object{.staging = stores.stagings.of_new(),
                        .key = staging_key(slice.opening, attempt, Compression::none),
                        .compression = Compression::none,
                        .bytes = slice.content.bytes};
    TRY_ASSIGN(auto* const staging, stores.stagings.at(object.staging));
    TRY_ASSIGN(const auto csv, stores.slices.read(slice));
    auto stored = [&]() -> Result<std::uint64_t> {
        TRY_ASSIGN(const bool is_linked, link(object.key, slice, *csv, *staging));
        if (is_linked) return object.bytes;
        object.compression = settings.compression;
        object.key = staging_key(slice.opening, attempt, settings.compression);
        if (object.compression == Compression::none) return staging->put(object.key, *csv);
        const auto packed = stores.gzip.pack(*csv, settings.gzip_level);
        return staging->put(object.key, *packed);
    }();
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
