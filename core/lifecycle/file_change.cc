#include "core/lifecycle/file_change.h"

namespace millrace::lifecycle {

bool fails_for(const File& file, const Slice& slice) {
    return slice.retry.attempt > 0 ||
           file.retry.reason.find(to_string(slice.opening.slice)) != std::string::npos;
}

FileId part_of(FileId file, SliceId first) {
    auto id = first.value;
    id.bytes.back() ^= 1;                        // a slice and a file are not called the same
    if (id == file.value) id.bytes.back() ^= 2;  // `file` is such a part itself
    return FileId(id);
}

std::string_view to_string(FileAct act) {
    switch (act) {
        case FileAct::retry:
            return "retry";
        case FileAct::set_aside:
            return "set aside";
        case FileAct::restore:
            return "restore";
        case FileAct::discard:
            return "discard";
    }
    return "retry";
}

}  // namespace millrace::lifecycle
