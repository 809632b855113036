#pragma once
// DividedRequest: the records of a request whose rows may be more than one write of the journal
// has, as several requests to the intake, and what became of all of them as one outcome.
//
// The parts are stored one by one: where one is answered with "later" others may be stored, and are
// stored twice when the whole request is sent again. So few parts are on their way at one time, and
// rather wait for room than be refused; what may be refused is, before anything of it is stored.
// A request with an idempotency key is not divided.
//
// Lifetime  until it has ended.
// Thread    its loop's.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/doors/refusal_log.h"
#include "api/http/budget.h"
#include "core/mapping/held_record.h"
#include "core/mapping/record.h"
#include "core/model/outcome.h"
#include "core/pipeline/intake.h"
#include "core/pipeline/request.h"

namespace millrace::otlp {

class DividedRequest {
public:
    // The outcome of all parts: an error where one is to be sent again.
    using Ended = std::function<void(const Outcome&)>;

    // Parts that have their turn later take of `memory`.
    DividedRequest(pipeline::Intake& intake, doors::RefusalLog& refusal_log, http::Budget& memory,
                   Ended ended)
        : intake_(intake), refusal_log_(refusal_log), memory_(memory), ended_(std::move(ended)) {}
    DividedRequest(const DividedRequest&) = delete;
    DividedRequest& operator=(const DividedRequest&) = delete;

    // `request` has lines of JSON, each with its line end; a part has about `part_bytes` of them,
    // or one. Once; what throws has submitted nothing, nor has what ends without memory for parts.
    void submit(const pipeline::Admission& admission, const Record& request,
                std::uint64_t part_bytes);

private:
    struct Part final : pipeline::Listener {
        void ended(const pipeline::Request& request, const pipeline::Place& place) override;
        std::string to_remember(const pipeline::Request& request) override;
        std::uint64_t replayed(const std::string& remembered) override;

        DividedRequest* whole = nullptr;
        std::size_t begin = 0;  // in the lines of the request
        std::size_t bytes = 0;
        std::uint64_t first = 0;  // of its records
        std::uint64_t records = 0;
    };

    void divide(std::string_view lines, std::uint64_t part_bytes);
    bool hold_rest(const Record& request);
    void go_on();
    void submit_next(const pipeline::Admission& admission, Record record, std::size_t from);
    void end_part(const Part& part, const pipeline::Request& request);
    void add(const Part& part, const Outcome& outcome);
    void refuse(const Part& part, const Error& error);
    void end_if_all_have();

    pipeline::Intake& intake_;
    doors::RefusalLog& refusal_log_;
    http::BudgetShare memory_;
    const Ended ended_;
    std::shared_ptr<const pipeline::SourceRoute> route_;
    mapping::HeldRecord held_;
    Record rest_;                // the request with the lines of parts that have their turn later
    std::size_t rest_from_ = 0;  // where they begin in those that were given
    std::vector<std::unique_ptr<Part>> parts_;
    std::size_t next_ = 0;  // of the parts
    std::size_t on_their_way_ = 0;
    bool is_submitting_ = false;
    Outcome outcome_;
};

}  // namespace millrace::otlp
