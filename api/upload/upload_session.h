#pragma once
// UploadSession: one upload, from the head of its request to its answer.
//
//   starting --the operation has begun--> receiving --body is whole--> ending --> over
//      |                                     |  '--cut, commitOnDisconnect--^
//      '--------- refused, wrong, cut -------+---> cancelling --> over
//
// The loop puts bytes into an inbox of bounded size and goes on; a thread of the pool takes them
// out, reads rows and hands them to the operation. It is woken again, so no upload keeps a thread
// while it waits for its client, its disk or its table. A full inbox pauses the body; a full
// operation leaves the inbox full.
//
// Lifetime  in LiveUploads until it is over; shared by its exchange and by tasks under way.
// Thread    give(), end_body(), cut() and on_strand() from any; all else, and the events, on its
//           strand: a thread of the pool, one at a time.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/stream_decoder.h"
#include "api/upload/upload_outcome.h"
#include "api/upload/upload_ports.h"
#include "api/upload/upload_request.h"
#include "api/upload/write_operation.h"
#include "core/base/guarded.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/bulk/upload_reader.h"
#include "core/model/defined_table.h"
#include "core/pipeline/woken_work.h"

namespace millrace::upload {

struct UploadOrder {
    UploadRequest request;  // with a request id and a query id
    std::string table;
    bool wants_progress = false;  // while it runs
};

class UploadSession : public std::enable_shared_from_this<UploadSession> {
public:
    struct Events {
        std::function<void()> want_body;  // the first or more of it
        std::function<void(const UploadProgress& now)> progress;
        std::function<void(const UploadOutcome& outcome)> answer;  // once
    };

    UploadSession(const UploadPorts& ports, UploadOrder order, Events events);

    // Before all others.
    void start();

    // The next piece of the body. False: no more until want_body().
    bool give(std::string_view piece);
    void end_body();

    // Nothing more will come of the body: it is cancelled, or saved with the records that are whole
    // if that was asked for. Nothing happens once the body is whole.
    void cut(const Error& why);
    // The body cannot be read on: it is cancelled.
    void refuse_body(const Error& why);

private:
    enum class Phase { starting, receiving, ending, cancelling, over };
    struct Inbox {
        std::string bytes;
        bool is_full = false;
        bool is_whole = false;
        bool is_over = false;  // takes nothing any more
        std::optional<Error> cut;
        bool is_refused = false;  // by `cut`
        std::vector<std::function<void()>> acts;
    };

    template <typename Change>
    void change(Change change);
    void wake();
    void work();
    void on_strand(std::function<void()> act);
    void run_acts();
    void step();
    void take();

    Result<void> begin();
    Result<DefinedTable> find_table() const;
    Result<bulk::UploadSpec> spec_of(const DefinedTable& table) const;
    Result<void> check_volume_of(const DefinedTable& table) const;
    Result<void> replay(const Load& first);
    bool is_other_waiting() const;
    void replayed(const Load& first);

    void receive();
    Result<void> consume();
    Result<void> read(std::string_view coded);
    Result<void> hold_unfinished(std::size_t fed, std::uint64_t records_before);
    void finish();
    Result<void> finish_rows(bool is_whole);
    void report();
    void ended(const Result<OperationEnd>& end);

    void fail(const Error& error);
    void answer();

    const UploadPorts& ports_;
    const Events events_;
    const UploadOrder order_;
    Guarded<Inbox> inbox_;
    pipeline::WokenWork work_;

    // Of the strand:
    Phase phase_ = Phase::starting;
    std::string bytes_;     // taken from the inbox
    std::size_t read_ = 0;  // of bytes_
    bool is_whole_ = false;
    std::optional<Error> cut_;
    bool is_refused_ = false;
    std::unique_ptr<http::StreamDecoder> decoder_;
    std::unique_ptr<bulk::UploadReader> reader_;
    std::shared_ptr<WriteOperation> operation_;
    std::uint64_t body_bytes_ = 0;
    std::uint64_t unfinished_bytes_ = 0;  // of a record whose end has not come
    std::uint64_t held_bytes_ = 0;        // for it
    UploadProgress told_;
    SteadyTime synced_;
    UploadOutcome outcome_;
    SteadyTime began_;
};

}  // namespace millrace::upload
