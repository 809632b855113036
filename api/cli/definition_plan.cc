#include "api/cli/definition_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/cli/kafka_pause.h"
#include "api/cli/line_mistakes.h"
#include "api/cli/plan_differences.h"
#include "api/cli/plan_settings.h"
#include "api/cli/table_column.h"
#include "core/model/http_settings.h"
#include "core/model/settings.h"
#include "core/model/table_id.h"

namespace millrace::cli {
namespace {

using Kind = Difference::Kind;

void append(std::vector<Difference>& all, std::vector<Difference> more) {
    std::ranges::move(more, std::back_inserter(all));
}

Difference added(std::string field, std::string value) {
    return {
        .kind = Kind::added, .field = std::move(field), .before = {}, .after = std::move(value)};
}

constexpr SettingsScope kOfSink{.owner = "sink", .of_kind = {}};

class Planner {
public:
    Planner(const Actual& actual, const PlanOptions& options)
        : actual_(actual), options_(options) {}

    void add_table(const WantedTable& wanted) {
        check_table_id(wanted.id, wanted.line);
        const auto* const table = actual_.find_table(wanted.id);
        if (table == nullptr) return create_table(wanted);
        auto differences = column_differences(wanted.body["columns"], member(*table, {"columns"}),
                                              table_column_line);
        for (const auto* field : {"target", "kind", "csvParser"}) {
            append(differences, part_differences(field, member(wanted.body, {field}),
                                                 member(*table, {field}), true));
        }
        if (differences.empty()) {
            plan_.unchanged += 1;
            return;
        }
        const auto& first = differences.front();
        mistake(wanted.line,
                fmt::format("the table {} is there and has another {}: {} instead of {}. A table "
                            "cannot be changed; millrace table delete drops it",
                            wanted.id, first.field == "columns" ? "column" : first.field,
                            first.before.empty() ? "none" : first.before,
                            first.after.empty() ? "none" : first.after));
    }

    void add_source(const WantedSource& given) {
        const auto* const source = actual_.find_source(given.id);
        auto wanted = given;
        if (source != nullptr) wanted.type = text_at(source->definition, {"type"});
        if (wanted.type != given.type && (given.is_typed || given.body.contains(given.type))) {
            mistake(given.line,
                    fmt::format("the source {} is there, of type {}: that cannot be changed",
                                wanted.id, wanted.type));
            return;
        }
        if (source == nullptr && !given.is_typed && given.type != "http") {
            mistake(given.line,
                    fmt::format("the source {} is not there yet, so it needs \"type: {}\"",
                                given.id, given.type));
            return;
        }
        auto draft = begin("source " + wanted.id, source, source_path(wanted.id));
        if (source == nullptr) {
            create_source(wanted, draft);
        } else {
            update_source(wanted, source->definition, draft);
        }
        auto strict = add_source_settings(wanted, source, draft);
        std::vector<Draft> sinks;
        for (const auto& sink : wanted.sinks) add_sink(wanted.id, source, sink, sinks);
        finish_source(wanted, source, {.begin = std::move(draft), .strict = std::move(strict)},
                      std::move(sinks));
    }

    Result<Plan> finish() {
        TRY(mistakes_.finish());
        return std::move(plan_);
    }

private:
    // What is planned for one source or sink, and where it is.
    struct Draft {
        PlannedChange change;
        std::string path;
        bool is_made_live = false;  // of a sink: by one of the calls, if its source is enabled
        // Of a sink that is made: settings that would keep others of its table from being made.
        SettingsChange strict = {};
    };

    // What is planned for a source: before its sinks, and of its settings behind them.
    struct SourceDraft {
        Draft begin;
        SettingsChange strict;
    };

    // In which order changes of sinks are made: what takes events first, what takes fewer last.
    // Else there were events in between that neither the old sink had nor the new one.
    static int rank_of(const Draft& sink) {
        const auto& calls = sink.change.calls;
        if (!calls.empty() && calls.front().path.ends_with("/disable")) return 2;
        const bool gives_up = std::ranges::any_of(sink.change.differences, [](const auto& one) {
            static constexpr std::string_view kFields[] = {"columns", "allowedSignals", "table",
                                                           "target"};
            return one.kind != Kind::added &&
                   std::ranges::find(kFields, one.field) != std::end(kFields);
        });
        return !sink.change.is_new && gives_up ? 1 : 0;
    }

    void mistake(std::size_t line, std::string_view text) { mistakes_.add(line, text); }

    void check_table_id(const std::string& id, std::size_t line) {
        const auto parsed = TableId::parse(id);
        if (!parsed.ok() && !id.empty()) mistake(line, parsed.error().client_text());
    }

