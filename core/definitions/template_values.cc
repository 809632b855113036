#include "core/definitions/template_values.h"

#include <future>
#include <memory>
#include <utility>

#include "core/pipeline/template_inputs.h"

namespace millrace::definitions {
namespace {

constexpr Milliseconds kEvaluateAtMost{60'000};

}  // namespace

Result<TemplateBatch::Values> evaluate_templates(const Record& record,
                                                 const pipeline::SourceRoute& route, Rng& rng,
                                                 Evaluator& evaluator) {
    if (route.mapper.templates()->empty()) return TemplateBatch::Values{};
    pipeline::TemplateInputs inputs(rng);
    TRY_ASSIGN(auto batch, inputs.collect(record, RecordForm::single, route));
    // Shared: an evaluator that comes too late still has somebody to tell.
    const auto promise = std::make_shared<std::promise<TemplateBatch::Values>>();
    batch.done = [promise](TemplateBatch::Values values) { promise->set_value(std::move(values)); };
    auto future = promise->get_future();
    TRY(evaluator.submit(std::move(batch)));
    if (future.wait_for(kEvaluateAtMost) != std::future_status::ready) {
        return Error(Code::unavailable, "the templates take too long");
    }
    return future.get();
}

}  // namespace millrace::definitions
