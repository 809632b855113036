#include "api/config/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string_view>

#include "api/config/help.h"
#include "api/config/node_settings.h"
#include "api/config/options.h"
#include "api/config/toml_file.h"

namespace millrace::config {
namespace {

constexpr std::string_view kEnvironmentPrefix = "MILLRACE_";
constexpr std::string_view kAdminToken = "MILLRACE_ADMIN_TOKEN";
constexpr std::string_view kServe = "serve";  // its help lists the options
constexpr std::string_view kSettingFlag = "--setting";
constexpr std::string_view kVolumeFlag = "--volume";
constexpr std::string_view kVolumesTable = "volumes";
constexpr std::string_view kVolumesPrefix = "volumes.";
constexpr std::string_view kVolumeKey = ".dir";
constexpr std::string_view kSettingsTable = "settings";
constexpr std::string_view kSettingsPrefix = "settings.";

using Mistakes = std::vector<std::string>;
using Variables = std::map<std::string, std::string, std::less<>>;

// What the command line said, not yet looked into.
struct Arguments {
    bool help = false;
    bool version = false;
    const CommandSpec* command = nullptr;
    std::map<const OptionSpec*, std::string> flags;
    std::vector<std::string> settings;  // KEY=VALUE
    std::vector<std::string> volumes;   // NAME=DIR
    std::vector<std::string> others;    // of the command, or not known
};

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

// One command for CLI11, with the options that it may have.
class ParsedCommand {
public:
    ParsedCommand(CLI::App& app, const CommandSpec& spec, bool& help) : spec_(&spec), app_(&app) {
        for (const auto& word : words_of(spec.name)) {
            const auto known =
                app_->get_subcommands([&](CLI::App* other) { return other->get_name() == word; });
            app_ = known.empty() ? app_->add_subcommand(word) : known.front();
            if (!known.empty()) continue;
            app_->set_help_flag();
            app_->allow_extras();
            app_->require_subcommand(0, 1);
            app_->add_flag("-h,--help", help);
        }
        if (!spec.takes_options) return;
        for (const auto& option : option_specs()) {
            // An absent value must not stop the parser: assign() refuses the empty text with all
            // others.
            options_[&option] =
                app_->add_option("--" + std::string(option.name))->expected(0, 1)->take_last();
        }
        setting_ = app_->add_option(std::string(kSettingFlag))->expected(0, 1)->take_all();
        volume_ = app_->add_option(std::string(kVolumeFlag))->expected(0, 1)->take_all();
    }

