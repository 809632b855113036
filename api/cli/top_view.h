#pragma once
// What `millrace top` shows of an overview of the service: as a screen, and as a line.
//
// See  docs/api.md, for the overview

#include <cstddef>
#include <string>

#include "api/cli/json_fields.h"

namespace millrace::cli {

struct ScreenSize {
    std::size_t width = 0;   // 0: nothing is cut
    std::size_t height = 0;  // 0: as long as it is
};

// Rates, levels, volumes, and the sinks that fail. `place` is where the service is. Lines that do
// not fit are counted in the last one.
std::string top_screen(const Json& overview, const std::string& place, const ScreenSize& size);

// The same in one line of "name=value", for where there is no screen.
std::string top_line(const Json& overview);

}  // namespace millrace::cli
