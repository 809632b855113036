#pragma once
// TemplateJob: a batch that is being evaluated, item by item, maybe by several lanes.
//
// Thread  answer() from any, once for each item.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/evaluator.h"
#include "templates/worker_wire.h"

namespace millrace::templates {

// Errors of values, see core/ports/evaluator.h.
Error templates_busy();
Error templates_unavailable();
Error too_large(std::string text);

// How a job stands with the lane that evaluates suspects; of that lane.
struct Apart {
    enum class Standing { unasked, admitted, begun, refused } standing = Standing::unasked;
    std::vector<std::uint32_t> killed = {};  // evaluations, of each template
};

class TemplateJob {
public:
    explicit TemplateJob(TemplateBatch batch);

    std::size_t items() const { return values_.size(); }
    const TemplateRecord& record(const Item& item) const {
        return batch_.records[item.record_index];
    }
    const TemplateTexts& texts() const { return *batch_.templates; }
    const std::string& text(const Item& item) const {
        return (*batch_.templates)[item.template_index];
    }

    Apart apart;

    // Calls `done` of the batch with the last answer. Values of a batch are bounded in sum.
    void answer(const Item& item, Result<std::string> value);

private:
    TemplateBatch batch_;
    TemplateBatch::Values values_;
    std::atomic<std::size_t> left_;
    std::atomic<std::uint64_t> value_bytes_ = 0;
};

// An item of a job that waits for a lane.
struct QueuedItem {
    std::shared_ptr<TemplateJob> job;
    Item item;
    bool is_alone = false;    // to be a batch of its own, as a process has died beside it
    std::uint8_t losses = 0;  // of processes that were ended from outside while they evaluated it

    const TemplateRecord& record() const { return job->record(item); }
    const std::string& text() const { return job->text(item); }
    std::uint32_t& killed() const { return job->apart.killed[item.template_index]; }
    void answer(Result<std::string> value) const { job->answer(item, std::move(value)); }
};

}  // namespace millrace::templates
