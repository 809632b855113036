#include "api/app/ballast.h"

namespace millrace {

Ballast::Ballast(Disk& disk, const std::string& directory, std::uint64_t bytes)
    : disk_(disk), path_(directory + "/ballast"), bytes_(bytes), missing_(bytes) {
    const auto file = disk_.open(path_, Disk::Open::existing);
    if (!file.ok()) return;
    const auto size = file.value()->size();
    // One of another size is made again with the size that is wanted now.
    if (size.ok() && size.value() == bytes_) missing_ = 0;
}

Result<void> Ballast::make() {
    if (missing_bytes() == 0) return {};
    TRY(release());
    const auto allocated = [&]() -> Result<void> {
        TRY_ASSIGN(const auto file, disk_.open(path_, Disk::Open::create_new));
        return file->allocate(bytes_);
    }();
    if (!allocated.ok()) {
        static_cast<void>(disk_.remove(path_).ok());  // it is of no use, whatever its size
        return allocated;
    }
    missing_ = 0;
    return {};
}

Result<void> Ballast::release() {
    auto removed = disk_.remove(path_);
    if (!removed.ok() && removed.error().code() != Code::not_found) return removed;
    missing_ = bytes_;
    return {};
}

}  // namespace millrace
