#pragma once
// SinkAccess: a target in which each sink has a role of its own, that may write to the bucket of
// its table and nothing else. Other targets are none, and their sinks have no token.
//
// Thread  any.

#include <string_view>

#include "core/base/result.h"
#include "core/model/sink.h"

namespace millrace {

// Name of the error when the role of a sink cannot import a file: it was dropped or changed, or
// lacks a right. The text has the remedy: to disable and enable the sink.
inline constexpr std::string_view kSinkRoleRefused = "sinkRoleRefused";

enum class Renewal { no, yes };

class SinkAccess {
public:
    virtual ~SinkAccess() = default;

    // Makes the role of the sink, or lets the one that is there write to the table of the sink,
    // which is there; with Renewal::yes also with another password. A target that may make no roles
    // goes on without, and its tokens say why.
    // Errors  unavailable; conflict: a role is wanted and cannot be made, with the remedy
    virtual Result<void> give_access(const Sink& sink, Renewal renewal) = 0;

    // The same with another password before the next import, without asking the database now.
    virtual Result<void> renew_access_later(const Sink& sink) = 0;

    // Drops the role of the sink, now or, where that cannot be, later by itself. What the sink has
    // accepted and is not imported yet is imported all the same.
    virtual void take_access(SinkNumber sink) = 0;
};

}  // namespace millrace
