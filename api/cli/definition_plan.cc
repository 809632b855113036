#include "api/cli/definition_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/cli/column_mistakes.h"
#include "api/cli/entity_fields.h"
#include "api/cli/kafka_pause.h"
#include "api/cli/line_mistakes.h"
#include "api/cli/plan_differences.h"
#include "api/cli/setting_value.h"
#include "core/model/http_settings.h"
#include "core/model/kind_settings.h"
#include "core/model/settings.h"
#include "core/model/table_id.h"

namespace millrace::cli {
namespace {

using Kind = Difference::Kind;

// The reason of a sink that is disabled only as its source is.
constexpr std::string_view kDisabledWithSource = "Auto-disabled with the parent source.";

void append(std::vector<Difference>& all, std::vector<Difference> more) {
    std::ranges::move(more, std::back_inserter(all));
}

Difference added(std::string field, std::string value) {
    return {
        .kind = Kind::added, .field = std::move(field), .before = {}, .after = std::move(value)};
}

// What is to be set, of a source or sink that is there or is not yet.
struct SettingsPlan {
    Json patch = Json::array();
    std::vector<Difference> differences;
};

// Which settings a source or sink has.
struct SettingsScope {
    std::string_view origin;               // "source" or "sink": who has them itself
    std::span<const SettingSpec> of_kind;  // beside the general ones
    bool has_others = false;  // of a kind of source whose settings are known to the service alone
};

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
        const bool is_http = wanted.type == "http";
        add_settings(wanted, source,
                     {.origin = "source",
                      .of_kind = is_http ? http_setting_specs() : std::span<const SettingSpec>(),
                      .has_others = !is_http},
                     draft);

        // Sinks are disabled and enabled with their source.
        const bool was_disabled = source != nullptr && source->is_disabled();
        const bool is_enabled = wanted.enabled.value_or(!was_disabled);
        std::vector<Draft> sinks;
        for (const auto& sink : wanted.sinks) {
            add_sink({.id = wanted.id, .actual = source, .is_enabled = is_enabled}, sink, sinks);
        }
        finish_source(wanted, source, std::move(draft), std::move(sinks));
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
    };

    // The source of sinks.
    struct Parent {
        const std::string& id;
        const ActualSource* actual;  // null: it is made
        bool is_enabled;             // in the end
    };

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
        const auto target = text_at(wanted.body, {"target"});
        auto& made = made_[{target.empty() ? "default" : target, wanted.id}];
        for (const auto& column : wanted.body["columns"]) {
            made.push_back({{"type", "path"},
                            {"name", text_at(column, {"name"})},
                            {"path", "."},
                            {"dataType", member(column, {"dataType"})},
                            {"defaultValue", ""}});
        }
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

    // Brings the source and its sinks into an order in which no sink misses what another one has.
    void finish_source(const WantedSource& wanted, const ActualSource* source, Draft draft,
                       std::vector<Draft> sinks) {
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
        if (is_held || pause.is_to_end) end_pause(last.change, last.path, options_.description);
        add_enabled(wanted, was_disabled, was_disabled ? last : draft);
        if (end.change.version) *end.change.version += draft.change.calls.size();
        end.change.is_new = false;

        const auto meanwhile = is_held || pause.is_to_end
                                   ? fmt::format("the source {} is paused", wanted.id)
                                   : std::string();
        keep(std::move(draft));
        for (auto& sink : sinks) {
            sink.change.meanwhile = meanwhile;
            keep(std::move(sink));
        }
        if (end.change.calls.empty()) return;
        end.change.meanwhile = meanwhile;
        plan_.changes.push_back(std::move(end.change));
    }

