#include "core/model/file.h"

namespace millrace {

std::string_view to_string(FileState state) {
    switch (state) {
        case FileState::writing:
            return "writing";
        case FileState::closing:
            return "closing";
        case FileState::importing:
            return "importing";
        case FileState::imported:
            return "imported";
        case FileState::set_aside:
            return "setAside";
        case FileState::discarded:
            return "discarded";
    }
    return "writing";
}

std::optional<FileState> file_state_from(std::string_view text) {
    for (const auto state : {FileState::writing, FileState::closing, FileState::importing,
                             FileState::imported, FileState::set_aside, FileState::discarded}) {
        if (text == to_string(state)) return state;
    }
    return std::nullopt;
}

}  // namespace millrace
