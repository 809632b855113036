#include "api/app/pinot_resource_kind.h"

#include <utility>

#include "api/pinot/pinot_resource.h"

namespace millrace {

ResourceKind pinot_resource_kind(std::shared_ptr<const kafka::SourceWatches> watches) {
    return {.make = [watches = std::move(watches)](const ResourcePorts& ports) {
        const auto& config = ports.config.pinot;
        const pinot::PinotPorts own{
            .documents = ports.documents,
            .query = dynamic_cast<TableQuery*>(ports.targets.find(kDefaultTarget)),
            .watches = watches,
            .options = {.is_open = config.open == "yes",
                        .bucket = config.bucket,
                        .freshness = config.freshness,
                        .query_time = config.query_time,
                        .query_bytes = config.query_bytes,
                        .query_rows = config.query_rows}};
        return [own](control::Router& router, const control::ResourceParts& parts) {
            pinot::add_pinot(router, parts, own);
        };
    }};
}

}  // namespace millrace
