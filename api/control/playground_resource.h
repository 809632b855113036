#pragma once
// .../sources/{sourceId}/test-mapping and suggest-columns: what columns that are not saved would
// make of an event, and which ones an event could have.

#include <memory>

#include "api/control/places.h"
#include "api/control/test_resource.h"

namespace millrace::control {

// `places`: of those who try events.
void add_playground(Router& router, const TestApi& api, const std::shared_ptr<Places>& places);

}  // namespace millrace::control
