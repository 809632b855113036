#pragma once
// ReaderInbox: what other threads have for the thread of a source: a changed route, the outcome of
// what it handed over, the end. All of it ends a wait for messages.
//
// Lifetime  shared with the callbacks that journal and rejects hold; they may come after the
//           reader is gone.
// Thread    any.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/pipeline/reject_queue.h"
#include "core/pipeline/source_route.h"
#include "core/ports/topic_reader.h"

namespace millrace::kafka {

class ReaderInbox {
public:
    struct RejectNews {
        std::uint64_t number = 0;  // of the question
        pipeline::RejectOutcome outcome = pipeline::RejectOutcome::failed;
    };
    struct News {
        bool has_route = false;
        std::shared_ptr<const pipeline::SourceRoute> route;  // null: none any more
        std::vector<std::function<void()>> served;           // to be called when it is served
        std::optional<Result<void>> batch;                   // of the one that the journal had
        std::optional<RejectNews> rejects;
        bool is_stopped = false;
    };

    // False, and nothing was taken: the reader has ended.
    bool put_route(const std::shared_ptr<const pipeline::SourceRoute>& route,
                   const std::function<void()>& served) {
        return put([&](News& news) {
            news.has_route = true;
            news.route = route;
            if (served) news.served.push_back(served);
        });
    }
    void put_batch(const Result<void>& outcome) {
        put([&](News& news) { news.batch = outcome; });
    }
    void put_rejects(const RejectNews& rejects) {
        put([&](News& news) { news.rejects = rejects; });
    }
    void stop() {
        put([](News& news) { news.is_stopped = true; });
    }

    // The reader that waits for messages; null: none.
    void attach(TopicReader* reader) {
        const std::lock_guard lock(mutex_);
        reader_ = reader;
    }

    // What has come; it is not there any more, but for the end.
    News take() {
        const std::lock_guard lock(mutex_);
        has_news_ = false;
        const bool is_stopped = news_.is_stopped;
        auto news = std::exchange(news_, {});
        news_.is_stopped = is_stopped;
        return news;
    }

    // Returns when there is something to take, or after `wait`.
    void wait(Milliseconds wait) {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, wait, [this] { return has_news_ || news_.is_stopped; });
    }

    // The reader ends, unless there is another route: false then.
    bool end() {
        const std::lock_guard lock(mutex_);
        if (news_.has_route) return false;
        is_ended_ = true;
        return true;
    }

    bool is_stopped() {
        const std::lock_guard lock(mutex_);
        return news_.is_stopped;
    }

    // Whether there is another route, or the end.
    bool has_orders() {
        const std::lock_guard lock(mutex_);
        return news_.is_stopped || news_.has_route;
    }

private:
    template <typename Put>
    bool put(Put change) {
        const std::lock_guard lock(mutex_);
        if (is_ended_) return false;
        change(news_);
        has_news_ = true;
        wake_.notify_all();
        if (reader_ != nullptr) reader_->wake();
        return true;
    }

    std::mutex mutex_;  // guards all below
    std::condition_variable wake_;
    News news_;
    bool has_news_ = false;
    bool is_ended_ = false;
    TopicReader* reader_ = nullptr;
};

}  // namespace millrace::kafka
