#include "api/cli/settings_commands.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "api/cli/api_client.h"
#include "api/cli/known_names.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

// A source, or a sink of it.
struct Owner {
    std::string source;
    std::string sink;  // empty: the source

    std::string path() const {
        return (sink.empty() ? source_path(source) : sink_path(source, sink)) + "/settings";
    }
};

Result<std::vector<Json>> settings_of(ApiClient& api, const Owner& owner) {
    const auto found = api.get(owner.path(), "settings");
    if (!found.ok()) return with_what_there_is(api, found.error(), owner.source, owner.sink);
    const auto& settings = member(found.value(), {"settings"});
    return std::vector<Json>(settings.begin(), settings.end());
}

// By its key, or by the end of it where only one has that.
Result<Json> find_setting(const std::vector<Json>& settings, const std::string& key) {
    std::vector<std::string> keys;
    std::vector<const Json*> by_end;
    for (const auto& setting : settings) {
        keys.push_back(text_at(setting, {"key"}));
        if (keys.back() == key) return setting;
        if (keys.back().ends_with("." + key)) by_end.push_back(&setting);
    }
    if (by_end.size() == 1) return *by_end.front();
    return Error(Code::not_found,
                 fmt::format("there is no setting \"{}\" here{}", key,
                             by_end.empty() ? config::suggestion(key, keys)
                                            : fmt::format(", but several end so; the first is {}",
                                                          text_at(*by_end.front(), {"key"}))));
}

Result<void> get(const config::ClientLine& line, Output& out) {
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(auto settings, settings_of(api, {.source = line.operands[0],
                                                .sink = line.operand(1).value_or("")}));
    if (const auto key = line.value("key")) {
        TRY_ASSIGN(const auto setting, find_setting(settings, *key));
        if (line.has("json")) return out.print(to_line(setting));
        return out.print(text_at(setting, {"value"}) + "\n");
    }
    if (line.has("json")) return out.print(to_array(settings));
    TextTable table{
        .heads = {"KEY", "VALUE", "FROM"}, .rows = {}, .is_number = {}, .least = {kWhole}};
    for (const auto& setting : settings) {
        table.rows.push_back(
            {text_at(setting, {"key"}), text_at(setting, {"value"}), text_at(setting, {"origin"})});
    }
    return out.print(render(table, Output::width()));
}

std::optional<Json> boolean_of(const std::string& text) {
    if (text == "true") return Json(true);
    if (text == "false") return Json(false);
    return std::nullopt;
}

std::optional<Json> number_of(const std::string& text) {
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return Json(number);
}

// The value in the type that the setting has; bounds are the matter of the API.
Result<Json> value_for(const Json& setting, const std::string& text) {
    if (text.empty()) return Json();
    const auto type = text_at(setting, {"type"});
    const auto key = text_at(setting, {"key"});
    if (type == "bool") {
        if (auto value = boolean_of(text)) return *value;
        return Error(Code::invalid, fmt::format("{}: true or false, not \"{}\"", key, text));
    }
    if (type == "int") {
        if (auto value = number_of(text)) return *value;
        return Error(Code::invalid, fmt::format("{}: a whole number, not \"{}\"", key, text));
    }
    return Json(text);
}

Result<void> set(const config::ClientLine& line, Output& out) {
    Owner owner{.source = line.operands[0], .sink = {}};
    auto pairs = line.operands.begin() + 1;
    if (pairs->find('=') == std::string::npos) owner.sink = *pairs++;
    if (pairs == line.operands.end()) return wrong_usage(line, "needs KEY=VALUE");

    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    TRY_ASSIGN(const auto known, settings_of(api, owner));
    auto settings = Json::array();
    for (; pairs != line.operands.end(); ++pairs) {
        const auto equals = pairs->find('=');
        if (equals == std::string::npos) {
            return wrong_usage(line, fmt::format("{} is no KEY=VALUE", *pairs));
        }
        const auto key = pairs->substr(0, equals);
        TRY_ASSIGN(const auto setting, find_setting(known, key));
        TRY_ASSIGN(auto value, value_for(setting, pairs->substr(equals + 1)));
        settings.push_back({{"key", text_at(setting, {"key"})}, {"value", std::move(value)}});
    }
    TRY_ASSIGN(const auto task,
               api.change("PATCH", owner.path(), Json{{"settings", std::move(settings)}}));
    if (line.has("json")) return out.print(to_line(task));
    return out.print(text_at(task, {"result"}) + "\n");
}

}  // namespace

std::vector<ClientCommand> settings_commands() {
    return {
        {.spec = {.words = "settings get",
                  .sentence = "Shows the settings in force of a source or sink, and where each is "
                              "from.",
                  .operands = {"SOURCE", "[SINK]"},
                  .options = {{.name = "key",
                               .placeholder = "KEY",
                               .sentence = "Prints the value of this one alone."},
                              kJson},
                  .example = "millrace settings get shop orders"},
         .run = get},
        {.spec = {.words = "settings set",
                  .sentence = "Sets settings of a source or sink; KEY= takes one back.",
                  .operands = {"SOURCE", "[SINK]", "KEY=VALUE..."},
                  .options = {kJson},
                  .example = "millrace settings set shop orders "
                             "storage.level.target.import.trigger.interval=30s"},
         .run = set},
    };
}

}  // namespace millrace::cli
