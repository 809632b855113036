#pragma once
// Lists: ?afterId= and ?limit= of a request, and the `page` object of the answer.

#include <cstdint>
#include <string>

#include "api/control/http_message.h"
#include "api/control/render.h"
#include "core/base/result.h"
#include "core/ports/definition_catalog.h"

namespace millrace::control {

// limit is 1 to 100, by default 100.
// Errors  invalid
Result<PageRequest> parse_page(const Request& request);

// The limit alone, 1 to `most`; `usual` where it is not given.
// Errors  invalid
Result<std::uint32_t> parse_limit(const Request& request, std::uint32_t usual, std::uint32_t most);

// `last_id` is that of the last item; empty for an empty page.
OrderedJson render_page(const PageRequest& page, std::uint64_t total_count,
                        const std::string& last_id);

}  // namespace millrace::control
