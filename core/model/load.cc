#include "core/model/load.h"

#include <fmt/format.h>

#include "core/base/error_names.h"

namespace millrace {

std::string_view to_string(LoadState state) {
    switch (state) {
        case LoadState::open:
            return "open";
        case LoadState::written:
            return "written";
        case LoadState::prepared:
            return "prepared";
        case LoadState::committed:
            return "committed";
        case LoadState::aborted:
            return "aborted";
    }
    return "open";
}

std::optional<LoadState> load_state_from(std::string_view text) {
    for (const auto state : {LoadState::open, LoadState::written, LoadState::prepared,
                             LoadState::committed, LoadState::aborted}) {
        if (text == to_string(state)) return state;
    }
    return std::nullopt;
}

Error label_exists(const Load& first) {
    return Error(Code::conflict,
                 fmt::format("The label \"{}\" belongs to load {}, which is {}.", first.label,
                             first.number.value, to_string(first.state)))
        .named(error_names::kLoadLabelExists);
}

}  // namespace millrace
