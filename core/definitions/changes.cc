#include "core/definitions/changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <utility>

#include "core/accounts/sink_account.h"
#include "core/definitions/edit_context.h"
#include "core/definitions/route_builder.h"

namespace millrace::definitions {
namespace {

constexpr auto kNowAtMost = std::chrono::seconds(30);

// A callback that calls `done` when it was called `times`; at once for none.
std::function<void()> after(std::size_t times, std::function<void()> done) {
    if (times == 0) {
        done();
        return [] {};
    }
    auto left = std::make_shared<std::atomic<std::size_t>>(times);
    return [left, done = std::move(done)] {
        if (left->fetch_sub(1) == 1) done();
    };
}

// Sinks take up what the configuration of the node now says.
Result<void> follow_node(const EditContext& edits, const Source& source, std::vector<Sink>& sinks) {
    auto& catalog = edits.catalog;
    DefinitionEdit edit;
    for (auto& sink : sinks) {
        const auto wanted = snapshot_of(sink, source, edits.node);
        TRY_ASSIGN(const auto saved,
                   catalog.mapping({.sink = sink.number, .mapping = sink.mapping}));
        if (saved.settings == wanted.settings) continue;
        TRY_ASSIGN(sink.mapping, next_mapping(catalog, sink.number));
        edit.mappings.push_back({{.sink = sink.number, .mapping = sink.mapping}, wanted});
        edit.sinks.push_back(sink);
    }
    return edit.sinks.empty() ? Result<void>() : catalog.save(edit);
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

Result<void> without_sinks(const Result<std::vector<SinkNumber>>& outcome) {
    return outcome.ok() ? Result<void>() : outcome.error();
}

}  // namespace

void Changes::make(Edit edit, std::shared_ptr<TaskMark> mark, Change::Done done) {
    const Change::Ports ports{.edits = ports_.edits,
                              .journal = ports_.journal,
                              .routes = ports_.routes,
                              .strand = ports_.strand,
                              .clock = ports_.clock,
                              .events = ports_.events,
                              .under_way = under_way_};
    std::make_shared<Change>(ports, std::move(edit), std::move(mark), std::move(done))->begin();
}

Result<Task> Changes::start(const NewTask& task, Edit edit, std::shared_ptr<void> held) {
    return ports_.tasks.start(
        task, [this, edit = std::move(edit), held = std::move(held)](
                  const std::shared_ptr<TaskMark>& mark, const TaskRunner::Done& done) {
            make(edit, mark, [held, done](const auto& ended) { done(without_sinks(ended)); });
        });
}

Result<Task> Changes::start_ending(const NewTask& task, Edit edit) {
    return ports_.tasks.start(task, [this, edit = std::move(edit)](
                                        const std::shared_ptr<TaskMark>& mark,
                                        const TaskRunner::Done& done) {
        const auto drained = [this, mark, done](Result<std::vector<accounts::WaitingRows>> left) {
            if (!left.ok()) return done(std::move(left).error());
            mark->result += left_text(left.value());
            done({});
        };
        make(edit, mark, [this, done, drained](const Result<std::vector<SinkNumber>>& ended) {
            if (!ended.ok()) return done(ended.error());
            ports_.strand.post([this, sinks = ended.value(), drained] {
                ports_.drain.wait(sinks, kDrainAtMost, drained);
            });
        });
    });
}

Result<void> Changes::make_now(Edit edit) {
    const auto promise = std::make_shared<std::promise<Result<void>>>();
    auto outcome = promise->get_future();
    ports_.strand.post([this, promise, edit = std::move(edit)] {
        make(edit, nullptr,
             [promise](const auto& ended) { promise->set_value(without_sinks(ended)); });
    });
    if (outcome.wait_for(kNowAtMost) != std::future_status::ready) {
        return Error(Code::unavailable, "the change is not in effect yet");
    }
    return outcome.get();
}

std::string Changes::left_text(const std::vector<accounts::WaitingRows>& left) const {
    std::string text;
    for (const auto& waiting : left) text += waiting_text(ports_.edits.catalog, waiting);
    if (const auto uncounted = accounts::uncounted_text(ports_.journal)) {
        text += fmt::format(" {}: they are kept and imported later.", *uncounted);
    }
    return text;
}

Result<void> Changes::publish_all(std::function<void()> done) {
    auto& catalog = ports_.edits.catalog;
    TRY_ASSIGN(auto sources, catalog.all_sources());
    std::vector<std::shared_ptr<const pipeline::SourceRoute>> routes;
    std::vector<Sink> active;
    for (const auto& source : sources) {
        TRY_ASSIGN(auto sinks, catalog.all_sinks(source.key));
        TRY(follow_node(ports_.edits, source, sinks).in("settings of " + source.key.source.value));
        TRY_ASSIGN(auto route, ports_.edits.routes.build(source, sinks)
                                   .in("route of source " + source.key.source.value));
        tell_broken(ports_.events, *route);
        routes.push_back(std::move(route));
        if (source.disabled) continue;
        std::copy_if(sinks.begin(), sinks.end(), std::back_inserter(active),
                     [](const Sink& sink) { return sink.is_active(); });
    }

    ports_.routes.prepare(routes);
    // Shared, because each publication keeps a copy of the callback.
    const auto serving = std::make_shared<const std::vector<Sink>>(std::move(active));
    const auto served =
        after(routes.size(), [this, serving, done] { close_stale(*serving, done); });
    for (const auto& route : routes) ports_.routes.publish(address_of(route->key), route, served);
    return {};
}

void Changes::close_stale(const std::vector<Sink>& active, std::function<void()> done) {
    std::map<SinkNumber, MappingVersion> in_force;
    for (const auto& sink : active) in_force[sink.number] = sink.mapping;

    std::map<SinkNumber, MappingVersion> below;
    for (const auto& file : ports_.journal.open_files()) {
        const auto found = in_force.find(file.sink.sink);
        const bool is_active = found != in_force.end();
        if (is_active && file.sink.mapping >= found->second) continue;
        auto& limit = below[file.sink.sink];
        limit = is_active ? found->second
                          : std::max(limit, MappingVersion(file.sink.mapping.value + 1));
    }
    const auto closed = after(below.size(), std::move(done));
    for (const auto& [sink, limit] : below) ports_.journal.close_versions(sink, limit, closed);
}

}  // namespace millrace::definitions
