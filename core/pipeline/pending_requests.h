#pragma once
// PendingRequests: the requests of a loop that wait for something else than the journal: for their
// templates, for their turn to be mapped in pieces, or for their rejects to be kept.
//
// A pending request keeps the route it came by. A change of its source is served only when all that
// were pending before it have gone, as their rows belong to the old mapping.
//
// Thread  its loop's.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>

#include "core/pipeline/request.h"
#include "core/pipeline/source_route.h"

namespace millrace::pipeline {

SourceAddress address_of(const SourceRoute& route);

class PendingRequests {
public:
    using Id = std::uint64_t;

    // Whether one more may wait.
    bool has_room() const;

    // Keeps the request; one that was pending before has its old place, and its id.
    Id add(RequestPtr request);

    // What is kept elsewhere for a request that is there.
    void set_bytes_elsewhere(Id id, std::size_t bytes);

    // Takes the request out; settle() when its rows are handed over. Null: it is not there.
    RequestPtr take(Id id);

    // Calls `then`, now or from settle(), when no request is left that was pending for `address`.
    void when_empty(const SourceAddress& address, std::function<void()> then);
    // Whether settle() would call somebody.
    bool is_awaited(const SourceAddress& address) const;
    bool is_awaited() const { return !waits_.empty(); }  // by anybody
    void settle();

    // Drops all requests and calls everybody.
    void clear();

private:
    struct Wait {
        SourceAddress address;
        Id before;
        std::function<void()> then;
    };
    bool is_left(const Wait& wait) const;

    std::map<Id, RequestPtr> requests_;
    std::size_t bytes_ = 0;
    Id next_ = 0;
    std::list<Wait> waits_;
};

}  // namespace millrace::pipeline