    static Draft begin(std::string what, const ActualEntity* entity, std::string path) {
        Draft draft{.change = {.is_new = entity == nullptr, .what = std::move(what)},
                    .path = std::move(path)};
        if (entity != nullptr) draft.change.version = entity->version();
        return draft;
    }

    void keep(Draft draft) {
        if (draft.change.calls.empty()) {
            plan_.unchanged += 1;
        } else {
            plan_.changes.push_back(std::move(draft.change));
        }
    }

    void create_table(const WantedTable& wanted) {
        PlannedChange change{.is_new = true, .what = "table " + wanted.id};
        for (const auto* field : {"target", "kind", "csvParser"}) {
            append(change.differences,
                   part_differences(field, member(wanted.body, {field}), {}, true));
        }
        append(change.differences,
               column_differences(wanted.body["columns"], {}, table_column_line));
        change.calls.push_back({.method = "POST",
                                .path = tables_path(),
                                .body = wanted.body,
                                .answer_field = "tableId"});
        plan_.changes.push_back(std::move(change));
    }

    // The name and the description; the name of what is there stays, unless the file has one.
    static Json changed_texts(const WantedEntity& wanted, const Json& actual,
                              std::vector<Difference>& differences) {
        auto body = Json::object();
        for (const auto* field : {"name", "description"}) {
            const auto& text = member(wanted.body, {field});
            if (text.is_null() || (field == std::string_view("name") && !wanted.is_named)) continue;
            const auto& before = member(actual, {field});
            if (text == before) continue;
            body[field] = text;
            differences.push_back({.kind = Kind::changed,
                                   .field = field,
                                   .before = shown_value(before),
                                   .after = shown_value(text)});
        }
        return body;
    }

    static void new_texts(const WantedEntity& wanted, std::vector<Difference>& differences) {
        for (const auto* field : {"name", "description"}) {
            const auto& text = member(wanted.body, {field});
            if (!text.is_null()) differences.push_back(added(field, shown_value(text)));
        }
    }

    // Brings the source and its sinks into an order in which no event is missed or refused that one
    // sink has before and another one behind.
    void finish_source(const WantedSource& wanted, const ActualSource* source, SourceDraft drafts,
                       std::vector<Draft> sinks) {
        auto& draft = drafts.begin;
        const bool was_disabled = source != nullptr && source->is_disabled();
        const bool is_enabled = wanted.enabled.value_or(!was_disabled);
        const bool has_changes = std::ranges::any_of(
            sinks, [](const Draft& sink) { return !sink.change.calls.empty(); });
        const auto pause = kafka_pause_of(wanted, source);
        const bool is_held = pause.can_hold && !was_disabled && is_enabled && needs_hold(sinks);
        if (is_held || (pause.is_to_end && has_changes)) keep_known(draft.change);
        if (is_held) pause_for_sinks(draft.change, draft.path);

        auto end = begin(draft.change.what, source, draft.path);
        auto& last = has_changes ? end : draft;
        add_settings_call(std::move(drafts.strict), last);
        if (is_held || pause.is_to_end) end_pause(last.change, last.path, options_.description);
        add_enabled(wanted, was_disabled, was_disabled ? last : draft);
        if (end.change.version) *end.change.version += draft.change.calls.size();
        end.change.is_new = false;

        const auto meanwhile = is_held || pause.is_to_end
                                   ? fmt::format("the source {} is paused", wanted.id)
                                   : std::string();
        keep(std::move(draft));
        std::ranges::stable_sort(sinks, {}, rank_of);
        std::vector<Draft> behind;
        for (auto& sink : sinks) {
            sink.change.meanwhile = meanwhile;
            if (!sink.strict.patch.empty()) {
                behind.push_back({.change = {.what = sink.change.what, .meanwhile = meanwhile},
                                  .path = sink.path});
                add_settings_call(std::move(sink.strict), behind.back());
            }
            keep(std::move(sink));
        }
        for (auto& sink : behind) keep(std::move(sink));
        if (end.change.calls.empty()) return;
        end.change.meanwhile = meanwhile;
        plan_.changes.push_back(std::move(end.change));
    }

    // Sinks that become live one after another begin at different places.
    static bool needs_hold(const std::vector<Draft>& sinks) {
        return std::ranges::count(sinks, true, &Draft::is_made_live) > 1;
    }

