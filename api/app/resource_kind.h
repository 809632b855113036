#pragma once
// ResourceKind: endpoints of the API port that are a module of their own: in the form of another
// product, or a page.

#include <functional>

#include "api/config/config.h"
#include "api/control/resource_parts.h"
#include "core/lifecycle/backends.h"
#include "core/ports/document_store.h"

namespace millrace {

struct ResourcePorts {
    const config::Config& config;
    DocumentStore& documents;
    const lifecycle::Targets& targets;
};

struct ResourceKind {
    std::function<control::AddResource(const ResourcePorts& ports)> make;
};

}  // namespace millrace
