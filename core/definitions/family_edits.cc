#include "core/definitions/family_edits.h"

#include <utility>

#include "core/definitions/definition_errors.h"
#include "core/definitions/edit_steps.h"
#include "core/definitions/source_edits.h"
#include "core/definitions/versions.h"

namespace millrace::definitions {
namespace {

// The source after the edit.
Result<Source> source_after(EditContext& context, const WantedFamily& wanted, const Stamp& stamp) {
    TRY_ASSIGN(auto found, context.catalog.find_source(wanted.key));
    const bool is_there = found && !found->deleted;
    if (is_there && found->kind != wanted.kind) return already_exists(wanted.key);
    Source source;
    if (is_there) {
        source = *found;
    } else {
        TRY(check_can_create(context, NewSource{.key = wanted.key,
                                                .kind = wanted.kind,
                                                .details = {},
                                                .name = wanted.name,
                                                .description = wanted.description}));
        source.key = wanted.key;
        source.kind = wanted.kind;
        source.secret = Secret(context.random.make(kSecretLength));
        source.created = found ? found->created : stamp;
        if (found) source.version = found->version;
    }
    source.name = wanted.name;
    source.description = wanted.description;
    const auto before = found ? std::optional(found->details) : std::nullopt;
    TRY_ASSIGN(source.details,
               wanted.details(is_there ? before : std::nullopt, is_there ? std::nullopt : before));
    const auto& description = is_there ? wanted.change_description : std::string("New source.");
    TRY_ASSIGN(source.version, next_version(source, description, stamp, context.definitions));
    return source;
}

void set_sink(Sink& sink, const WantedFamily& wanted) {
    sink.name = wanted.sink.name;
    sink.description = wanted.sink.description;
    sink.target = wanted.sink.target;
    sink.table = wanted.sink.table;
    sink.columns = wanted.sink.columns;
    sink.settings = wanted.sink_settings;
}

// Adds a sink that is not there, or deleted.
Result<void> add_new_sink(EditContext& context, const Source& source, const WantedFamily& wanted,
                          const std::optional<Sink>& before, const Stamp& stamp,
                          FamilyChange& change) {
    Sink sink;
    sink.key = wanted.sink.key;
    set_sink(sink, wanted);
    TRY(ensure_table(context, sink));
    sink.created = before ? before->created : stamp;
    if (source.disabled) sink.disabled = disabled_with_source(stamp);
    if (before) {
        sink.number = before->number;
        sink.version = before->version;
    } else {
        TRY_ASSIGN(sink.number, context.catalog.next_sink_number());
    }
    TRY(give_access(context, sink, Renewal::yes));
    TRY(add_mapping(context, source, sink, change));
    if (!before) change.closings.clear();  // it has no files yet
    TRY_ASSIGN(sink.version, next_version(sink, "New sink.", stamp, context.definitions));
    change.sinks.push_back(std::move(sink));
    return {};
}

Result<void> change_sink(EditContext& context, const Source& source, const WantedFamily& wanted,
                         Sink sink, const Stamp& stamp, FamilyChange& change) {
    const auto before = snapshot_of(sink, source, context.node);
    set_sink(sink, wanted);
    if (sink.target != before.target || sink.table != before.table ||
        sink.columns != before.columns) {
        TRY(adapt_table(context, source, sink));
    }
    TRY(follow_access(context, sink, before));
    TRY_ASSIGN(sink.version,
               next_version(sink, wanted.change_description, stamp, context.definitions));
    TRY(add_changed_mapping(context, source, sink, before, change));
    change.sinks.push_back(std::move(sink));
    return {};
}

}  // namespace

Edited put_family(EditContext& context, const WantedFamily& wanted, const Stamp& stamp) {
    TRY(context.routes.check(wanted.sink.columns));
    TRY_ASSIGN(const auto source, source_after(context, wanted, stamp));
    TRY_ASSIGN(auto sink, context.catalog.find_sink(wanted.sink.key));
    FamilyChange change{.of_source = true};
    if (sink && !sink->deleted) {
        TRY(change_sink(context, source, wanted, std::move(*sink), stamp, change));
    } else {
        TRY(add_new_sink(context, source, wanted, sink, stamp, change));
    }
    return save(context, source, std::move(change));
}

}  // namespace millrace::definitions
