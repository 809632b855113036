#pragma once
// SinkRoleKeeper: the roles of the sinks of one target: made, renewed and dropped in the database,
// with a token of each in the catalog.
//
// The token is saved as due first, with the password that the role will have; then the database is
// changed; then the token is ready. Whatever ends the process in between, the next import of the
// sink does what is due again. Tokens that nobody uses, and roles without a token, are dropped by
// tidy().
//
// Lifetime  the pool and what RoleOptions names must outlive it.
// Thread    any; changes are made one after the other.

#include <functional>
#include <mutex>
#include <string>

#include "core/base/result.h"
#include "core/model/backend_names.h"
#include "core/model/sink_token.h"
#include "core/ports/clock.h"
#include "core/ports/rng.h"
#include "core/ports/sink_access.h"
#include "core/ports/sink_token_store.h"
#include "core/ports/target.h"
#include "storage/target/postgres/pool.h"
#include "storage/target/postgres/role_names.h"

namespace millrace::postgres {

enum class RoleUse {
    off,        // all is written by the role of the dsn
    automatic,  // by roles of sinks, where they can be made
    on          // by roles of sinks, or not at all
};

struct RoleOptions {
    RoleUse use = RoleUse::automatic;
    TargetName target;
    SinkTokenStore& tokens;
    const Clock& clock;
    Rng& random;
    // A sink goes on without a role of its own; for each reason once, but for a role of the dsn
    // that may create none: that is known at the start.
    std::function<void(const SinkToken& refused)> tell_refused;
};

class SinkRoleKeeper final : public SinkAccess {
public:
    SinkRoleKeeper(Pool& pool, RoleOptions options);

    Result<void> give_access(const Sink& sink, Renewal renewal) override;
    Result<void> renew_access_later(const Sink& sink) override;
    void take_access(SinkNumber sink) override;

    // Who writes the file: the role of its sink, if that has one for the schema of the table. What
    // a sink accepted before it was deleted, or was given another schema, is written by the role of
    // the dsn, as are files of loads.
    // Errors  those of give_access(), if its role is due; conflict, named kSinkRoleRefused:
    //         RoleUse::on, and it cannot be made
    Result<Login> login_of(const ImportRequest& request);

    // Drops what is left over, as far as that can be done now.
    // Errors  conflict: something of the database belongs to such a role
    Result<void> tidy();

    // Errors  conflict: RoleUse::on, and the role of the session may not create any
    Result<void> probe(Connection& connection) const;

private:
    Result<RoleNames> names();
    // With the mutex held.
    Result<void> make(SinkToken& token);
    Result<void> make_role(const SinkToken& token, const RoleNames& names);
    Result<void> try_login(const SinkToken& token, const RoleNames& names);
    Result<void> drop(const SinkToken& token);
    Result<void> drop_role(const std::string& role);
    Result<void> drop_unused();
    Result<void> drop_strangers();

    Pool& pool_;
    const RoleOptions options_;
    std::mutex mutex_;
    bool has_looked_ = false;  // for sinks without a token, and roles without one
    std::string told_;         // the last reason
};

// What a failure of an import by a role of a sink says, with the remedy.
Error role_cannot(const std::string& role, const Error& why);

}  // namespace millrace::postgres
