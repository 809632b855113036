#pragma once
// Evaluator: evaluates templates that are not compiled (Jsonnet in full), away from the caller's
// thread.
//
// Thread  is_busy() and submit() from any and without waiting; check() from any, waits.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace {

// What templates see of a request. It owns its texts: it outlives the request's buffers.
struct TemplateRequest {
    WallTime arrived_at;
    std::string client_ip;
    std::vector<std::pair<std::string, std::string>> headers;  // canonical names, sorted, unique
};

// What they see of one of its records.
struct TemplateRecord {
    std::shared_ptr<const TemplateRequest> request;
    std::string body;                 // as sent
    bool is_json = false;             // `body` is a JSON text
    std::optional<std::string> json;  // the JSON text of a body that is a form
};

using TemplateTexts = std::vector<std::string>;

// Every template on every record.
struct TemplateBatch {
    // Of record r and template t, at [r * templates + t]: compact JSON, or
    //   invalid stream.in.templateFailed     it failed; the text is the cause
    //   invalid without a name               it needs a body that is neither JSON nor a form
    //   too_large stream.in.payloadTooLarge  the value is over its limit; the text says which
    //   overloaded stream.in.templatesBusy, .templatesUnavailable   it was not evaluated
    using Values = std::vector<Result<std::string>>;

    ProjectId project;
    // Valid ones. Batches that have the same object are of one source; sources have turns.
    std::shared_ptr<const TemplateTexts> templates;
    std::vector<TemplateRecord> records;
    std::function<void(Values)> done;  // called once, from a thread of the evaluator
};

class Evaluator {
public:
    virtual ~Evaluator() = default;

    // Whether none of them, a batch's own object, would be evaluated now, so that submit() need not
    // be tried.
    virtual bool is_busy(ProjectId project, const TemplateTexts& templates) = 0;

    // Errors, and `done` is not called then
    //   overloaded stream.in.templatesBusy         too much waits
    //   overloaded stream.in.templatesUnavailable  the machine has no thread or process for it now
    virtual Result<void> submit(TemplateBatch batch) = 0;

    // What is wrong with each text, as `1:1-8 Unknown variable: Invalid`; nothing where it is
    // right.
    // Errors  unavailable: no worker can be started
    virtual Result<std::vector<std::optional<std::string>>> check(const TemplateTexts& texts) = 0;
};

}  // namespace millrace
