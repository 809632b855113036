#pragma once
// RejectRetry: sends the rejects of a sink through its present mapping again.
//
// Those that can be mapped now become the rows of slices of their own, which the lifecycle uploads
// and imports like all others; the rest stay. A row that the database of its table had refused is
// not mapped again: it is such a row as it is, of the mapping that it had, and so goes to the table
// that refused it; refused again it is a reject again, with its new place. What a kind of source
// keeps as it came is read by it first: RejectReader.
//
// Whenever the process dies, every reject is either
// still kept or has become exactly one row (core/ports/reject_store.h).
//
// Thread  the strand of all changes: the mapping cannot change below a step. A step takes a few
//         hundred rejects, or as many as it can in a tenth of a second, and posts the next one, so
//         that other changes come in between. The strand's end is the end of a retry.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/definitions/definition_events.h"
#include "core/definitions/random_text.h"
#include "core/definitions/reject_reader.h"
#include "core/definitions/route_builder.h"
#include "core/model/sink.h"
#include "core/ports/clock.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/evaluator.h"
#include "core/ports/executor.h"
#include "core/ports/reject_store.h"
#include "core/ports/sealed_slices.h"

namespace millrace::definitions {

// Deletes the slice files of steps that did not come to their end. Before any step, and at start.
// One that cannot be deleted now is logged and stays announced: nothing else waits for it.
// Errors  those of `rejects`
Result<void> remove_announced_slices(RejectStore& rejects, SealedSlices& slices,
                                     const Events& events);

struct RetryCounts {
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;  // again: they are still kept
};

// Rows of rejects that become a slice together.
struct RetriedRows {
    std::string csv;
    std::uint64_t rows = 0;
    std::vector<Reject> rejects;
};

class RejectRetry {
public:
    struct Ports {
        DefinitionCatalog& catalog;
        RejectStore& rejects;
        SealedSlices& slices;
        Evaluator& evaluator;
        const Clock& clock;
        RandomText& random;
        Executor& strand;
        const RouteBuilder& routes;
        const Events& events;
        // Null: rejects of the source are what was kept.
        std::function<std::shared_ptr<RejectReader>(const Source&)> reader_of = nullptr;
    };
    using Done = std::function<void(Result<RetryCounts>)>;

    explicit RejectRetry(const Ports& ports) : ports_(ports) {}

    // Tries every reject that the sink has, once. What arrives meanwhile may be tried or not. Where
    // templates are busy it waits for them.
    // Errors  not_found: no such sink; conflict: it is disabled; overloaded: templates were busy
    //         for minutes; those of the catalog and the disk. What was accepted before an error
    //         stays so.
    void run(const SinkKey& sink, Done done) const;

private:
    struct Progress {
        SinkKey sink;
        Done done;
        std::uint64_t tried = 0;  // the number of the last reject that was
        int pauses = 0;           // for busy templates, since that one
        RetryCounts counts;
        std::shared_ptr<RejectReader> reader;
        std::string reader_details;  // of the source, when it was made
    };
    enum class Step { again, pause, finished };

    void step(const std::shared_ptr<Progress>& progress) const;
    Result<Step> try_some(Progress& progress) const;
    RejectReader* reader_of(const Source& source, Progress& progress) const;
    Result<void> accept(const SourceId& source, const SinkVersion& sink,
                        const RetriedRows& retried) const;

    const Ports ports_;
};

}  // namespace millrace::definitions
