#pragma once
// Purge: deletes a source for good, with its sinks, their versions and their tables.
//
// The source is deleted like any other first. When the rows it has accepted are imported, its
// tables, also those that its sinks had before their tableId was changed, are dropped and the
// definitions forgotten. What cannot be dropped is named, and then the
// source stays deleted as any other: it can be undeleted, and purged again. Tables that rows of
// other sinks still wait for, mapped before those sinks were given another table, cannot be.

#include <memory>

#include "api/control/services.h"

namespace millrace::control {

// Starts the task. `held` keeps others from bringing the source back as long as the task lives.
// Errors  conflict, stream.api.volumeFailed: there may be rows that nobody knows of
Result<Response> start_purge(const Services& services, const Call& call,
                             std::shared_ptr<void> held);

}  // namespace millrace::control
