#pragma once
// Mailbox: lets the threads of journal, rejects and templates reach what lives on a loop, for as
// long as it is there.
//
// Thread  close() and the steps: the loop's. What on_loop() returns: any.

#include <functional>
#include <memory>
#include <utility>

#include "core/base/guarded.h"

namespace millrace::pipeline {

// Runs a step on the loop's thread, later. Called from any thread.
using Post = std::function<void(std::function<void()>)>;

class Mailbox {
public:
    explicit Mailbox(Post post) : post_(std::make_shared<Guarded<Post>>(std::move(post))) {}
    ~Mailbox() { close(); }
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    // No step is run from now on, and the loop is not posted to any more.
    void close() {
        post_->with([](Post& post) { post = nullptr; });
    }

    // A callback that runs `step` on the loop, with copies of what it was called with, unless the
    // mailbox is closed by then.
    template <typename Step>
    auto on_loop(Step step) const {
        return [post = post_, step = std::move(step)](const auto&... arguments) {
            post->with([&](const Post& post_now) {
                if (post_now == nullptr) return;
                post_now([post, step, arguments...] {
                    const bool is_open =
                        post->with([](const Post& post_then) { return post_then != nullptr; });
                    if (is_open) step(arguments...);
                });
            });
        };
    }

private:
    const std::shared_ptr<Guarded<Post>> post_;
};

}  // namespace millrace::pipeline
