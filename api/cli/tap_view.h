#pragma once
// Lines of `millrace tap`: a request that a source has had.
//
// See  docs/api.md, for recent requests

#include <cstddef>
#include <string>

#include "api/cli/json_fields.h"

namespace millrace::cli {

struct TapView {
    std::size_t width = 0;  // of the terminal; 0: nothing is cut
    bool has_body = false;  // the beginning of the body is shown too
};

// When it came, what became of it, of how many records, where they went or why not. What each sink
// has against it stands below, a line each; the first line is in a colour where there are colours.
std::string tap_lines(const Json& request, const TapView& view);

}  // namespace millrace::cli
