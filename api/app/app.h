#pragma once
// App: the service. It and its kinds are the only places that name concrete classes.
//
// It owns everything in start order: what is declared later uses what is declared before it, and is
// stopped before it.
//
// Thread  start() and stop() from main's.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/app/kinds.h"
#include "api/config/config.h"
#include "core/base/result.h"

namespace millrace {

// Name of the error when another process has the data folder.
inline constexpr std::string_view kDataLocked = "dataLocked";

class App {
public:
    // Recovers the volume, publishes the routes, and returns when both ports accept and the ready
    // file is there.
    // Errors  conflict: another process has the data folder; others: why it cannot start
    static Result<std::unique_ptr<App>> start(const config::Config& config,
                                              const Kinds& kinds = built_in_kinds());

    virtual ~App() = default;

    // Takes no more requests, answers those in flight, ends the steps under way, writes a
    // checkpoint.
    virtual void stop() = 0;

    // Reads certificates again. False: it has none.
    virtual bool reload() = 0;
};

}  // namespace millrace
