#pragma once
// LoadSession: one Stream Load, from the head of its request to its answer.
//
//   starting --the load has begun--> receiving --body is whole--> ending --answer--> over
//      |                                |
//      '----------- refused, given up, no rows that fit ----------------------------> over
//
// The loop puts bytes into an inbox of bounded size and goes on; a thread of the pool takes them
// out, parses them and writes the rows. It is woken by each piece, so that no load keeps a thread,
// however fast its client is. While the inbox is full the body is paused.
//
// Parquet is read once its body is whole, and by a few loads at a time; the others wait without a
// thread.
//
// From `ending` on nobody can give it up: the client may be gone, and the load is committed.
//
// Lifetime  shared by its exchange and by the tasks under way.
// Thread    give(), end_body() and give_up() from any; events come from threads of the pool.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/stream_load/load_ports.h"
#include "api/stream_load/load_request.h"
#include "api/stream_load/load_result.h"
#include "api/stream_load/load_rows.h"
#include "core/base/guarded.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/defined_table.h"
#include "core/pipeline/turns.h"
#include "core/pipeline/woken_work.h"

namespace millrace::stream_load {

inline constexpr Milliseconds kUsualTime = std::chrono::seconds(300);

struct LoadOrder {
    LoadRequest request;
    std::string database;
    std::string table;
    std::string error_log_url;          // up to the name of the list
    std::uint64_t announced_bytes = 0;  // of the body; 0: it does not say
};

class LoadSession : public std::enable_shared_from_this<LoadSession> {
public:
    struct Events {
        std::function<void()> want_body;                       // the first or more of it
        std::function<void(const LoadResult& result)> answer;  // once
    };

    LoadSession(const LoadPorts& ports, LoadOrder order, Events events);

    // Before all others.
    void start();

    // The next piece of the body. False: no more until want_body().
    bool give(std::string_view piece);
    void end_body();

    // The load ends without its rows, unless it is `ending`.
    void give_up(std::string_view reason);
    // The same: its body cannot be read on.
    void refuse_body(const Error& why);

private:
    enum class Phase { starting, receiving, ending, over };
    struct Inbox {
        std::string bytes;
        bool is_full = false;
        bool is_whole = false;
        std::optional<std::string> given_up;
        std::optional<Error> refused;  // the body
    };
    struct Taken {
        bool was_full = false;
        bool is_whole = false;
        std::optional<std::string> given_up;
        std::optional<Error> refused;
    };

    template <typename Change>
    void change(Change change);
    void wake();
    void work();
    void step();
    Taken take();

    Result<void> begin();
    Result<std::unique_ptr<bulk::BulkReader>> make_reader(const DefinedTable& table);
    Result<DefinedTable> find_table() const;
    Result<void> set_up_parquet();
    Result<void> check_given_up() const;
    bool may_read_file();
    Result<void> refuse_taken_label();
    Error label_exists(Load first);
    LoadSpec spec_of(const DefinedTable& table, VolumeId volume) const;

    Result<void> consume();
    void finish_body();
    void refuse(const Error& error);
    void prepare();
    void commit();
    void committed(Result<Load> outcome);
    void resolve(const Error& error);
    void then(std::function<void()> act);
    void wait_visible(const Load& load);
    // Why rows are not in their table.
    struct Held {
        std::optional<std::string> aside;    // the words of who has set them aside
        std::optional<std::string> failing;  // of the last import that failed
    };
    Held why_held(const Load& load) const;
    static std::string told_of(const Held& held);
    void not_visible();
    void keep_error_log(std::string_view more = {});

    // `but` is of a publish timeout.
    void succeed(LoadStatus status, std::string_view but = "data will be visible later");
    void abort_load(std::string_view reason);
    void fail(const Error& error, std::string_view cls);
    void answer();

    const LoadPorts& ports_;
    const Events events_;
    LoadOrder order_;
    Guarded<Inbox> inbox_;
    pipeline::WokenWork work_;

    std::atomic<Phase> phase_ = Phase::starting;

    // Of the thread that works on it:
    std::string bytes_;               // taken from the inbox
    std::unique_ptr<LoadRows> rows_;  // once the load has begun
    std::optional<pipeline::Turns::Turn> turn_;
    LoadResult result_;
    SteadyTime began_;
    SteadyTime commit_began_;
};

}  // namespace millrace::stream_load
