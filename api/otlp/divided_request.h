#pragma once
// DividedRequest: the records of a request whose rows may be more than one write of the journal
// has, as several requests to the intake, and what became of all of them as one outcome.
//
// The parts are stored one by one: where one is answered with "later" others may be stored, and are
// stored twice when the whole request is sent again. So a request with an idempotency key is not
// divided.
//
// Lifetime  until it has ended.
// Thread    its loop's.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/doors/refusal_log.h"
#include "core/mapping/record.h"
#include "core/model/outcome.h"
#include "core/pipeline/intake.h"
#include "core/pipeline/request.h"

namespace millrace::otlp {

class DividedRequest {
public:
    // The outcome of all parts: an error where one is to be sent again.
    using Ended = std::function<void(const Outcome&)>;

    DividedRequest(doors::RefusalLog& refusal_log, Ended ended)
        : refusal_log_(refusal_log), ended_(std::move(ended)) {}
    DividedRequest(const DividedRequest&) = delete;
    DividedRequest& operator=(const DividedRequest&) = delete;

    // `request` has lines of JSON, each with its line end; a part has about `part_bytes` of them,
    // or one. Once; what throws has submitted nothing.
    void submit(pipeline::Intake& intake, const pipeline::Admission& admission,
                const Record& request, std::uint64_t part_bytes);

private:
    struct Part final : pipeline::Listener {
        void ended(const pipeline::Request& request, const pipeline::Place& place) override;
        std::string to_remember(const pipeline::Request& request) override;
        std::uint64_t replayed(const std::string& remembered) override;

        DividedRequest* whole = nullptr;
        std::string_view lines;
        std::uint64_t first = 0;  // of its records
        std::uint64_t records = 0;
    };

    void divide(std::string_view lines, std::uint64_t part_bytes);
    void end_part(const Part& part, const pipeline::Request& request);
    void add(const Part& part, const Outcome& outcome);
    void refuse(const Part& part, const Error& error);
    void submit_part(pipeline::Intake& intake, const pipeline::Admission& admission,
                     const Record& request, Part& part);
    void end_if_all_have();

    doors::RefusalLog& refusal_log_;
    const Ended ended_;
    std::vector<std::unique_ptr<Part>> parts_;
    std::size_t left_ = 0;  // that have not ended
    bool is_submitting_ = false;
    std::size_t sinks_ = 0;  // of the route
    Outcome outcome_;
};

}  // namespace millrace::otlp
