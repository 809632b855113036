#include "api/config/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "api/config/help.h"
#include "api/config/node_settings.h"
#include "api/config/options.h"
#include "api/config/toml_file.h"
#include "core/base/byte_size.h"

namespace millrace::config {
namespace {

constexpr std::uint64_t kSegmentBytes = 32 << 20;  // of a journal, which fills them ahead of use
constexpr std::string_view kEnvironmentPrefix = "MILLRACE_";
constexpr std::string_view kAdminToken = "MILLRACE_ADMIN_TOKEN";
constexpr std::string_view kSettingFlag = "--setting";
constexpr std::string_view kVolumeFlag = "--volume";
constexpr std::string_view kVolumesTable = "volumes";
constexpr std::string_view kVolumesPrefix = "volumes.";
constexpr std::string_view kVolumeKey = ".dir";
constexpr std::string_view kTargetFlag = "--target";
constexpr std::string_view kTargetsTable = "targets";
constexpr std::string_view kStagingFlag = "--staging";
constexpr std::string_view kStagingsTable = "stagings";
constexpr std::string_view kSettingsTable = "settings";
constexpr std::string_view kSettingsPrefix = "settings.";

using Mistakes = std::vector<std::string>;
using Variables = std::map<std::string, std::string, std::less<>>;

// What the command line said, not yet looked into.
struct Arguments {
    bool help = false;
    bool serve = false;
    bool version = false;
    const CommandSpec* command = nullptr;
    std::vector<std::string> operands;  // of the command
    std::set<std::string, std::less<>> switches;
    std::map<const OptionSpec*, std::string> flags;
    std::vector<std::string> settings;  // KEY=VALUE
    std::vector<std::string> volumes;   // NAME=DIR
    std::vector<std::string> targets;   // NAME.OPTION=VALUE, as the next
    std::vector<std::string> stagings;
    std::vector<std::string> unknown;
};

// The flags of one subcommand that takes the options of `serve`.
class Flags {
public:
    explicit Flags(CLI::App& of) {
        for (const auto& spec : option_specs()) {
            // An absent value must not stop the parser: assign() refuses the empty text with all
            // others.
            options_[&spec] =
                of.add_option("--" + std::string(spec.name))->expected(0, 1)->take_last();
        }
        setting_ = of.add_option(std::string(kSettingFlag))->expected(0, 1)->take_all();
        volume_ = of.add_option(std::string(kVolumeFlag))->expected(0, 1)->take_all();
        target_ = of.add_option(std::string(kTargetFlag))->expected(0, 1)->take_all();
        staging_ = of.add_option(std::string(kStagingFlag))->expected(0, 1)->take_all();
    }

