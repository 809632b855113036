#pragma once
// A catalog with slices and files that are told by number.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/sqlite/database.h"
#include "tests/unit/storage/catalog/catalog_fixture.h"

namespace millrace::catalog {
inline constexpr WallTime kNow{1'000'000};
inline constexpr Instant kInstant{.wall = kNow, .age = AgeTime{1'000'000}};

inline FileId file_id(std::uint64_t number) {
    return FileId(make_uuid_v7(AgeTime{1}, number, 0));
}
inline SliceId slice_id(std::uint64_t number) {
    return SliceId(make_uuid_v7(AgeTime{2}, number, 0));
}

inline const VolumeId kVolume("fast");

inline LocalSlice local(std::uint64_t number) {
    return {.volume = kVolume, .slice = slice_id(number)};
}

inline OpenFile make_file(std::uint64_t number, std::uint64_t sink, std::int64_t opened_at,
                          std::uint32_t slices) {
    OpenFile file;
    file.id = file_id(number);
    file.sink = {SinkNumber(sink), MappingVersion(3)};
    file.opened_at = WallTime{opened_at};
    file.slices = slices;
    file.volume = kVolume;
    return file;
}

// A slice of 10 rows and 100 bytes times its number.
inline OpenSlice make_slice(std::uint64_t number, const OpenFile& file) {
    const auto at = file.opened_at.unix_ms + static_cast<std::int64_t>(number);
    return {.opening = {.slice = slice_id(number),
                        .file = file.id,
                        .sink = file.sink,
                        .opened_at = WallTime{at},
                        .volume = file.volume},
            .content = {.bytes = number * 100,
                        .rows = number * 10,
                        .crc = 0xfedcba98,
                        .first_at = WallTime{at + 1},
                        .last_at = WallTime{at + 5},
                        .last_sequence = Sequence(number * 1000),
                        .first_batch = BatchNumber(number * 100 - 50),
                        .last_batch = BatchNumber(number * 100)}};
}

template <typename T>
std::vector<FileId> ids(const std::vector<T>& files) {
    std::vector<FileId> all;
    for (const auto& file : files) all.push_back(file.id);
    return all;
}

inline std::vector<SliceId> ids(const std::vector<Slice>& slices) {
    std::vector<SliceId> all;
    for (const auto& slice : slices) all.push_back(slice.opening.slice);
    return all;
}

class FileTablesTest : public CatalogTest {
protected:
    FileCatalog& catalog() { return *catalog_; }

    void seal(std::uint64_t number, const OpenFile& file) {
        ASSERT_TRUE(catalog().record_sealed(make_slice(number, file)).ok());
    }
    void upload(std::uint64_t number) {
        ASSERT_TRUE(catalog().mark_uploading(slice_id(number)).ok());
        ASSERT_TRUE(catalog().mark_uploaded(slice_id(number), object(number)).ok());
    }
    FileCatalog::Leftovers leftovers(std::uint32_t limit) {
        return catalog().leftovers({.limit = limit}).value();
    }
    std::size_t forget(const VolumeId& volume, AgeTime before, Sequence sequence = Sequence(9999),
                       std::uint32_t limit = 10) {
        const auto files = catalog().forgettable_files(volume, before, sequence, limit).value();
        EXPECT_TRUE(catalog().delete_imported(files).ok());
        return files.size();
    }
    static std::string key(std::uint64_t number) { return "key-" + std::to_string(number); }
    static StagedObject object(std::uint64_t number) {
        return {.staging = StagingName("cold"),
                .key = key(number),
                .compression = Compression::gzip,
                .bytes = number * 7};
    }
    void import(std::uint64_t file, AgeTime now = kInstant.age) { import(file_id(file), now); }
    void import(FileId file, AgeTime now = kInstant.age) {
        ASSERT_TRUE(catalog().mark_importing(file).ok());
        ASSERT_TRUE(catalog().mark_imported(file, {.wall = kNow, .age = now}).ok());
    }
    std::vector<FileId> to_import(WallTime now = kNow) {
        return ids(catalog().files_to_import(now, 100).value());
    }
};

}  // namespace millrace::catalog
