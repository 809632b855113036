#include "core/pipeline/volume_pins.h"

namespace millrace::pipeline {

void VolumePins::set(const SourceId& source, std::string_view volume) {
    if (volume.empty() && !is_used_) return;
    pins_.with([&](Pins& pins) {
        erase(pins, source);
        if (volume.empty()) return;
        pins.volumes.emplace(source, volume);
        ++pins.sources[std::string(volume)];
    });
    if (!volume.empty()) is_used_ = true;
}

void VolumePins::erase(Pins& pins, const SourceId& source) {
    const auto found = pins.volumes.find(source);
    if (found == pins.volumes.end()) return;
    const auto counted = pins.sources.find(found->second);
    if (--counted->second == 0) pins.sources.erase(counted);
    pins.volumes.erase(found);
}

std::optional<std::string> VolumePins::of(const SourceId& source) const {
    if (!is_used_) return std::nullopt;
    return pins_.with([&](const Pins& pins) -> std::optional<std::string> {
        const auto found = pins.volumes.find(source);
        if (found == pins.volumes.end()) return std::nullopt;
        return found->second;
    });
}

bool VolumePins::has_any(std::string_view volume) const {
    if (!is_used_) return false;
    return pins_.with([&](const Pins& pins) { return pins.sources.contains(volume); });
}

std::vector<SourceId> VolumePins::to(std::string_view volume) const {
    return pins_.with([&](const Pins& pins) {
        std::vector<SourceId> sources;
        for (const auto& [source, name] : pins.volumes) {
            if (name == volume) sources.push_back(source);
        }
        return sources;
    });
}

}  // namespace millrace::pipeline
