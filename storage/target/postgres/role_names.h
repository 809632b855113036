#pragma once
// RoleNames: what the roles of one target are called. They are derived, so that a crash leaves none
// that nobody finds again; and roles of a cluster have one space of names, so that they say which
// installation and which target they are of.
//
//   millrace_1a2b3c4d_0f1e2d3c_s17            the role of the sink 17
//   millrace_1a2b3c4d_0f1e2d3c_b_in.c-shop    the group of the sinks of the schema in.c-shop
//            space    target
//
// PostgreSQL cuts names above 63 bytes without a word; these are shorter.

#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/model/backend_names.h"

namespace millrace::postgres {

class RoleNames {
public:
    // `space` is that of the installation (SinkTokenStore::role_space).
    RoleNames(std::string_view space, const TargetName& target);

    std::string of_sink(SinkNumber sink) const;
    std::string of_schema(std::string_view schema) const;

    // What all of a kind begin with.
    const std::string& of_sinks() const { return of_sinks_; }
    const std::string& of_schemas() const { return of_schemas_; }

private:
    std::string of_sinks_;
    std::string of_schemas_;
};

}  // namespace millrace::postgres
