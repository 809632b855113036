#include "core/pipeline/load_ends.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/error_names.h"

namespace millrace::pipeline {
namespace {

constexpr std::uint32_t kExpiredAtOnce = 1000;
constexpr Milliseconds kLookEvery{10};
constexpr Milliseconds kWaitAtMost = std::chrono::seconds(30);

Error volume_away(const Load& load) {
    return Error(Code::overloaded,
                 fmt::format("The volume of load {} is not available; try again later.",
                             load.number.value))
        .named(error_names::kLoadVolumeAway);
}

Error delayed(const Load& load) {
    return Error(Code::overloaded,
                 fmt::format("Rows that came before load {} are not closed yet; try again.",
                             load.number.value))
        .named(error_names::kLoadCommitDelayed);
}

}  // namespace

Result<void> LoadEnds::recover() {
    const auto& [loads, slices, clock, random, has_room] = ports_.stores;
    TRY(loads.abort_unprepared("the service was restarted meanwhile", instant_of(clock)));
    static_cast<void>(remove_leftover_parts(loads, slices, true).ok());
    return {};
}

Result<LoadCatalog::Expired> LoadEnds::tidy() {
    const auto& [loads, slices, clock, random, has_room] = ports_.stores;
    TRY_ASSIGN(auto expired, loads.expire_loads(instant_of(clock), kExpiredAtOnce));
    TRY(remove_leftover_parts(loads, slices, false));
    return expired;
}

Result<Load> LoadEnds::prepare(LoadNumber load) {
    return ports_.stores.loads.prepare_load(load, instant_of(ports_.stores.clock));
}

Result<Load> LoadEnds::require_at_hand(LoadNumber number) const {
    TRY_ASSIGN(auto load, ports_.stores.loads.find_load(number));
    if (!load) {
        return Error(Code::not_found, fmt::format("There is no load {}.", number.value))
            .named(error_names::kLoadNotFound);
    }
    const auto unknown = ports_.journal.unknown_volumes();
    const bool is_away = std::find(unknown.begin(), unknown.end(), load->volume) != unknown.end();
    if (is_away && !load->has_ended()) return volume_away(*load);
    return std::move(*load);
}

Result<Load> LoadEnds::abort(LoadNumber number, std::string_view reason) {
    TRY(require_at_hand(number));
    const auto& [loads, slices, clock, random, has_room] = ports_.stores;
    TRY_ASSIGN(auto load, loads.abort_load(number, reason, instant_of(clock)));
    static_cast<void>(remove_leftover_parts(loads, slices, false).ok());  // tidy() tries it again
    return load;
}

void LoadEnds::commit(LoadNumber number, Done done) {
    auto load = require_at_hand(number);
    if (!load.ok()) return done(std::move(load));
    const bool is_whole =
        load.value().state == LoadState::written || load.value().state == LoadState::prepared;
    const auto is_ordered = has_key(load.value());
    if (!is_ordered.ok()) return done(is_ordered.error());
    if (!is_whole || load.value().counts.rows == 0 || !is_ordered.value()) {
        return done(commit_now(load.value()));
    }
    auto files = close_files_of_sinks(load.value());
    if (!files.ok()) return done(std::move(files).error());
    wait(std::make_shared<Waiting>(Waiting{.load = std::move(load).value(),
                                           .files = std::move(files).value(),
                                           .until = ports_.stores.clock.steady() + kWaitAtMost,
                                           .done = std::move(done)}));
}

Result<bool> LoadEnds::has_key(const Load& load) const {
    TRY_ASSIGN(const auto mapping, ports_.definitions.mapping(load.owner));
    return std::any_of(mapping.columns.begin(), mapping.columns.end(),
                       [](const Column& column) { return column.primary_key; });
}

Result<bool> LoadEnds::writes_to(const SinkVersion& sink, const Load& load) const {
    TRY_ASSIGN(const auto mapping, ports_.definitions.mapping(sink));
    TRY_ASSIGN(const auto own, ports_.definitions.mapping(load.owner));
    return mapping.target == own.target && mapping.table == own.table;
}

// The journal first: what it closes meanwhile goes from there to the catalog and never back.
Result<std::set<FileId>> LoadEnds::close_files_of_sinks(const Load& load) const {
    std::set<FileId> files;
    for (const auto& file : ports_.journal.open_files()) {
        if (file.volume != load.volume) continue;
        TRY_ASSIGN(const bool is_of_table, writes_to(file.sink, load));
        if (!is_of_table) continue;
        ports_.journal.close_file(file.id);
        files.insert(file.id);
    }
    for (const auto& slice : ports_.journal.local_slices()) {
        if (slice.opening.volume != load.volume) continue;
        TRY_ASSIGN(const bool is_of_table, writes_to(slice.opening.sink, load));
        if (is_of_table) files.insert(slice.opening.file);
    }
    TRY_ASSIGN(const auto writing, ports_.lifecycle.writing_files(load.volume));
    for (const auto& file : writing) {
        TRY_ASSIGN(const bool is_of_table, writes_to(file.sink, load));
        if (is_of_table) files.insert(file.id);
    }
    return files;
}

void LoadEnds::wait(const std::shared_ptr<Waiting>& waiting) {
    const auto looked = look(*waiting);
    if (!looked.ok()) return waiting->done(looked.error());
    if (waiting->files.empty()) return waiting->done(commit_now(waiting->load));
    const auto now = ports_.stores.clock.steady();
    if (now >= waiting->until) return waiting->done(delayed(waiting->load));
    ports_.executor.post_at(now + kLookEvery, [this, waiting] { wait(waiting); });
}

// Drops the files that are closed.
Result<void> LoadEnds::look(Waiting& waiting) const {
    for (auto file = waiting.files.begin(); file != waiting.files.end();) {
        TRY_ASSIGN(const auto known, ports_.lifecycle.find_file(*file));
        const bool is_closed = known && known->state != FileState::writing;
        file = is_closed ? waiting.files.erase(file) : std::next(file);
    }
    return {};
}

Result<Load> LoadEnds::commit_now(const Load& load) const {
    const auto& [loads, slices, clock, random, has_room] = ports_.stores;
    const auto now = instant_of(clock);
    return loads.commit_load(load.number, FileId(random.uuid_v7(now.age)), now);
}

}  // namespace millrace::pipeline
