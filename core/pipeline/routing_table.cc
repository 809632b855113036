#include "core/pipeline/routing_table.h"

#include <utility>

namespace millrace::pipeline {

void RoutingTable::set(const SourceAddress& address, std::shared_ptr<const SourceRoute> route) {
    if (route == nullptr) {
        routes_.erase(address);
    } else {
        routes_.insert_or_assign(address, std::move(route));
    }
}

const std::shared_ptr<const SourceRoute>* RoutingTable::find(ProjectId project,
                                                             std::string_view source) const {
    const auto found = routes_.find(View{.project = project, .source = source});
    return found == routes_.end() ? nullptr : &found->second;
}

}  // namespace millrace::pipeline
