#pragma once
// Parking: the requests of a loop whose templates are being evaluated elsewhere, whose records are
// mapped in pieces, or whose rows wait until their rejects are kept.
//
// A parked request keeps the route it came by. A change of its source is served only when all that
// were parked before it have gone, as their rows belong to the old mapping.
//
// Thread  its loop's.

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/ingest/answer.h"
#include "api/ingest/keyed_request.h"
#include "core/mapping/record.h"
#include "core/model/settings.h"
#include "core/pipeline/source_route.h"

namespace millrace::ingest {

class Requester;

struct ParkedRequest {
    // Copies the record, whose buffers may go.
    ParkedRequest(const Record& from, pipeline::SourceAddress at);
    ParkedRequest(const ParkedRequest&) = delete;
    ParkedRequest& operator=(const ParkedRequest&) = delete;

    const pipeline::SourceAddress address;
    std::shared_ptr<const pipeline::SourceRoute> route;
    RecordForm form = RecordForm::single;
    Asked asked = {};
    Requester* requester = nullptr;
    std::unique_ptr<KeyedRequest> keyed;  // null: without a key
    std::size_t bytes_elsewhere = 0;      // kept for it until it is taken out

    const Record& record() const { return record_; }
    std::size_t bytes() const { return texts_.size() + bytes_elsewhere; }

private:
    std::string texts_;  // what the views of record_ see
    std::vector<RequestHeader> headers_;
    Record record_;
};

class Parking {
public:
    using Id = std::uint64_t;

    // Whether one more may park.
    bool has_room() const;

    Id park(std::unique_ptr<ParkedRequest> request);
    // In the place of the request that had this id and was taken out.
    Id park_again(Id id, std::unique_ptr<ParkedRequest> request);

    // What is kept elsewhere for a request that is there.
    void set_bytes_elsewhere(Id id, std::size_t bytes);

    // Takes the request out; settle() when its rows are handed over.
    std::unique_ptr<ParkedRequest> take(Id id);

    // Calls `then`, now or from settle(), when no request is left that was parked for `address`.
    void when_empty(const pipeline::SourceAddress& address, std::function<void()> then);
    // Whether settle() would call somebody.
    bool is_awaited(const pipeline::SourceAddress& address) const;
    void settle();

    // Forgets all requests and calls everybody.
    void clear();

private:
    struct Wait {
        pipeline::SourceAddress address;
        Id before;
        std::function<void()> then;
    };
    bool is_left(const Wait& wait) const;

    std::map<Id, std::unique_ptr<ParkedRequest>> requests_;
    std::size_t bytes_ = 0;
    Id next_ = 0;
    std::list<Wait> waits_;
};

}  // namespace millrace::ingest
