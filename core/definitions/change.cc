#include "core/definitions/change.h"

#include <chrono>
#include <utility>

#include "core/definitions/route_builder.h"

namespace millrace::definitions {
namespace {

constexpr Milliseconds kTriedFor = std::chrono::seconds(5);
constexpr Milliseconds kTriedEvery = std::chrono::milliseconds(200);

}  // namespace

Change::Change(const Ports& ports, Edit edit, std::shared_ptr<TaskMark> mark, Done done)
    : ports_(ports),
      edit_(std::move(edit)),
      mark_(std::move(mark)),
      done_(std::move(done)),
      tries_until_(ports.clock.steady() + kTriedFor) {}

void Change::edit() {
    auto context = ports_.edits;
    if (mark_) context.task = *mark_;
    auto edited = edit_(context);
    if (!edited.ok()) {
        const auto next = ports_.clock.steady() + kTriedEvery;
        const bool is_locked = edited.error().code() == Code::unavailable;
        if (!mark_ || !is_locked || next > tries_until_) return done_(std::move(edited).error());
        return ports_.strand.post_at(next, [self = shared_from_this()] { self->edit(); });
    }
    if (mark_) *mark_ = *context.task;
    if (!edited.value()) return done_(std::vector<SinkNumber>());
    effect_ = *std::move(edited).value();
    publish();
}

void Change::publish() {
    if (effect_.route != nullptr) tell_broken(ports_.events, *effect_.route);
    ++ports_.under_way;
    ports_.routes.publish(address_of(effect_.source), effect_.route,
                          [self = shared_from_this()] { self->close(); });
}

void Change::close() {
    if (effect_.closings.empty()) return end();
    open_ = effect_.closings.size();
    for (const auto& closing : effect_.closings) {
        ports_.journal.close_versions(closing.sink, closing.below, [self = shared_from_this()] {
            if (self->open_.fetch_sub(1) == 1) self->end();
        });
    }
}

void Change::end() {
    --ports_.under_way;
    std::vector<SinkNumber> closed;
    for (const auto& closing : effect_.closings) closed.push_back(closing.sink);
    done_(std::move(closed));
}

}  // namespace millrace::definitions
