#include "api/control/services.h"

#include <fmt/format.h>

#include <chrono>
#include <future>
#include <utility>

#include "api/control/render.h"
#include "core/accounts/sink_account.h"

namespace millrace::control {
namespace {

constexpr auto kChangeNowAtMost = std::chrono::seconds(30);
constexpr Milliseconds kTriedFor = std::chrono::seconds(5);
constexpr Milliseconds kTriedEvery = std::chrono::milliseconds(200);

// An edit of a task, and what of it is kept while its table is locked.
struct Attempt {
    std::shared_ptr<TaskMark> mark;
    Edit edit;
    definitions::Changes::Done done;
    SteadyTime until;
};

// Tries the edit, and again later as long as it may: other changes go on meanwhile.
void attempt(const Services& services, const std::shared_ptr<const Attempt>& tried) {
    auto context = services.edits;
    context.task = *tried->mark;
    auto edited = tried->edit(context);
    const auto next = services.clock.steady() + kTriedEvery;
    if (!edited.ok() && edited.error().code() == Code::unavailable && next <= tried->until) {
        services.strand.post_at(next, [&services, tried] { attempt(services, tried); });
        return;
    }
    *tried->mark = *context.task;
    services.changes.apply([&edited] { return std::move(edited); }, tried->done);
}

// "3 rows of the sink \"s\" ...": what a task says of rows that are not imported yet.
std::string waiting_text(DefinitionCatalog& catalog, const accounts::WaitingRows& waiting) {
    const auto sink = [&]() -> Result<std::string> {
        TRY_ASSIGN(const auto newest, catalog.newest_mapping(waiting.sink));
        TRY_ASSIGN(const auto mapping, catalog.mapping({.sink = waiting.sink, .mapping = newest}));
        return mapping.sink.sink.value;
    }();
    return fmt::format(
        " {} rows of the sink \"{}\" are not imported yet: they are kept and imported later.",
        waiting.rows, sink.ok() ? sink.value() : fmt::format("{}", waiting.sink.value));
}

}  // namespace

void apply_for_task(const Services& services, const std::shared_ptr<TaskMark>& mark,
                    const Edit& edit, definitions::Changes::Done done) {
    attempt(services,
            std::make_shared<const Attempt>(Attempt{.mark = mark,
                                                    .edit = edit,
                                                    .done = std::move(done),
                                                    .until = services.clock.steady() + kTriedFor}));
}

Result<Response> start_change(const Services& services, const definitions::NewTask& task, Edit edit,
                              std::shared_ptr<void> held) {
    TRY_ASSIGN(
        const auto started,
        services.tasks.start(
            task, [&services, edit = std::move(edit), held = std::move(held)](
                      const std::shared_ptr<TaskMark>& mark, definitions::TaskRunner::Done done) {
                apply_for_task(services, mark, edit,
                               [held, done = std::move(done)](Result<void> outcome) {
                                   done(std::move(outcome));
                               });
            }));
    return json_response(202, render_task(started, services.scope));
}

Result<Response> start_ending(const Services& services, const definitions::NewTask& task,
                              Edit edit) {
    const auto work = [&services, edit = std::move(edit)](const std::shared_ptr<TaskMark>& mark,
                                                          definitions::TaskRunner::Done done) {
        const auto ended = std::make_shared<std::vector<SinkNumber>>();
        const auto noting =
            [edit, ended](
                definitions::EditContext& context) -> Result<std::optional<definitions::Effect>> {
            TRY_ASSIGN(auto effect, edit(context));
            if (!effect) return effect;
            for (const auto& closing : effect->closings) ended->push_back(closing.sink);
            return effect;
        };
        const auto drained = [&services, mark,
                              done](Result<std::vector<accounts::WaitingRows>> left) {
            if (!left.ok()) return done(std::move(left).error());
            for (const auto& waiting : left.value()) {
                mark->result += waiting_text(services.catalog, waiting);
            }
            if (const auto text = accounts::uncounted_text(services.journal)) {
                mark->result += fmt::format(" {}: they are kept and imported later.", *text);
            }
            done({});
        };
        apply_for_task(services, mark, noting,
                       [&services, ended, done, drained](Result<void> outcome) {
                           if (!outcome.ok()) return done(std::move(outcome));
                           services.strand.post([&services, ended, drained] {
                               services.drain.wait(*ended, kDrainAtMost, drained);
                           });
                       });
    };
    TRY_ASSIGN(const auto started, services.tasks.start(task, work));
    return json_response(202, render_task(started, services.scope));
}

Result<void> change_now(const Services& services, Edit edit) {
    const auto promise = std::make_shared<std::promise<Result<void>>>();
    auto outcome = promise->get_future();
    services.strand.post([&services, promise, edit = std::move(edit)] {
        services.changes.apply([&] { return edit(services.edits); },
                               [promise](Result<void> result) { promise->set_value(result); });
    });
    if (outcome.wait_for(kChangeNowAtMost) != std::future_status::ready) {
        return Error(Code::unavailable, "the change is not in effect yet");
    }
    return outcome.get();
}

}  // namespace millrace::control
