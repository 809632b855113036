#include "core/definitions/restore_edits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>
#include <vector>

#include "core/definitions/edit_steps.h"
#include "core/definitions/versions.h"
#include "core/model/detail_secrets.h"

namespace millrace::definitions {
namespace {

// A sink that comes back is enabled or disabled as its source has become meanwhile.
void follow_source(Sink& sink, const Source& source, const Stamp& stamp) {
    if (sink.disabled && sink.disabled->with_parent && !source.disabled) sink.disabled.reset();
    if (!sink.disabled && source.disabled) sink.disabled = disabled_with_source(stamp);
}

// With what a sink needs before rows may come again: its table, and a mapping with the settings of
// now.
Result<void> add_restored(EditContext& context, const Source& source, Sink sink,
                          FamilyChange& change) {
    TRY(adapt_table(context, source, sink));
    TRY(give_access(context, sink, Renewal::yes));
    TRY(add_mapping(context, source, sink, change));
    change.sinks.push_back(std::move(sink));
    return {};
}

std::string undeleted(const Version& version) {
    return fmt::format("Undeleted to version \"{}\".", version.number);
}

// What a client has to know of a source that came back with fewer sinks than it had once.
std::string left_deleted_text(const std::vector<std::string>& left, bool has_sinks) {
    std::string text;
    if (!left.empty()) {
        text += fmt::format(
            " Sinks that were not deleted with it stay deleted, undelete them by themselves: {}.",
            fmt::join(left, ", "));
    }
    if (!has_sinks) text += " It has no sink: its events are answered 200 and stored nowhere.";
    return text;
}

std::string rolled_back(std::uint32_t number) {
    return fmt::format("Rollback to version \"{}\".", number);
}

RestoredDetails restored(const RestoreDetails& restore, const std::string& then,
                         const std::string& today) {
    if (restore) return restore(then, today);
    return {.details = with_detail_secrets(then, detail_secrets(today)), .note = ""};
}

}  // namespace

Edited undelete(EditContext& context, const SourceKey& key, const Stamp& stamp) {
    TRY_ASSIGN(auto source, load_deleted(context.catalog, key));
    TRY(check_limit(context, key));
    const auto deleted = source.deleted->stamp;
    source.deleted.reset();
    source.version =
        next_version_if_left(source, undeleted(source.version), stamp, context.definitions);

    FamilyChange change{.of_source = true};
    std::vector<std::string> left;
    TRY_ASSIGN(auto sinks, context.catalog.sinks_with_deleted(key));
    for (auto& sink : sinks) {
        // An earlier life of the source may have left sinks that were deleted with it then.
        if (!sink.deleted || sink.deleted != Deleted{.stamp = deleted, .with_parent = true}) {
            left.push_back(fmt::format("\"{}\"", sink.key.sink.value));
            continue;
        }
        sink.deleted.reset();
        follow_source(sink, source, stamp);
        TRY(add_restored(context, source, sink, change));
    }
    if (context.task) context.task->result += left_deleted_text(left, !change.sinks.empty());
    return save(context, source, std::move(change));
}

Edited undelete(EditContext& context, const SinkKey& key, const Stamp& stamp) {
    TRY_ASSIGN(auto loaded, load_deleted_with_source(context.catalog, key));
    auto& [source, sink] = loaded;
    TRY(check_limit(context, key));
    sink.deleted.reset();
    follow_source(sink, source, stamp);
    sink.version = next_version_if_left(sink, undeleted(sink.version), stamp, context.definitions);
    FamilyChange change;
    TRY(add_restored(context, source, std::move(sink), change));
    return save(context, source, std::move(change));
}

Edited roll_back(EditContext& context, const SourceKey& key, std::uint32_t number,
                 const RestoreDetails& restore, const Stamp& stamp) {
    TRY_ASSIGN(auto family, load_family(context.catalog, key));
    TRY_ASSIGN(auto then, find_version(context.catalog, family.source, number));
    const auto before = family.source;
    auto& source = family.source;
    source.name = std::move(then.name);
    source.description = std::move(then.description);
    auto details = restored(restore, then.details, source.details);
    source.details = std::move(details.details);
    source.settings = std::move(then.settings);
    TRY_ASSIGN(source.version,
               next_version(source, rolled_back(number), stamp, context.definitions));
    TRY_ASSIGN(auto change, change_of_settings(context, family, before));
    if (context.task && !details.note.empty()) context.task->result += " " + details.note;
    return save(context, source, std::move(change));
}

Edited roll_back(EditContext& context, const SinkKey& key, std::uint32_t number,
                 const Stamp& stamp) {
    TRY_ASSIGN(auto loaded, load_with_source(context.catalog, key));
    auto& [source, sink] = loaded;
    TRY_ASSIGN(auto then, find_version(context.catalog, sink, number));
    const auto before = snapshot_of(sink, source, context.node);
    sink.name = std::move(then.name);
    sink.description = std::move(then.description);
    sink.target = std::move(then.target);
    sink.table = std::move(then.table);
    sink.columns = std::move(then.columns);
    sink.signals = std::move(then.signals);
    sink.settings = std::move(then.settings);
    TRY(adapt_table(context, source, sink));
    TRY(follow_access(context, sink, before));
    TRY_ASSIGN(sink.version, next_version(sink, rolled_back(number), stamp, context.definitions));
    TRY_ASSIGN(auto change, change_of_sink(context, source, std::move(sink), before));
    return save(context, source, std::move(change));
}

}  // namespace millrace::definitions
