#pragma once
// RoleTarget: a target in memory whose sinks have roles of their own. It keeps what it was asked.

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "core/ports/sink_access.h"
#include "tests/support/manual_ports.h"

namespace millrace::fakes {

class RoleTarget final : public MemoryTarget, public SinkAccess {
public:
    using MemoryTarget::MemoryTarget;

    Result<void> give_access(const Sink& sink, Renewal renewal) override {
        if (no_roles) return *no_roles;
        roles.push_back(fmt::format("{} {} {}", renewal == Renewal::yes ? "renew" : "give",
                                    sink.number.value, sink.table.text()));
        return {};
    }
    Result<void> renew_access_later(const Sink& sink) override {
        roles.push_back(fmt::format("renew {} later", sink.number.value));
        return {};
    }
    void take_access(SinkNumber sink) override {
        roles.push_back(fmt::format("take {}", sink.value));
    }

    // What was asked since the last call.
    std::vector<std::string> asked() { return std::exchange(roles, {}); }

    std::vector<std::string> roles;
    std::optional<Error> no_roles;
};

}  // namespace millrace::fakes
