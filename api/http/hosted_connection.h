#pragma once
// HostedConnection: a connection as its event loop has it, whichever protocol it speaks;
// ConnectionHost: what the connections of a loop share, and how they reach it.
//
// Lifetime  a connection is owned by its host, which deletes it in forget().
// Thread    the loop's.

#include <boost/intrusive/list.hpp>
#include <memory>
#include <utility>

#include "api/http/address_shares.h"
#include "api/http/answer_heads.h"
#include "api/http/budget.h"
#include "api/http/connection_counters.h"
#include "api/http/connection_limits.h"
#include "api/http/door.h"
#include "core/base/time.h"

namespace millrace::http {

class HostedConnection;

class ConnectionHost {
public:
    enum class Deadline { idle, head, body, paused, answer, drain };

    virtual ~ConnectionHost() = default;
    virtual Door& door() = 0;
    virtual ConnectionCounters& counters() = 0;
    virtual SteadyTime now() const = 0;
    virtual Budget& memory() = 0;  // of all connections, for bytes beyond the first few of each
    virtual const Limits& limits() const = 0;
    virtual const AnswerHeads& heads() const = 0;
    virtual bool is_stopping() const = 0;  // answers say Connection: close

    // Calls expire() when the connection has been left for the time of that kind; replaces a former
    // watch of it. unwatch() of one that is not watched does nothing.
    virtual void watch(HostedConnection& connection, Deadline kind) = 0;
    virtual void unwatch(HostedConnection& connection) = 0;

    // Calls resume() at the end of the turn.
    virtual void resume_later(HostedConnection& connection) = 0;

    // Deletes the connection.
    virtual void forget(HostedConnection& connection) = 0;

    // `next` goes on with the client of `old`, in its place, and is started; `old` is forgotten
    // later by itself.
    virtual void replace(HostedConnection& old, std::unique_ptr<HostedConnection> next) = 0;
};

class HostedConnection {
public:
    // `share` is that of the peer's address; null: it has none.
    explicit HostedConnection(std::shared_ptr<AddressShare> share) : share_(std::move(share)) {}
    virtual ~HostedConnection() = default;

    virtual void start() = 0;

    // The time of the kind it was watched for has passed.
    virtual void expire(ConnectionHost::Deadline kind) = 0;

    virtual void resume() = 0;

    // Closes at once if no request has begun; else after the answers.
    virtual void stop_when_idle() = 0;

    // Closes without an answer; the door has been abandoned before.
    virtual void abort() = 0;

    // Used by the host only.
    const std::shared_ptr<AddressShare>& share() const { return share_; }
    using AutoUnlink = boost::intrusive::link_mode<boost::intrusive::auto_unlink>;
    boost::intrusive::list_member_hook<AutoUnlink> deadline_hook;
    boost::intrusive::list_member_hook<AutoUnlink> host_hook;
    boost::intrusive::list_member_hook<AutoUnlink> resume_hook;
    SteadyTime watched_since;
    bool has_place = true;     // counts as a connection; otherwise it is being turned away
    bool is_replaced = false;  // by another one, which has its place

private:
    const std::shared_ptr<AddressShare> share_;
};

}  // namespace millrace::http
