#pragma once
// LoadCalls: the calls beside the load itself: commits and aborts of two phases, states, tables and
// lists of filtered rows.
//
// Lifetime  shared by the calls under way.
// Thread    any; each waits for the catalog or the disk.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/http/answer.h"
#include "api/stream_load/load_ports.h"
#include "core/base/result.h"
#include "core/model/load.h"

namespace millrace::stream_load {

// Headers of a commit or an abort.
struct TwoPhaseRequest {
    std::string database;
    std::string txn_id;  // or several, with commas between them; empty: the label says which
    std::string label;
    std::string operation;  // "commit", "abort"
};

class LoadCalls : public std::enable_shared_from_this<LoadCalls> {
public:
    using Answered = std::function<void(http::Answer answer)>;

    explicit LoadCalls(const LoadPorts& ports) : ports_(ports) {}

    // Both may be repeated: the answer is a success that says what had happened. That of a commit
    // is durable, and waits for no target. `answered` may be called by another thread. Of several
    // none is ended unless all can be; then they are one after the other.
    void end_two_phase(const TwoPhaseRequest& request, const Answered& answered);

    http::Answer load_state(const std::string& database, const std::string& label);
    http::Answer cancel(const std::string& database, const std::string& label);
    http::Answer schema(const std::string& database, const std::string& table);
    http::Answer count(const std::string& database, const std::string& table);
    http::Answer error_log(const std::string& name);

private:
    struct Several {
        std::vector<Load> loads;
        std::string subject;
        bool is_commit = false;
        std::size_t ended = 0;
    };

    Result<Load> find(const TwoPhaseRequest& request);
    Result<Several> find_all(const TwoPhaseRequest& request);
    void end_all(const TwoPhaseRequest& request, bool is_commit, const Answered& answered);
    void end_next(const std::shared_ptr<Several>& several, const Answered& answered);
    void commit(const Load& load, const std::string& subject, const Answered& answered);
    http::Answer committed(const Load& load, const std::string& subject,
                           const Result<Load>& outcome);
    http::Answer abort(const Load& load, const std::string& subject);
    http::Answer already_committed(const Load& load, const std::string& subject);
    bool is_imported(const Load& load);
    Result<std::optional<DefinedTable>> find_table(const std::string& database,
                                                   const std::string& table);

    const LoadPorts& ports_;
};

}  // namespace millrace::stream_load