    void read(Arguments& arguments) const {
        for (const auto& [spec, option] : options_) {
            if (option->count() == 0) continue;
            auto text = option->results().back();
            if (text.empty()) text = spec->bare;
            arguments.flags[spec] = std::move(text);
        }
        if (setting_->count() > 0) arguments.settings = setting_->results();
        if (volume_->count() > 0) arguments.volumes = volume_->results();
        if (target_->count() > 0) arguments.targets = target_->results();
        if (staging_->count() > 0) arguments.stagings = staging_->results();
    }

private:
    std::map<const OptionSpec*, CLI::Option*> options_;
    CLI::Option* setting_ = nullptr;
    CLI::Option* volume_ = nullptr;
    CLI::Option* target_ = nullptr;
    CLI::Option* staging_ = nullptr;
};

struct CommandFlags {
    const CommandSpec* spec;
    CLI::App* app;
    Flags flags;
    std::vector<std::pair<std::string_view, CLI::Option*>> switches;
};

// The subcommand of the words "secrets rekey": `rekey` in `secrets`, which is made once.
CLI::App& add_command(CLI::App& app, std::string_view words) {
    const auto space = words.find(' ');
    const std::string first(words.substr(0, space));
    const auto known =
        app.get_subcommands([&](const CLI::App* command) { return command->get_name() == first; });
    auto* found = known.empty() ? app.add_subcommand(first) : known.front();
    return space == std::string_view::npos ? *found : add_command(*found, words.substr(space + 1));
}

// What is left of the command line are its operands.
void take_operands(Arguments& arguments, Mistakes& mistakes) {
    const auto& names = arguments.command->operands;
    auto& given = arguments.unknown;
    while (!given.empty() && !given.front().starts_with('-') &&
           arguments.operands.size() < names.size()) {
        arguments.operands.push_back(given.front());
        given.erase(given.begin());
    }
    for (std::size_t i = arguments.operands.size(); i < names.size(); ++i) {
        mistakes.push_back(fmt::format("{}: needs {}", arguments.command->words, names[i]));
    }
}

Arguments split_arguments(int argc, const char* const* argv, const Grammar& grammar,
                          Mistakes& mistakes) {
    Arguments arguments;
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    app.require_subcommand(0, 1);
    app.add_flag("-h,--help", arguments.help);
    app.add_flag("--version", arguments.version);
    auto* version = app.add_subcommand("version");
    auto* serve = app.add_subcommand("serve");
    for (auto* command : {version, serve}) {
        command->set_help_flag();
        command->allow_extras();
        command->add_flag("-h,--help", arguments.help);
    }
    const Flags of_serve(*serve);
    std::vector<CommandFlags> commands;
    for (const auto& spec : grammar.commands) {
        auto& command = add_command(app, spec.words);
        command.set_help_flag();
        command.allow_extras();
        command.add_flag("-h,--help", arguments.help);
        auto& flags = commands.emplace_back(
            CommandFlags{.spec = &spec, .app = &command, .flags = Flags(command), .switches = {}});
        for (const auto& [name, sentence] : spec.switches) {
            flags.switches.emplace_back(name, command.add_flag("--" + std::string(name)));
        }
    }

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& failure) {
        mistakes.emplace_back(failure.what());
    }
    arguments.serve = serve->parsed();
    arguments.version |= version->parsed();
    arguments.unknown = app.remaining(true);
    of_serve.read(arguments);
    for (const auto& [spec, command, flags, switches] : commands) {
        if (!command->parsed()) continue;
        arguments.command = spec;
        for (const auto& [name, option] : switches) {
            if (option->count() > 0) arguments.switches.emplace(name);
        }
        flags.read(arguments);
        take_operands(arguments, mistakes);
    }
    return arguments;
}

bool is_other_variable(std::string_view name) {
    return std::ranges::any_of(option_specs(), [&](const OptionSpec& spec) {
        return !spec.other_variable.empty() && spec.other_variable == name;
    });
}

// The variables with our prefix that have a value, and the second names of options.
Variables own_variables(const char* const* environment) {
    Variables variables;
    for (; *environment != nullptr; ++environment) {
        const std::string_view line = *environment;
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        const auto name = line.substr(0, equals);
        if (!name.starts_with(kEnvironmentPrefix) && !is_other_variable(name)) continue;
        if (equals + 1 == line.size()) continue;
        variables.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return variables;
}

std::string with_suggestion(std::string text, std::string_view mistyped,
                            const std::vector<std::string>& known) {
    return text + suggestion(mistyped, known);
}

void refuse_unknown_arguments(const std::vector<std::string>& unknown, Mistakes& mistakes) {
    std::vector<std::string> known = {"--help", std::string(kSettingFlag), std::string(kVolumeFlag),
                                      std::string(kTargetFlag), std::string(kStagingFlag)};
    for (const auto& spec : option_specs()) known.push_back("--" + std::string(spec.name));
    for (const auto& argument : unknown) {
        const auto name = argument.substr(0, argument.find('='));
        const auto* what = argument.starts_with('-') ? "unknown option" : "unexpected argument";
        mistakes.push_back(with_suggestion(fmt::format("{}: {}", name, what), name, known));
    }
}

// An entry of [settings]; an empty table sets nothing.
void apply_setting(const TomlEntry& entry, const std::string& place, const Grammar& grammar,
                   Config& config, Mistakes& mistakes) {
    if (entry.key == kSettingsTable) {
        if (entry.text != "an empty table") mistakes.push_back(place + ": must be a table");
        return;
    }
    if (entry.kind == TomlKind::other) {
        mistakes.push_back(fmt::format("{}: must be a single value, not {}", place, entry.text));
        return;
    }
    const auto key = std::string_view(entry.key).substr(kSettingsPrefix.size());
    const auto assigned = assign_setting(key, entry.text, grammar.settings, config.settings);
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

// An entry of [targets.NAME] or [stagings.NAME].
void apply_backend(const TomlEntry& entry, std::string_view table, const std::string& place,
                   Backends& backends, Mistakes& mistakes) {
    if (entry.key == table) {
        if (entry.text != "an empty table") mistakes.push_back(place + ": must be a table");
        return;
    }
    if (entry.kind == TomlKind::other) {
        mistakes.push_back(fmt::format("{}: must be a single value, not {}", place, entry.text));
        return;
    }
    const auto key = std::string_view(entry.key).substr(table.size() + 1);
    const auto assigned = assign_backend(key, entry.text, backends);
    if (!assigned.ok()) {
        mistakes.push_back(fmt::format("{}: {}", place, assigned.error().client_text()));
    }
}

// Whether an entry is the table or in it.
bool is_of(const TomlEntry& entry, std::string_view table) {
    const std::string_view key = entry.key;
    return key.starts_with(table) && (key.size() == table.size() || key[table.size()] == '.');
}

void check_backends(const Config& config, const Grammar& grammar, Mistakes& mistakes) {
    for (auto& mistake : backend_mistakes(kTargetsTable, config.targets, grammar.targets)) {
        mistakes.push_back(std::move(mistake));
    }
    for (auto& mistake : backend_mistakes(kStagingsTable, config.stagings, grammar.stagings)) {
        mistakes.push_back(std::move(mistake));
    }
    const auto& used = config.staging_in_use;
    if (used == kDefaultBackend || config.stagings.contains(used)) return;
    std::string known(kDefaultBackend);
    for (const auto& [name, staging] : config.stagings) {
        if (name != kDefaultBackend) known += ", " + name;
    }
    mistakes.push_back(
        fmt::format("staging.use \"{}\": there is no such staging, but {}", used, known));
}

void check_tls(std::string_view port, const Tls& tls, bool is_self_signed, Mistakes& mistakes) {
    std::error_code ignored;  // what is no folder is looked at as a file, later
    const bool is_folder = std::filesystem::is_directory(tls.certificate, ignored);
    if (is_folder && !tls.key.empty()) {
        mistakes.push_back(
            fmt::format("{0}.tls-cert names a folder, which has the keys beside the "
                        "certificates: leave {0}.tls-key out",
                        port));
    } else if (!is_folder && tls.certificate.empty() != tls.key.empty()) {
        const auto* const given = tls.key.empty() ? "cert" : "key";
        const auto* const missing = tls.key.empty() ? "key" : "cert";
        mistakes.push_back(fmt::format("{0}.tls-{1} needs {0}.tls-{2}, the file that belongs to it",
                                       port, given, missing));
    } else if (!tls.client_ca.empty() && tls.certificate.empty() && !is_self_signed) {
        mistakes.push_back(fmt::format(
            "{0}.tls-client-ca needs {0}.tls-cert: clients show certificates over TLS", port));
    }
}

void check_clients(const Config& config, Mistakes& mistakes) {
    if (config.proxy_protocol == "yes" && config.proxies.trusted.empty()) {
        mistakes.push_back(
            "ingest.proxy-protocol needs ingest.trusted-proxies: whose heads are believed");
    }
    if (config.ingest_tls.client_auth == "optional" && config.ingest_tls.client_ca.empty()) {
        mistakes.push_back(
            "ingest.tls-client-auth needs ingest.tls-client-ca: who signs certificates of clients");
    }
}

void apply_file(const std::string& path, const Grammar& grammar, Config& config,
                Mistakes& mistakes) {
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
            apply_setting(entry, place, grammar, config, mistakes);
            continue;
        }
        if (entry.key == kVolumesTable || entry.key.starts_with(kVolumesPrefix)) {
            apply_volume(entry, place, config, mistakes);
            continue;
        }
        if (is_of(entry, kTargetsTable)) {
            apply_backend(entry, kTargetsTable, place, config.targets, mistakes);
            continue;
        }
        if (is_of(entry, kStagingsTable)) {
            apply_backend(entry, kStagingsTable, place, config.stagings, mistakes);
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
        auto found = variables.find(environment_name(spec));
        std::string_view unit;
        if (found == variables.end() && !spec.other_variable.empty()) {
            found = variables.find(std::string(spec.other_variable));
            unit = spec.other_unit;
        }
        if (found == variables.end()) continue;
        const auto assigned = assign(spec, std::string(found->second).append(unit), config);
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
    for (const auto& spec : option_specs()) {
        known.push_back(environment_name(spec));
        if (!spec.other_variable.empty()) known.emplace_back(spec.other_variable);
    }
    known.insert(known.end(), {"MILLRACE_API", "MILLRACE_TOKEN"});  // of the clients
    std::vector<std::string> warnings;
    for (const auto& [name, value] : variables) {
        if (std::ranges::find(known, name) != known.end()) continue;
        warnings.push_back(with_suggestion(
            fmt::format("the environment variable {} is not known and is ignored", name), name,
            known));
    }
    return warnings;
}

// A smaller one would be used up by what the service itself still writes on a full disk.
void raise_reserve(Limits& limits, std::vector<std::string>& warnings) {
    const auto least = limits.disk_ballast_bytes + kSegmentBytes;
    if (limits.disk_reserve_bytes >= least) return;
    warnings.push_back(fmt::format(
        "limits.disk-reserve is raised from {} to {}: limits.disk-ballast and a segment of the "
        "journal must fit into it",
        format_byte_size(limits.disk_reserve_bytes), format_byte_size(least)));
    limits.disk_reserve_bytes = least;
}

std::optional<std::string> config_file(const Arguments& arguments, const Variables& variables) {
    const auto* spec = find_option("config");
    if (const auto flag = arguments.flags.find(spec); flag != arguments.flags.end())
        return flag->second;
    const auto variable = variables.find(environment_name(*spec));
    if (variable != variables.end()) return variable->second;
    return std::nullopt;
}

// What a command line may begin with.
std::vector<std::string> first_words(const Grammar& grammar) {
    std::vector<std::string> words = {"serve", "version", "help"};
    const auto add = [&](std::string_view all) { words.emplace_back(group_of(all)); };
    for (const auto& command : grammar.client_commands) add(command.words);
    for (const auto& command : grammar.commands) add(command.words);
    return words;
}

// What begins with the word of several commands on the data folder, as "volume", and names none of
// them. Nothing: it is something else.
std::optional<Result<Invocation>> parse_group(const std::vector<std::string_view>& arguments,
                                              const Grammar& grammar) {
    const auto group = arguments.front();
    std::vector<std::string> known;
    for (const auto& command : grammar.commands) {
        if (group_of(command.words) != group || command.words == group) continue;
        known.emplace_back(command.words.substr(group.size() + 1));
        if (std::ranges::find(arguments, known.back()) != arguments.end()) return std::nullopt;
    }
    if (known.empty()) return std::nullopt;
    const auto help = group_help(group, grammar);
    for (const auto argument : arguments) {
        if (argument != "-h" && argument != "--help") continue;
        return Result<Invocation>(Invocation(Print{help}));
    }
    const bool is_mistyped = arguments.size() > 1 && !arguments[1].starts_with('-');
    const auto mistake = is_mistyped
                             ? fmt::format("{} {} is not a command{}", group, arguments[1],
                                           suggestion(arguments[1], known))
                             : fmt::format("{} needs one of {}", group, fmt::join(known, ", "));
    return Result<Invocation>(Error(Code::invalid, fmt::format("millrace: {}\n{}", mistake, help)));
}

Result<Invocation> invocation_of(Result<ClientInvocation> client) {
    if (!client.ok()) return std::move(client).error();
    if (client.value().line) return Invocation(std::move(*client.value().line));
    return Invocation(Print{std::move(client.value().help)});
}

// `words` are those of the command, for its help.
Error usage_error(const Mistakes& mistakes, std::string_view words) {
    std::string text = mistakes.size() == 1
                           ? "millrace: 1 mistake:\n"
                           : fmt::format("millrace: {} mistakes:\n", mistakes.size());
    for (const auto& mistake : mistakes) text += "  " + mistake + "\n";
    return Error(Code::invalid, fmt::format("{}See millrace {} --help.\n", text, words));
}

}  // namespace

Result<Invocation> parse_command_line(int argc, const char* const* argv,
                                      const char* const* environment, const Grammar& grammar) {
    // "help source create" is "source create --help".
    if (argc > 1 && std::string_view(argv[1]) == "help") {
        std::vector<const char*> asked(argv + 2, argv + argc);
        asked.insert(asked.begin(), argv[0]);
        asked.push_back("--help");
        return parse_command_line(static_cast<int>(asked.size()), asked.data(), environment,
                                  grammar);
    }
    if (argc > 1) {
        auto client =
            parse_client_line({argv + 1, argv + argc}, environment, grammar.client_commands);
        if (client) return invocation_of(std::move(*client));
        auto group = parse_group({argv + 1, argv + argc}, grammar);
        if (group) return std::move(*group);
    }
    Mistakes mistakes;
    const auto arguments = split_arguments(argc, argv, grammar, mistakes);
    const auto defaults = default_config();
    if (arguments.help) {
        if (arguments.serve) return Invocation(Print{serve_help(defaults, grammar)});
        if (arguments.command != nullptr)
            return Invocation(Print{command_help(*arguments.command)});
        return Invocation(Print{arguments.version ? version_help() : general_help(grammar)});
    }
    if (!arguments.serve && !arguments.version && arguments.command == nullptr) {
        if (arguments.unknown.empty()) return Error(Code::invalid, general_help(grammar));
        const auto& given = arguments.unknown.front();
        return Error(Code::invalid,
                     fmt::format("millrace: \"{}\" is not a command{}\nSee millrace --help.\n",
                                 given, suggestion(given, first_words(grammar))));
    }
    refuse_unknown_arguments(arguments.unknown, mistakes);
    if (arguments.version) {
        if (!mistakes.empty()) return usage_error(mistakes, "version");
        return Invocation(Print{version_text()});
    }

    Serve serve{.config = defaults, .warnings = {}};
    const auto variables = own_variables(environment);
    const auto file = config_file(arguments, variables);
    if (file.has_value() && !file->empty()) apply_file(*file, grammar, serve.config, mistakes);
    apply_environment(variables, serve.config, mistakes);
    apply_flags(arguments, serve.config, mistakes);
    auto& config = serve.config;
    apply_pairs(kSettingFlag, arguments.settings, mistakes, [&](const std::string& pair) {
        return assign_setting_pair(pair, grammar.settings, config.settings);
    });
    apply_pairs(kVolumeFlag, arguments.volumes, mistakes,
                [&](const std::string& pair) { return assign_volume_pair(pair, config.volumes); });
    apply_pairs(kTargetFlag, arguments.targets, mistakes,
                [&](const std::string& pair) { return assign_backend_pair(pair, config.targets); });
    apply_pairs(kStagingFlag, arguments.stagings, mistakes, [&](const std::string& pair) {
        return assign_backend_pair(pair, config.stagings);
    });
    check_backends(config, grammar, mistakes);
    const bool is_self_signed = config.tls_self_signed == "yes";
    check_tls("api", config.api_tls, is_self_signed, mistakes);
    check_tls("ingest", config.ingest_tls, is_self_signed, mistakes);
    check_clients(config, mistakes);
    if (!mistakes.empty()) {
        return usage_error(mistakes,
                           arguments.command != nullptr ? arguments.command->words : "serve");
    }
    serve.warnings = unknown_variables(variables);
    raise_reserve(config.limits, serve.warnings);
    if (arguments.command == nullptr) return Invocation(std::move(serve));
    return Invocation(Command{.words = std::string(arguments.command->words),
                              .operands = arguments.operands,
                              .switches = arguments.switches,
                              .config = std::move(serve.config),
                              .warnings = std::move(serve.warnings)});
}

}  // namespace millrace::config