    static void create_source(const WantedSource& wanted, Draft& draft) {
        auto& differences = draft.change.differences;
        new_texts(wanted, differences);
        for (auto difference :
             part_differences(wanted.type, member(wanted.body, {wanted.type}), {}, true)) {
            if (difference.before == difference.after) difference.before.clear();
            difference.kind = Kind::added;
            differences.push_back(std::move(difference));
        }
        auto body = wanted.body;
        body["sourceId"] = wanted.id;
        draft.change.calls.push_back(
            {.method = "POST", .path = sources_path(), .body = std::move(body)});
    }

    void update_source(const WantedSource& wanted, const Json& actual, Draft& draft) const {
        auto& differences = draft.change.differences;
        auto body = changed_texts(wanted, actual, differences);
        auto part = member(wanted.body, {wanted.type});
        // Reading goes on behind the sinks.
        if (wanted.type == "kafka" && member(part, {"paused"}) == false) part.erase("paused");
        auto of_part = part_differences(wanted.type, part, member(actual, {wanted.type}),
                                        options_.with_secrets);
        if (!of_part.empty()) body[wanted.type] = std::move(part);
        append(differences, std::move(of_part));
        add_patch(std::move(body), draft);
    }

    void add_patch(Json body, Draft& draft) const {
        if (body.empty()) return;
        if (!options_.description.empty()) body["changeDescription"] = options_.description;
        draft.change.calls.push_back(
            {.method = "PATCH", .path = draft.path, .body = std::move(body)});
    }

    void add_sink(const std::string& source_id, const ActualSource* source,
                  const WantedSink& wanted, std::vector<Draft>& sinks) {
        const auto* const sink = source == nullptr ? nullptr : source->find_sink(wanted.id);
        check_table_id(text_at(wanted.body, {"table", "tableId"}), wanted.line);
        auto draft = begin(fmt::format("sink {}/{}", source_id, wanted.id), sink,
                           sink_path(source_id, wanted.id));
        if (sink == nullptr) {
            if (!is_whole(source_id, wanted)) return;
            create_sink(source_id, wanted, draft);
            draft.is_made_live = wanted.enabled.value_or(true);
        } else {
            // One that is disabled with its source only is enabled with it.
            const bool is_disabled = is_disabled_itself(*sink, *source);
            update_sink(wanted, *sink, draft);
            add_enabled(wanted, is_disabled, draft);
            draft.is_made_live = is_disabled && wanted.enabled.value_or(false);
        }
        sinks.push_back(std::move(draft));
    }

    // What is not there yet needs all of it.
    bool is_whole(const std::string& source, const WantedSink& wanted) {
        const auto needs = [&](std::string_view what) {
            mistake(wanted.line, fmt::format("the sink {}/{} is not there yet, so it needs {}",
                                             source, wanted.id, what));
            return false;
        };
        const auto& table = member(wanted.body, {"table"});
        if (text_at(table, {"tableId"}).empty()) return needs("\"table\", as in.c-BUCKET.NAME");
        const bool has_preset = !member(table, {"mapping", "preset"}).is_null();
        return has_preset || wanted.has_columns || needs("\"columns\" or a \"preset\"");
    }

    void create_sink(const std::string& source, const WantedSink& wanted, Draft& draft) {
        auto& differences = draft.change.differences;
        new_texts(wanted, differences);
        const auto& table = member(wanted.body, {"table"});
        differences.push_back(added("table", text_at(table, {"tableId"})));
        const auto add = [&](const char* field, const Json& value) {
            if (!value.is_null()) differences.push_back(added(field, shown_value(value)));
        };
        add("target", member(table, {"target"}));
        add("allowedSignals", member(wanted.body, {"allowedSignals"}));
        add("preset", member(table, {"mapping", "preset"}));
        append(differences,
               column_differences(member(table, {"mapping", "columns"}), {}, sink_column_line));
        auto body = wanted.body;
        body["sinkId"] = wanted.id;
        body["table"]["addColumns"] = true;  // that another sink or somebody made with fewer
        if (!wanted.enabled.value_or(true)) {
            differences.push_back(added("enabled", "false"));
            body["enabled"] = false;
        }
        // With its settings: the source may have events already.
        auto settings = settings_of(wanted, nullptr, draft);
        if (!settings.patch.empty()) body["settings"] = std::move(settings.patch);
        draft.change.calls.push_back(
            {.method = "POST", .path = source_path(source) + "/sinks", .body = std::move(body)});
    }

