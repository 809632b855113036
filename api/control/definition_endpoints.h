#pragma once
// What the resources of sources and those of sinks have in common, by the type of the key.

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/control/render.h"
#include "api/control/router.h"
#include "api/control/seen_version.h"
#include "core/base/client_text.h"
#include "core/definitions/changes.h"
#include "core/definitions/definition_errors.h"
#include "core/definitions/edit_context.h"
#include "core/definitions/restore_edits.h"
#include "core/definitions/sink_edits.h"
#include "core/definitions/source_edits.h"
#include "core/definitions/versions.h"

namespace millrace::control {

// The source or the sink that a call is about.
template <typename Key>
const Key& key_of(const Call& call);
template <>
inline const SourceKey& key_of(const Call& call) {
    return call.source;
}
template <>
inline const SinkKey& key_of(const Call& call) {
    return call.sink;
}

inline definitions::NewTask task_of(const SourceKey& key, std::string operation, std::string text) {
    return {.operation = std::move(operation),
            .source = key,
            .sink = std::nullopt,
            .success_text = std::move(text)};
}
inline definitions::NewTask task_of(const SinkKey& key, std::string operation, std::string text) {
    return {.operation = std::move(operation),
            .source = key.source,
            .sink = key.sink,
            .success_text = std::move(text)};
}

// "disable.source" with "Source has been disabled successfully." and the like.
template <typename Key>
definitions::NewTask task_of(const Key& key, std::string_view verb) {
    const auto noun = definitions::noun(key);
    return task_of(key, fmt::format("{}.{}", verb, noun),
                   as_sentence(fmt::format("{} has been {}d successfully", noun, verb)));
}

// 202 with the task, if it could be started.
inline Result<Response> accepted(const Result<Task>& started, const Scope& scope) {
    if (!started.ok()) return started.error();
    return task_response(started.value(), scope);
}

// An edit that needs only the key and who makes it.
template <typename Key>
using PlainEdit = definitions::Edited (*)(definitions::EditContext&, const Key&, const Stamp&);

template <typename Key>
definitions::Edit edit_of(const Call& call, PlainEdit<Key> edit) {
    return [key = key_of<Key>(call), stamp = call.stamp, edit](definitions::EditContext& context) {
        return edit(context, key, stamp);
    };
}

// The definition that the call wants to change.
// Errors  not_found; conflict: no version is left
template <typename Key>
Result<void> check_can_change(const definitions::EditContext& edits, const Key& key) {
    TRY_ASSIGN(const auto thing, definitions::load(edits.catalog, key));
    return definitions::check_version_left(thing, edits.definitions);
}

// The handlers of what is said alike of sources and of sinks; `Api` has scope, edits and changes.

template <typename Key, typename Api>
Result<Response> get_definition(const Api& api, const Call& call) {
    TRY_ASSIGN(const auto thing, definitions::load(api.edits.catalog, key_of<Key>(call)));
    return with_etag(json_response(200, render(thing, api.scope)), thing.version);
}

// What a change of the definition asks that it is still.
// Errors  invalid; not_found; conflict: it is another version by now
template <typename Key, typename Api>
Result<SeenVersions> seen_of(const Api& api, const Call& call) {
    TRY_ASSIGN(auto seen, seen_versions(call.request));
    TRY(check_seen(api.edits.catalog, key_of<Key>(call), seen));
    return seen;
}

template <typename Key, typename Api>
Result<Response> disable_definition(const Api& api, const Call& call) {
    const auto& key = key_of<Key>(call);
    TRY(definitions::load(api.edits.catalog, key));
    TRY_ASSIGN(auto seen, seen_of<Key>(api, call));
    return accepted(
        api.changes.start_ending(
            task_of(key, "disable"),
            unless_changed(key, std::move(seen), edit_of<Key>(call, definitions::disable))),
        api.scope);
}

template <typename Key, typename Api>
Result<Response> enable_definition(const Api& api, const Call& call) {
    const auto& key = key_of<Key>(call);
    TRY(definitions::load(api.edits.catalog, key));
    TRY_ASSIGN(auto seen, seen_of<Key>(api, call));
    return accepted(api.changes.start(task_of(key, "enable"),
                                      unless_changed(key, std::move(seen),
                                                     edit_of<Key>(call, definitions::enable))),
                    api.scope);
}

template <typename Key, typename Api>
Result<Response> remove_definition(const Api& api, const Call& call) {
    const auto& key = key_of<Key>(call);
    TRY(definitions::load(api.edits.catalog, key));
    TRY_ASSIGN(auto seen, seen_of<Key>(api, call));
    return accepted(
        api.changes.start_ending(
            task_of(key, "delete"),
            unless_changed(key, std::move(seen), edit_of<Key>(call, definitions::remove))),
        api.scope);
}

// `update` is what the body of the request says.
template <typename Key, typename Api, typename Update>
Result<Response> update_definition(const Api& api, const Call& call, Update update) {
    const auto& key = key_of<Key>(call);
    TRY_ASSIGN(auto seen, seen_of<Key>(api, call));
    const auto edit = [key, update = std::move(update),
                       stamp = call.stamp](definitions::EditContext& context) {
        return definitions::update(context, key, update, stamp);
    };
    return accepted(
        api.changes.start(task_of(key, "update"), unless_changed(key, std::move(seen), edit)),
        api.scope);
}

// `wanted` is new; `reservation` is of its id, and null if another request has that.
template <typename New, typename Api>
Result<Response> create_definition(const Api& api, const Call& call, New wanted,
                                   std::shared_ptr<void> reservation) {
    const auto key = wanted.key;
    if (reservation == nullptr) return definitions::already_exists(key);
    TRY(definitions::check_can_create(api.edits, wanted));
    return accepted(
        api.changes.start(
            task_of(key, "create"),
            [wanted = std::move(wanted), stamp = call.stamp](definitions::EditContext& context) {
                return definitions::create(context, wanted, stamp);
            },
            std::move(reservation)),
        api.scope);
}

}  // namespace millrace::control
