#include "core/definitions/changes.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <map>
#include <utility>

#include "core/definitions/edit_context.h"
#include "core/definitions/route_builder.h"

namespace millrace::definitions {
namespace {

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

void close_all(Journal& journal, const std::vector<Closing>& closings, std::function<void()> done) {
    const auto closed = after(closings.size(), std::move(done));
    for (const auto& closing : closings) {
        journal.close_versions(closing.sink, closing.below, closed);
    }
}

// Sinks take up what the configuration of the node now says.
Result<void> follow_node(DefinitionCatalog& catalog, const SettingOverrides& node,
                         const Source& source, std::vector<Sink>& sinks) {
    DefinitionEdit edit;
    for (auto& sink : sinks) {
        const auto wanted = snapshot_of(sink, source, node);
        TRY_ASSIGN(const auto saved,
                   catalog.mapping({.sink = sink.number, .mapping = sink.mapping}));
        if (saved.settings == wanted.settings) continue;
        TRY_ASSIGN(sink.mapping, next_mapping(catalog, sink.number));
        edit.mappings.push_back({{.sink = sink.number, .mapping = sink.mapping}, wanted});
        edit.sinks.push_back(sink);
    }
    return edit.sinks.empty() ? Result<void>() : catalog.save(edit);
}

void tell_broken(const Events& events, const pipeline::SourceRoute& route) {
    for (const auto& [sink, problem] : route.broken) {
        events.sink_broken({.source = route.key, .sink = sink, .problem = problem});
    }
}

}  // namespace

void Changes::apply(const Edit& edit, Done done) {
    auto edited = edit();
    if (!edited.ok()) return done(std::move(edited).error());
    auto effect = std::move(edited).value();
    if (!effect) return done({});
    if (effect->route != nullptr) tell_broken(events_, *effect->route);

    ++under_way_;
    auto closed = [this, done = std::move(done)] {
        --under_way_;
        done({});
    };
    auto served = [&journal = journal_, closings = std::move(effect->closings),
                   closed = std::move(closed)] { close_all(journal, closings, closed); };
    routes_.publish(address_of(effect->source), std::move(effect->route), std::move(served));
}

Result<void> Changes::publish_all(std::function<void()> done) {
    TRY_ASSIGN(auto sources, catalog_.all_sources());
    std::vector<std::shared_ptr<const pipeline::SourceRoute>> routes;
    std::vector<Sink> active;
    for (const auto& source : sources) {
        TRY_ASSIGN(auto sinks, catalog_.all_sinks(source.key));
        TRY(follow_node(catalog_, node_, source, sinks)
                .in("settings of " + source.key.source.value));
        TRY_ASSIGN(auto route,
                   builder_.build(source, sinks).in("route of source " + source.key.source.value));
        tell_broken(events_, *route);
        routes.push_back(std::move(route));
        if (source.disabled) continue;
        std::copy_if(sinks.begin(), sinks.end(), std::back_inserter(active),
                     [](const Sink& sink) { return sink.is_active(); });
    }

    routes_.prepare(routes);
    // Shared, because each publication keeps a copy of the callback.
    const auto serving = std::make_shared<const std::vector<Sink>>(std::move(active));
    const auto served =
        after(routes.size(), [this, serving, done] { close_stale(*serving, done); });
    for (const auto& route : routes) routes_.publish(address_of(route->key), route, served);
    return {};
}

void Changes::close_stale(const std::vector<Sink>& active, std::function<void()> done) {
    std::map<SinkNumber, MappingVersion> in_force;
    for (const auto& sink : active) in_force[sink.number] = sink.mapping;

    std::map<SinkNumber, MappingVersion> below;
    for (const auto& file : journal_.open_files()) {
        const auto found = in_force.find(file.sink.sink);
        const bool is_active = found != in_force.end();
        if (is_active && file.sink.mapping >= found->second) continue;
        auto& limit = below[file.sink.sink];
        limit = is_active ? found->second
                          : std::max(limit, MappingVersion(file.sink.mapping.value + 1));
    }
    std::vector<Closing> closings;
    for (const auto& [sink, limit] : below) closings.push_back({.sink = sink, .below = limit});
    close_all(journal_, closings, std::move(done));
}

}  // namespace millrace::definitions