    // In one call, so that no event is mapped by a part of the change.
    void update_sink(const WantedSink& wanted, const ActualEntity& sink, Draft& draft) {
        const auto& actual = sink.definition;
        auto& differences = draft.change.differences;
        auto body = changed_texts(wanted, actual, differences);
        if (const auto& signals = member(wanted.body, {"allowedSignals"});
            !signals.is_null() && !is_same_set(signals, member(actual, {"allowedSignals"}))) {
            body["allowedSignals"] = signals;
            differences.push_back({.kind = Kind::changed,
                                   .field = "allowedSignals",
                                   .before = shown_value(member(actual, {"allowedSignals"})),
                                   .after = shown_value(signals)});
        }
        static constexpr std::pair<const char*, const char*> kFields[] = {{"tableId", "table"},
                                                                          {"target", "target"}};
        for (const auto& [field, shown] : kFields) {
            const auto& value = member(wanted.body, {"table", field});
            const auto& before = member(actual, {"table", field});
            if (value.is_null() || value == before) continue;
            body["table"][field] = value;
            differences.push_back({.kind = Kind::changed,
                                   .field = shown,
                                   .before = shown_value(before),
                                   .after = shown_value(value)});
        }
        if (wanted.has_columns) {
            auto columns = column_differences(member(wanted.body, {"table", "mapping", "columns"}),
                                              member(actual, {"table", "mapping", "columns"}),
                                              sink_column_line);
            if (!columns.empty()) body["table"]["mapping"] = wanted.body["table"]["mapping"];
            append(differences, std::move(columns));
        }
        auto settings = settings_of(wanted, &sink, draft);
        if (!settings.patch.empty()) body["settings"] = std::move(settings.patch);
        add_patch(std::move(body), draft);
    }

    // Absent means all, as empty does.
    static bool is_same_set(const Json& a, const Json& b) {
        std::vector<std::string> names[2];
        for (const auto& name : a) names[0].push_back(text_of(name));
        for (const auto& name : b) names[1].push_back(text_of(name));
        std::ranges::sort(names[0]);
        std::ranges::sort(names[1]);
        return names[0] == names[1];
    }

    SettingsChange settings_of(const WantedSink& wanted, const ActualEntity* sink, Draft& draft) {
        auto settings = plan_settings(wanted, sink, kOfSink, mistakes_);
        if (sink == nullptr) draft.strict = take_refusing_columns(settings);
        append(draft.change.differences, std::move(settings.differences));
        return settings;
    }

    // Returns those that are to be in force behind the changes of its sinks only.
    SettingsChange add_source_settings(const WantedSource& wanted, const ActualSource* source,
                                       Draft& draft) {
        const bool is_http = wanted.type == "http";
        auto settings = plan_settings(
            wanted, source,
            {.owner = "source",
             .of_kind = is_http ? http_setting_specs() : std::span<const SettingSpec>(),
             .others = is_http ? std::string() : fmt::format("source.{}.", wanted.type)},
            mistakes_);
        auto strict = source == nullptr ? take_refusing_columns(settings) : take_strict(settings);
        add_settings_call(std::move(settings), draft);
        return strict;
    }

    void add_settings_call(SettingsChange settings, Draft& draft) const {
        if (settings.patch.empty()) return;
        append(draft.change.differences, std::move(settings.differences));
        Json body = {{"settings", std::move(settings.patch)}};
        if (!options_.description.empty()) body["changeDescription"] = options_.description;
        draft.change.calls.push_back({.method = "PATCH",
                                      .path = draft.path + "/settings",
                                      .body = std::move(body),
                                      .failure = "its settings are not"});
    }

    // What is disabled takes no event by what comes behind, and what is enabled is right before.
    static void add_enabled(const WantedEntity& wanted, bool is_disabled, Draft& draft) {
        if (!wanted.enabled || *wanted.enabled == !is_disabled) return;
        draft.change.differences.push_back({.kind = Kind::changed,
                                            .field = "enabled",
                                            .before = is_disabled ? "false" : "true",
                                            .after = is_disabled ? "true" : "false"});
        auto& calls = draft.change.calls;
        const bool is_last = is_disabled || calls.empty();
        calls.insert(is_last ? calls.end() : calls.begin() + (draft.change.is_new ? 1 : 0),
                     {.method = "PUT",
                      .path = draft.path + (is_disabled ? "/enable" : "/disable"),
                      .failure = is_disabled ? "it is not enabled" : "it is not disabled"});
    }

    const Actual& actual_;
    const PlanOptions& options_;
    Plan plan_;
    LineMistakes mistakes_;
};

}  // namespace

Result<Plan> plan_of(const Definitions& wanted, const Actual& actual, const PlanOptions& options) {
    Planner planner(actual, options);
    for (const auto& table : wanted.tables) planner.add_table(table);
    for (const auto& source : wanted.sources) planner.add_source(source);
    return planner.finish();
}

}  // namespace millrace::cli
