#include "core/model/volume.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace millrace {
namespace {

constexpr std::array<std::string_view, 3> kStates = {"active", "retired", "lost"};

}  // namespace

std::string_view to_string(VolumeState state) {
    return kStates[static_cast<std::size_t>(state)];
}

std::optional<VolumeState> volume_state_from(std::string_view text) {
    const auto* const found = std::find(kStates.begin(), kStates.end(), text);
    if (found == kStates.end()) return std::nullopt;
    return static_cast<VolumeState>(std::distance(kStates.begin(), found));
}

}  // namespace millrace