    // Sinks that become live one after another begin at different places, and one that is changed
    // after it was made takes messages before.
    static bool needs_hold(const std::vector<Draft>& sinks) {
        const auto live = std::ranges::count(sinks, true, &Draft::is_made_live);
        return live > 1 || std::ranges::any_of(sinks, [](const Draft& sink) {
                   return sink.change.is_new && sink.change.calls.size() > 1;
               });
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

    void add_sink(const Parent& parent, const WantedSink& wanted, std::vector<Draft>& sinks) {
        const auto& source = parent.id;
        const auto* const sink =
            parent.actual == nullptr ? nullptr : parent.actual->find_sink(wanted.id);
        check_table_id(text_at(wanted.body, {"table", "tableId"}), wanted.line);
        auto draft =
            begin(fmt::format("sink {}/{}", source, wanted.id), sink, sink_path(source, wanted.id));
        if (sink == nullptr) {
            if (!is_whole(source, wanted)) return;
            create_sink(source, wanted, draft);
        } else {
            update_sink(wanted, sink->definition, draft);
        }
        add_settings(wanted, sink, {.origin = "sink", .of_kind = {}, .has_others = false}, draft);
        const bool is_disabled = sink != nullptr && is_itself_disabled(*sink, parent);
        if (sink == nullptr) {
            add_born_disabled(wanted, draft);
        } else if (parent.is_enabled) {
            add_enabled(wanted, is_disabled, draft);
        }
        draft.is_made_live = sink == nullptr ? wanted.enabled.value_or(true)
                                             : is_disabled && wanted.enabled.value_or(false);
        sinks.push_back(std::move(draft));
    }

    // Those that were disabled with their source are enabled with it.
    static bool is_itself_disabled(const ActualEntity& sink, const Parent& parent) {
        return sink.is_disabled() &&
               (!parent.actual->is_disabled() ||
                text_at(sink.definition, {"disabled", "reason"}) != kDisabledWithSource);
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
        auto rest = wanted.has_columns ? take_missing_columns(body["table"]) : Json();
        draft.change.calls.push_back(
            {.method = "POST", .path = source_path(source) + "/sinks", .body = std::move(body)});
        if (rest.is_null()) return;
        auto more = Json::object();
        more["table"]["mapping"] = std::move(rest);
        draft.change.calls.push_back({.method = "PATCH",
                                      .path = draft.path,
                                      .body = std::move(more),
                                      .failure = "some of its columns are not"});
    }

    // A new sink has only columns that its table has; more of them it gets by a change, which adds
    // them to the table. What other changes before this one make is known. Takes the columns that
    // it cannot be made with, and returns the mapping that is to follow; null: none is needed.
    Json take_missing_columns(Json& table) {
        auto& columns = table["mapping"]["columns"];
        const auto target = text_at(table, {"target"});
        auto& made = made_[{target.empty() ? "default" : target, text_at(table, {"tableId"})}];
        const auto whole = table["mapping"];
        auto there = Json::array();
        for (const auto& column : columns) {
            if (find_folded(made, column) != nullptr) there.push_back(column);
        }
        if (made.empty() || there.size() == columns.size()) {
            if (made.empty()) made.assign(columns.begin(), columns.end());
            return {};
        }
        for (const auto& column : columns) {
            if (find_folded(made, column) == nullptr) made.push_back(column);
        }
        // One at least, of whatever: the change that follows takes it back.
        if (there.empty()) there.push_back(made.front());
        columns = std::move(there);
        return whole;
    }

    static const Json* find_folded(const std::vector<Json>& columns, const Json& like) {
        const auto found = std::ranges::find_if(columns, [&](const Json& column) {
            return folded_name(text_at(column, {"name"})) == folded_name(text_at(like, {"name"}));
        });
        return found == columns.end() ? nullptr : &*found;
    }

    void update_sink(const WantedSink& wanted, const Json& actual, Draft& draft) const {
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

    void add_settings(const WantedEntity& wanted, const ActualEntity* entity,
                      const SettingsScope& scope, Draft& draft) {
        SettingsPlan plan;
        for (const auto& setting : wanted.settings) {
            if (!is_value_good(setting, scope)) continue;
            if (entity == nullptr) {
                new_setting(setting, scope, plan);
            } else {
                changed_setting(setting, *entity, scope.origin, plan);
            }
        }
        if (plan.patch.empty()) return;
        append(draft.change.differences, std::move(plan.differences));
        // A source may have events already when its sink is made, which would go by other settings.
        // Where columns come by a second call, these may forbid them: they come behind it.
        if (entity == nullptr && scope.origin == "sink" && draft.change.calls.size() == 1) {
            (*draft.change.calls.front().body)["settings"] = std::move(plan.patch);
            return;
        }
        Json body = {{"settings", std::move(plan.patch)}};
        if (!options_.description.empty()) body["changeDescription"] = options_.description;
        draft.change.calls.push_back({.method = "PATCH",
                                      .path = draft.path + "/settings",
                                      .body = std::move(body),
                                      .failure = "its settings are not"});
    }

    // Before anything is made, as what is made without its settings takes events without them.
    bool is_value_good(const WantedSetting& setting, const SettingsScope& scope) {
        const auto* const spec = find_setting(setting.key, scope.of_kind);
        if (spec == nullptr || setting.value.is_null()) return true;
        const auto checked = check_setting(*spec, setting.value);
        if (!checked.ok()) mistake(setting.line, checked.error().client_text());
        return checked.ok();
    }

    void new_setting(const WantedSetting& setting, const SettingsScope& scope, SettingsPlan& plan) {
        std::vector<std::string> keys;
        for (const auto specs : {setting_specs(), scope.of_kind}) {
            for (const auto& spec : specs) {
                if (!spec.of_source || scope.origin == "source") keys.emplace_back(spec.key);
            }
        }
        const bool is_known = std::ranges::find(keys, setting.key) != keys.end();
        if (!is_known && !(scope.has_others && setting.key.starts_with("source."))) {
            mistake(setting.line, fmt::format("there is no setting \"{}\"{}", setting.key,
                                              config::suggestion(setting.key, keys)));
            return;
        }
        if (setting.value.is_null()) return;
        plan.patch.push_back({{"key", setting.key}, {"value", setting.value}});
        plan.differences.push_back(added(setting.key, shown_value(setting.value)));
    }

    void changed_setting(const WantedSetting& setting, const ActualEntity& entity,
                         std::string_view origin, SettingsPlan& plan) {
        std::vector<std::string> keys;
        for (const auto& known : entity.settings) keys.push_back(text_at(known, {"key"}));
        const auto at = std::ranges::find(keys, setting.key);
        if (at == keys.end()) {
            mistake(setting.line, fmt::format("there is no setting \"{}\" here{}", setting.key,
                                              config::suggestion(setting.key, keys)));
            return;
        }
        const auto& known = entity.settings[static_cast<std::size_t>(at - keys.begin())];
        const auto& value = member(known, {"value"});
        const bool is_own = text_at(known, {"origin"}) == origin;
        if (setting.value.is_null() ? !is_own : is_own && is_same_value(setting.value, value)) {
            return;
        }
        plan.patch.push_back({{"key", setting.key}, {"value", setting.value}});
        plan.differences.push_back(
            {.kind = setting.value.is_null() ? Kind::removed
                     : is_own                ? Kind::changed
                                             : Kind::added,
             .field = setting.key,
             .before = is_own ? shown_value(value) : std::string(),
             .after = setting.value.is_null() ? std::string() : shown_value(setting.value)});
    }

    static void add_born_disabled(const WantedEntity& wanted, Draft& draft) {
        if (wanted.enabled.value_or(true)) return;
        draft.change.differences.push_back(added("enabled", "false"));
        (*draft.change.calls.front().body)["enabled"] = false;
    }

    static void add_enabled(const WantedEntity& wanted, bool is_disabled, Draft& draft) {
        if (!wanted.enabled || *wanted.enabled == !is_disabled) return;
        draft.change.differences.push_back({.kind = Kind::changed,
                                            .field = "enabled",
                                            .before = is_disabled ? "false" : "true",
                                            .after = is_disabled ? "true" : "false"});
        draft.change.calls.push_back(
            {.method = "PUT",
             .path = draft.path + (is_disabled ? "/enable" : "/disable"),
             .failure = is_disabled ? "it is not enabled" : "it is not disabled"});
    }

    const Actual& actual_;
    const PlanOptions& options_;
    Plan plan_;
    LineMistakes mistakes_;
    // The columns, as of sinks, of the tables that the plan makes, by target and id.
    std::map<std::pair<std::string, std::string>, std::vector<Json>> made_;
};

}  // namespace

Result<Plan> plan_of(const Definitions& wanted, const Actual& actual, const PlanOptions& options) {
    Planner planner(actual, options);
    for (const auto& table : wanted.tables) planner.add_table(table);
    for (const auto& source : wanted.sources) planner.add_source(source);
    return planner.finish();
}

}  // namespace millrace::cli
