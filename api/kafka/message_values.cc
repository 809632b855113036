#include "api/kafka/message_values.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace millrace::kafka {
namespace {

constexpr std::size_t kMessagesMax = 500;
constexpr std::size_t kBytesMax = 8 << 20;

struct Evaluation {
    std::mutex mutex;
    std::condition_variable wake;
    std::optional<TemplateBatch::Values> values;
};

}  // namespace

Result<bool> MessageValues::evaluate(const pipeline::SourceRoute& route, BatchMaker& maker,
                                     std::span<const FetchedMessage> messages, const Instant& at) {
    TemplateBatch batch{.project = route.key.project, .templates = route.mapper.templates()};
    std::size_t bytes = 0;
    std::size_t count = 0;
    for (const auto& message : messages) {
        if (count == kMessagesMax || bytes >= kBytesMax) break;
        if (auto collected = maker.collect(message, at, batch); !collected.ok()) {
            if (count > 0) break;
            return std::move(collected).error();
        }
        if (message.value) bytes += message.value->size();
        ++count;
    }
    values_.clear();
    left_ = {};
    if (batch.records.empty()) {
        messages_ = count;
        return true;
    }
    const auto evaluation = std::make_shared<Evaluation>();
    batch.done = [evaluation](TemplateBatch::Values values) {
        const std::lock_guard lock(evaluation->mutex);
        evaluation->values = std::move(values);
        evaluation->wake.notify_all();
    };
    TRY(evaluator_.submit(std::move(batch)));
    // Templates end by limits of their own.
    std::unique_lock lock(evaluation->mutex);
    while (!evaluation->values) {
        evaluation->wake.wait_for(lock, look_);
        if (!evaluation->values && inbox_.is_stopped()) return false;
    }
    values_ = std::move(*evaluation->values);
    left_ = values_;
    messages_ = count;
    return true;
}

}  // namespace millrace::kafka
