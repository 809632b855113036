#include "core/lifecycle/file_change.h"

namespace millrace::lifecycle {

FileId part_of(SliceId first) {
    auto id = first.value;
    id.bytes.back() ^= 1;  // a slice and a file are not called the same
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