    void tell(Arguments& arguments) const {
        if (!app_->parsed()) return;
        arguments.command = spec_;
        for (const auto& [option, found] : options_) {
            if (found->count() > 0) arguments.flags[option] = found->results().back();
        }
        if (setting_ != nullptr && setting_->count() > 0) arguments.settings = setting_->results();
        if (volume_ != nullptr && volume_->count() > 0) arguments.volumes = volume_->results();
    }

private:
    const CommandSpec* spec_;
    CLI::App* app_;
    std::map<const OptionSpec*, CLI::Option*> options_;
    CLI::Option* setting_ = nullptr;
    CLI::Option* volume_ = nullptr;
};

Arguments split_arguments(int argc, const char* const* argv, CommandSpecs commands,
                          Mistakes& mistakes) {
    Arguments arguments;
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    app.require_subcommand(0, 1);
    app.add_flag("-h,--help", arguments.help);
    app.add_flag("--version", arguments.version);
    std::vector<ParsedCommand> parsed;
    for (const auto& command : commands) parsed.emplace_back(app, command, arguments.help);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& failure) {
        mistakes.emplace_back(failure.what());
    }
    for (const auto& command : parsed) command.tell(arguments);
    arguments.others = app.remaining(true);
    return arguments;
}

// The MILLRACE_* variables that have a value.
Variables own_variables(const char* const* environment) {
    Variables variables;
    for (; *environment != nullptr; ++environment) {
        const std::string_view line = *environment;
        const auto equals = line.find('=');
        if (!line.starts_with(kEnvironmentPrefix) || equals == std::string_view::npos) continue;
        if (equals + 1 == line.size()) continue;
        variables.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return variables;
}

std::string with_suggestion(std::string text, std::string_view mistyped,
                            const std::vector<std::string>& known) {
    if (const auto meant = nearest(mistyped, known))
        text += fmt::format("; did you mean {}?", *meant);
    return text;
}

// Those that the command wants; what is left of `others` is not known.
std::vector<std::string> take_arguments(const CommandSpec& command,
                                        std::vector<std::string>& others, Mistakes& mistakes) {
    const auto wanted = words_of(command.arguments).size();
    std::vector<std::string> taken;
    std::vector<std::string> left;
    for (auto& other : others) {
        const bool is_one = taken.size() < wanted && !other.starts_with('-');
        (is_one ? taken : left).push_back(std::move(other));
    }
    others = std::move(left);
    if (taken.size() < wanted) {
        mistakes.push_back(fmt::format("{}: needs {}", command.name, command.arguments));
    }
    return taken;
}

void refuse_unknown_arguments(const std::vector<std::string>& unknown, Mistakes& mistakes) {
    std::vector<std::string> known = {"--help", std::string(kSettingFlag),
                                      std::string(kVolumeFlag)};
    for (const auto& spec : option_specs()) known.push_back("--" + std::string(spec.name));
    for (const auto& argument : unknown) {
        const auto name = argument.substr(0, argument.find('='));
        const auto* what = argument.starts_with('-') ? "unknown option" : "unexpected argument";
        mistakes.push_back(with_suggestion(fmt::format("{}: {}", name, what), name, known));
    }
}

// An entry of [settings]; an empty table sets nothing.
void apply_setting(const TomlEntry& entry, const std::string& place, Config& config,
                   Mistakes& mistakes) {
    if (entry.key == kSettingsTable) {
        if (entry.text != "an empty table") mistakes.push_back(place + ": must be a table");
        return;
    }
    if (entry.kind == TomlKind::other) {
        mistakes.push_back(fmt::format("{}: must be a single value, not {}", place, entry.text));
        return;
    }
    const auto key = std::string_view(entry.key).substr(kSettingsPrefix.size());
    const auto assigned = assign_setting(key, entry.text, config.settings);
    if (!assigned.ok()) {
        mistakes.push_back(fmt::format("{}: {}", place, assigned.error().client_text()));
    }
}

// An entry of [volumes.NAME]; only `dir` is known.
void apply_volume(const TomlEntry& entry, const std::string& place, Config& config,
                  Mistakes& mistakes) {
    auto name = std::string_view(entry.key);
    name.remove_prefix(std::min(name.size(), kVolumesPrefix.size()));
    if (!name.ends_with(kVolumeKey)) {
        if (entry.key == kVolumesTable && entry.text == "an empty table") return;
        mistakes.push_back(place + ": unknown key; a volume is [volumes.NAME] with dir = \"DIR\"");
        return;
    }
    if (entry.kind != TomlKind::text) {
        mistakes.push_back(place + ": must be a text in quotes");
        return;
    }
    name.remove_suffix(kVolumeKey.size());
    const auto assigned = assign_volume(name, entry.text, config.volumes);
    if (!assigned.ok()) {
        mistakes.push_back(fmt::format("{}: {}", place, assigned.error().client_text()));
    }
}

void apply_file(const std::string& path, Config& config, Mistakes& mistakes) {
    const auto entries = read_toml(path);
    if (!entries.ok()) {
        mistakes.push_back(entries.error().client_text());
        return;
    }
    std::vector<std::string> known;
    for (const auto& spec : option_specs()) {
        if (spec.in_file) known.emplace_back(spec.name);
    }
    for (const auto& entry : entries.value()) {
        const auto place = fmt::format("{}:{}: {}", path, entry.line, entry.key);
        if (entry.key == kSettingsTable || entry.key.starts_with(kSettingsPrefix)) {
            apply_setting(entry, place, config, mistakes);
            continue;
        }
        if (entry.key == kVolumesTable || entry.key.starts_with(kVolumesPrefix)) {
            apply_volume(entry, place, config, mistakes);
            continue;
        }
        const auto* spec = find_option(entry.key);
        if (spec == nullptr || !spec->in_file) {
            mistakes.push_back(with_suggestion(place + ": unknown key", entry.key, known));
            continue;
        }
        const bool takes_integer =
            spec->kind == OptionKind::number || spec->kind == OptionKind::byte_size;
        const bool takes_text = spec->kind != OptionKind::number;
        if (entry.kind == TomlKind::other || entry.kind == TomlKind::boolean) {
            mistakes.push_back(fmt::format(
                "{}: must be a {}, not {}", place, takes_text ? "text in quotes" : "number",
                entry.kind == TomlKind::boolean ? "a boolean" : entry.text));
        } else if (entry.kind == TomlKind::integer && !takes_integer) {
            mistakes.push_back(place + ": must be a text in quotes, not a number");
        } else if (entry.kind == TomlKind::text && !takes_text) {
            mistakes.push_back(place + ": must be a number, without quotes");
        } else if (const auto assigned = assign(*spec, entry.text, config); !assigned.ok()) {
            mistakes.push_back(
                fmt::format("{} = \"{}\": {}", place, entry.text, assigned.error().client_text()));
        }
    }
}

void apply_environment(const Variables& variables, Config& config, Mistakes& mistakes) {
    for (const auto& spec : option_specs()) {
        const auto found = variables.find(environment_name(spec));
        if (found == variables.end()) continue;
        const auto assigned = assign(spec, found->second, config);
        if (assigned.ok()) continue;
        mistakes.push_back(fmt::format("{}=\"{}\": {}", found->first, found->second,
                                       assigned.error().client_text()));
    }
    if (const auto token = variables.find(kAdminToken); token != variables.end()) {
        const auto assigned = assign_admin_token(token->second, config);
        if (!assigned.ok()) {
            mistakes.push_back(fmt::format("{}: {}", kAdminToken, assigned.error().client_text()));
        }
    }
}

void apply_flags(const Arguments& arguments, Config& config, Mistakes& mistakes) {
    for (const auto& spec : option_specs()) {
        const auto found = arguments.flags.find(&spec);
        if (found == arguments.flags.end()) continue;
        const auto assigned = assign(spec, found->second, config);
        if (assigned.ok()) continue;
        mistakes.push_back(found->second.empty()
                               ? fmt::format("--{}: {}", spec.name, assigned.error().client_text())
                               : fmt::format("--{} \"{}\": {}", spec.name, found->second,
                                             assigned.error().client_text()));
    }
}

// Of flags that may be repeated, NAME=VALUE each.
void apply_pairs(std::string_view flag, const std::vector<std::string>& pairs, Mistakes& mistakes,
                 const std::function<Result<void>(const std::string&)>& assign_pair) {
    for (const auto& pair : pairs) {
        const auto assigned = assign_pair(pair);
        if (assigned.ok()) continue;
        mistakes.push_back(
            fmt::format("{} \"{}\": {}", flag, pair, assigned.error().client_text()));
    }
}

std::vector<std::string> unknown_variables(const Variables& variables) {
    std::vector<std::string> known = {std::string(kAdminToken)};
    for (const auto& spec : option_specs()) known.push_back(environment_name(spec));
    std::vector<std::string> warnings;
    for (const auto& [name, value] : variables) {
        if (std::ranges::find(known, name) != known.end()) continue;
        warnings.push_back(with_suggestion(
            fmt::format("the environment variable {} is not known and is ignored", name), name,
            known));
    }
    return warnings;
}

std::optional<std::string> config_file(const Arguments& arguments, const Variables& variables) {
    const auto* spec = find_option("config");
    if (const auto flag = arguments.flags.find(spec); flag != arguments.flags.end())
        return flag->second;
    const auto variable = variables.find(environment_name(*spec));
    if (variable != variables.end()) return variable->second;
    return std::nullopt;
}

Error usage_error(std::string_view command, const Mistakes& mistakes) {
    std::string text = mistakes.size() == 1
                           ? "millrace: 1 mistake:\n"
                           : fmt::format("millrace: {} mistakes:\n", mistakes.size());
    for (const auto& mistake : mistakes) text += "  " + mistake + "\n";
    return Error(Code::invalid, fmt::format("{}See millrace {} --help.\n", text, command));
}

// The file, the variables and the flags, each over the one before.
void configure(const Arguments& arguments, const char* const* environment, CommandCall& run,
               Mistakes& mistakes) {
    auto& config = run.config;
    const auto variables = own_variables(environment);
    const auto file = config_file(arguments, variables);
    if (file.has_value() && !file->empty()) apply_file(*file, config, mistakes);
    apply_environment(variables, config, mistakes);
    apply_flags(arguments, config, mistakes);
    apply_pairs(kSettingFlag, arguments.settings, mistakes, [&](const std::string& pair) {
        return assign_setting_pair(pair, config.settings);
    });
    apply_pairs(kVolumeFlag, arguments.volumes, mistakes,
                [&](const std::string& pair) { return assign_volume_pair(pair, config.volumes); });
    run.warnings = unknown_variables(variables);
}

}  // namespace

Result<Invocation> parse_command_line(int argc, const char* const* argv,
                                      const char* const* environment, CommandSpecs commands) {
    Mistakes mistakes;
    auto arguments = split_arguments(argc, argv, commands, mistakes);
    const auto* const command = arguments.command;
    CommandCall run{.command = {}, .arguments = {}, .config = default_config(), .warnings = {}};
    if (arguments.help) {
        if (command == nullptr) return Invocation(Print{general_help(commands)});
        return Invocation(
            Print{command->name == kServe ? serve_help(run.config) : command_help(*command)});
    }
    if (command == nullptr) {
        if (arguments.version && mistakes.empty()) return Invocation(Print{version_text()});
        std::string text;
        if (!arguments.others.empty()) {
            text = fmt::format("millrace: \"{}\" is not a command\n\n", arguments.others.front());
        }
        return Error(Code::invalid, text + general_help(commands));
    }
    run.command = command->name;
    run.arguments = take_arguments(*command, arguments.others, mistakes);
    refuse_unknown_arguments(arguments.others, mistakes);
    if (command->takes_options) configure(arguments, environment, run, mistakes);
    if (!mistakes.empty()) return usage_error(command->name, mistakes);
    return Invocation(std::move(run));
}

}  // namespace millrace::config
