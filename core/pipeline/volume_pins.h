#pragma once
// VolumePins: which sources have a volume that alone takes their rows, by its name.
//
// Thread  any. While no source was ever pinned nothing is locked.

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/ids.h"

namespace millrace::pipeline {

class VolumePins {
public:
    // Empty: the source has none from now on.
    void set(const SourceId& source, std::string_view volume);

    std::optional<std::string> of(const SourceId& source) const;

    bool has_any(std::string_view volume) const;
    std::vector<SourceId> to(std::string_view volume) const;  // in their order

private:
    struct Pins {
        std::map<SourceId, std::string> volumes;
        std::map<std::string, std::size_t, std::less<>> sources;  // how many a volume has
    };
    static void erase(Pins& pins, const SourceId& source);

    Guarded<Pins> pins_;
    std::atomic<bool> is_used_ = false;  // ever
};

}  // namespace millrace::pipeline
