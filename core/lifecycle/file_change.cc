#include "core/lifecycle/file_change.h"

namespace millrace::lifecycle {

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
