#include "core/model/slice.h"

namespace millrace {

std::string_view to_string(SliceState state) {
    switch (state) {
        case SliceState::writing:
            return "writing";
        case SliceState::closing:
            return "closing";
        case SliceState::uploading:
            return "uploading";
        case SliceState::uploaded:
            return "uploaded";
        case SliceState::imported:
            return "imported";
        case SliceState::discarded:
            return "discarded";
    }
    return "writing";
}

std::optional<SliceState> slice_state_from(std::string_view text) {
    for (const auto state : {SliceState::writing, SliceState::closing, SliceState::uploading,
                             SliceState::uploaded, SliceState::imported, SliceState::discarded}) {
        if (text == to_string(state)) return state;
    }
    return std::nullopt;
}

}  // namespace millrace
