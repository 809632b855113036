#include "api/cli/plan_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "api/cli/plan_differences.h"
#include "api/cli/setting_value.h"
#include "core/model/kind_settings.h"

namespace millrace::cli {
namespace {

constexpr std::string_view kOfSources = "source.";

class SettingsPlanner {
public:
    SettingsPlanner(const SettingsScope& scope, LineMistakes& mistakes)
        : scope_(scope), mistakes_(mistakes) {}

    void add(const WantedSetting& wanted, const ActualEntity* entity) {
        const auto* const known = entity == nullptr ? nullptr : known_of(*entity, wanted.key);
        if (!is_there(wanted, entity, known) || !is_free(wanted) || !is_value_good(wanted)) return;
        if (known == nullptr) {
            if (!wanted.value.is_null()) set(wanted, Difference::Kind::added, {});
            return;
        }
        const bool is_own = text_at(*known, {"origin"}) == scope_.owner;
        const auto& value = member(*known, {"value"});
        if (wanted.value.is_null()) {
            if (is_own) set(wanted, Difference::Kind::removed, shown_value(value));
        } else if (!is_own) {
            set(wanted, Difference::Kind::added, {});
        } else if (!is_same_setting(*known, wanted.value)) {
            set(wanted, Difference::Kind::changed, shown_value(value));
        }
    }

    SettingsChange finish() { return std::move(change_); }

private:
    static const Json* known_of(const ActualEntity& entity, std::string_view key) {
        const auto found = std::ranges::find_if(
            entity.settings, [&](const Json& known) { return text_at(known, {"key"}) == key; });
        return found == entity.settings.end() ? nullptr : &*found;
    }

    bool mistake(const WantedSetting& wanted, std::string_view text) {
        mistakes_.add(wanted.line, text);
        return false;
    }

    // What is there has all settings that there are for it; of what is not, the program knows them.
    bool is_there(const WantedSetting& wanted, const ActualEntity* entity, const Json* known) {
        if (known != nullptr) return true;
        const bool is_of_sources = wanted.key.starts_with(kOfSources);
        if (is_of_sources && scope_.owner == "sink") {
            return mistake(wanted, fmt::format("\"{}\" is no setting of a sink: those that begin "
                                               "with \"{}\" are of sources",
                                               wanted.key, kOfSources));
        }
        std::vector<std::string> keys;
        if (entity != nullptr) {
            for (const auto& one : entity->settings) keys.push_back(text_at(one, {"key"}));
        } else {
            for (const auto specs : {setting_specs(), scope_.of_kind}) {
                for (const auto& spec : specs) keys.emplace_back(spec.key);
            }
            if (std::ranges::find(keys, wanted.key) != keys.end()) return true;
            if (!scope_.others.empty() && wanted.key.starts_with(scope_.others)) return true;
        }
        return mistake(wanted, fmt::format("there is no setting \"{}\"{}{}", wanted.key,
                                           entity == nullptr ? "" : " here",
                                           config::suggestion(wanted.key, keys)));
    }

    // Whether anybody but the operator of the service may set it.
    bool is_free(const WantedSetting& wanted) {
        const auto* const spec = find_setting(wanted.key, scope_.of_kind);
        if (spec == nullptr || !spec->is_protected) return true;
        return mistake(wanted, fmt::format("\"{}\" is of the whole service: --setting KEY=VALUE of "
                                           "millrace serve sets it",
                                           wanted.key));
    }

    bool is_value_good(const WantedSetting& wanted) {
        const auto* const spec = find_setting(wanted.key, scope_.of_kind);
        if (spec == nullptr || wanted.value.is_null()) return true;
        const auto checked = check_setting(*spec, wanted.value);
        return checked.ok() || mistake(wanted, checked.error().client_text());
    }

    void set(const WantedSetting& wanted, Difference::Kind kind, std::string before) {
        change_.patch.push_back({{"key", wanted.key}, {"value", wanted.value}});
        change_.differences.push_back(
            {.kind = kind,
             .field = wanted.key,
             .before = std::move(before),
             .after = wanted.value.is_null() ? std::string() : shown_value(wanted.value)});
    }

    const SettingsScope& scope_;
    LineMistakes& mistakes_;
    SettingsChange change_;
};

constexpr std::string_view kAddColumns = "storage.level.target.table.addColumns";

// Moves those into a change of their own for which `is_one(key, value)`.
template <typename IsOne>
SettingsChange take(SettingsChange& settings, IsOne is_one) {
    SettingsChange taken;
    SettingsChange left;
    for (std::size_t i = 0; i < settings.patch.size(); ++i) {
        const auto& setting = settings.patch[i];
        auto& to = is_one(text_at(setting, {"key"}), member(setting, {"value"})) ? taken : left;
        to.patch.push_back(setting);
        to.differences.push_back(std::move(settings.differences[i]));
    }
    settings = std::move(left);
    return taken;
}

}  // namespace

SettingsChange take_strict(SettingsChange& settings) {
    static constexpr std::pair<std::string_view, std::string_view> kStrict[] = {
        {"mapping.onError", "reject"},
        {"source.http.answer.success", "all"},
        {"source.http.badRecords", "refuse"}};
    return take(settings, [](const std::string& key, const Json& value) {
        if (key == kAddColumns) return value == false;
        const auto* const strict =
            std::ranges::find(kStrict, key, &std::pair<std::string_view, std::string_view>::first);
        return strict != std::end(kStrict) && (value.is_null() || value == strict->second);
    });
}

SettingsChange take_refusing_columns(SettingsChange& settings) {
    return take(settings, [](const std::string& key, const Json& value) {
        return key == kAddColumns && value == false;
    });
}

SettingsChange plan_settings(const WantedEntity& wanted, const ActualEntity* entity,
                             const SettingsScope& scope, LineMistakes& mistakes) {
    SettingsPlanner planner(scope, mistakes);
    for (const auto& setting : wanted.settings) planner.add(setting, entity);
    return planner.finish();
}

}  // namespace millrace::cli
