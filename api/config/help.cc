#include "api/config/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "api/config/options.h"
#include "api/config/wrapped_text.h"

namespace millrace::config {
namespace {

constexpr std::size_t kWidth = 100;  // of a terminal
constexpr std::size_t kIndent = 36;  // where texts begin; most flags with their placeholder fit

// The text in the right column, `indent` further in.
std::string right_column(std::string_view text, std::size_t indent = 0) {
    const auto begin = kIndent + indent;
    std::string lines;
    for (const auto& line : wrap(text, kWidth - begin)) {
        lines += fmt::format("{:<{}}{}\n", "", begin, line);
    }
    return lines;
}

// What is on the left, and its text beside it, or below where the left is too long.
std::string entry(std::string_view left, std::string_view text) {
    auto right = right_column(text);
    const auto begin = fmt::format("  {}", left);
    if (begin.size() + 2 > kIndent) return fmt::format("{}\n{}", begin, right);
    return right.replace(0, begin.size(), begin);
}

// "Default 30s, 100ms to 10m0s."
std::string values_text(const OptionSpec& spec, const Config& defaults) {
    auto text = fmt::format("Default {}", spec.default_sentence.empty()
                                              ? show(spec, defaults)
                                              : std::string(spec.default_sentence));
    if (const auto bounds = bounds_text(spec); !bounds.empty()) text += ", " + bounds;
    if (!spec.choices.empty()) text += fmt::format(", one of {}", fmt::join(spec.choices, ", "));
    text += '.';
    if (!spec.example.empty()) text += fmt::format(" Example: {}", spec.example);
    return text;
}

// "MILLRACE_LOG_LEVEL; [log] level"
std::string other_names(const OptionSpec& spec) {
    auto text = environment_name(spec);
    if (!spec.in_file) return text;
    const auto dot = spec.name.find('.');
    if (dot == std::string_view::npos) return text + fmt::format("; {}", spec.name);
    return text + fmt::format("; [{}] {}", spec.name.substr(0, dot), spec.name.substr(dot + 1));
}

std::string option_help(const OptionSpec& spec, const Config& defaults) {
    std::string text;
    if (!spec.heading.empty()) text += fmt::format("\n{}:\n", spec.heading);
    text += entry(fmt::format("--{} {}", spec.name, spec.placeholder), spec.sentence);
    text += right_column(values_text(spec, defaults));
    text += right_column(other_names(spec));
    return text;
}

// "millrace volume rename OLD NEW [options]"
std::string usage_of(const CommandSpec& command) {
    std::string text = fmt::format("millrace {}", command.words);
    for (const auto name : command.operands) text += fmt::format(" {}", name);
    for (const auto& [name, sentence] : command.switches) text += fmt::format(" [--{}]", name);
    return text + " [options]";
}

std::string switches_help(const CommandSpec& command) {
    std::string text;
    for (const auto& [name, sentence] : command.switches) {
        text += fmt::format("  {:<{}}{}\n", fmt::format("--{}", name), kIndent, sentence);
    }
    return text.empty() ? text : text + "\n";
}

// Of command lines, one a line.
std::string example_help(std::string_view example) {
    std::string text;
    for (auto rest = example; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        text += fmt::format("  {}\n", line);
    }
    return text.empty() ? text : fmt::format("Example:\n{}\n", text);
}

std::string_view example_kind(const std::vector<BackendKind>& kinds) {
    return kinds.empty() ? std::string_view("KIND") : kinds.front().name;
}

// Of --target or --staging.
std::string backends_help(std::string_view noun, std::string_view sentence,
                          std::string_view example, const std::vector<BackendKind>& kinds) {
    auto text = entry(
        fmt::format("--{} NAME.OPTION=VALUE", noun),
        fmt::format("{} May be given many times. NAME is 1 to 32 of a-z, 0-9 and -. Default: one "
                    "{} called default, in DIR/{}. Example: {}",
                    sentence, noun, noun, example));
    text += right_column(fmt::format("[{}s.NAME] OPTION", noun));
    for (const auto& kind : kinds) {
        text += right_column(fmt::format("NAME.kind={}: {}", kind.name, kind.sentence));
        for (const auto& option : kind.options) {
            text += right_column(
                fmt::format("NAME.{}={}: {}{}", option.name, option.placeholder, option.sentence,
                            option.is_required ? "; must be given" : ""),
                2);
        }
    }
    return text;
}

}  // namespace

std::string general_help(const Grammar& grammar) {
    std::string text =
        "Millrace receives events over HTTP and makes them rows of tables.\n"
        "\n"
        "Usage:\n"
        "  millrace serve [options]   runs the service; all its options have defaults\n"
        "  millrace serve --help      lists the options, with examples\n"
        "  millrace version           prints the version\n";
    if (!grammar.client_commands.empty()) {
        text +=
            "\n"
            "Asking a running service, by default that of ./data; each has --help with an "
            "example:\n";
    }
    for (const auto& command : grammar.client_commands) {
        auto words = fmt::format("millrace {}", command.words);
        for (const auto name : command.operands) words += fmt::format(" {}", name);
        text += fmt::format("  {}\n      {}\n", words, command.sentence);
    }
    text +=
        "\n"
        "On the data folder; check, backup and inspect also beside the running service:\n";
    for (const auto& command : grammar.commands) {
        text += fmt::format("  {}\n      {}\n", usage_of(command), command.sentence);
    }
    return text;
}

std::string command_help(const CommandSpec& command) {
    return fmt::format(
        "{}\n"
        "\n"
        "Usage: {}\n"
        "\n"
        "{}{}The options, variables and file are those of millrace serve.\n"
        "Exit codes: 0 done, 1 failure, 2 wrong usage, 3 the data folder is in use.\n",
        command.sentence, usage_of(command), example_help(command.example), switches_help(command));
}

std::string group_help(std::string_view group, const Grammar& grammar) {
    std::string usage;
    std::string_view example;
    for (const auto& command : grammar.commands) {
        if (group_of(command.words) != group) continue;
        usage += fmt::format("  {}\n      {}\n", usage_of(command), command.sentence);
        if (example.empty()) example = command.example;
    }
    return fmt::format(
        "Usage:\n"
        "{}"
        "\n"
        "{}Each has --help with an example. The options, variables and file are those of millrace "
        "serve.\n",
        usage, example_help(example));
}

std::string_view group_of(std::string_view words) {
    return words.substr(0, std::min(words.find(' '), words.size()));
}

std::string serve_help(const Config& defaults, const Grammar& grammar) {
    std::string text =
        "Runs the service until SIGINT or SIGTERM.\n"
        "\n"
        "Usage: millrace serve [options]\n"
        "\n"
        "Examples:\n"
        "  millrace serve --data-dir /var/lib/millrace --ingest.listen 0.0.0.0:7000\n"
        "  millrace serve --config /etc/millrace.toml --log.level debug\n"
        "  MILLRACE_LIMITS_BODY_SIZE=4MB millrace serve\n"
        "\n"
        "Each option below shows its default with the least and the greatest value, then its\n"
        "environment variable and its key in the TOML file. A flag wins over the variable, the\n"
        "variable over the file, the file over the default. An empty variable counts as not set.\n"
        "DIR is the value of --data-dir. Sizes are written as 512B, 16KB, 1MB or 2GB, times as "
        "500ms,\n"
        "30s or 1m30s.\n";
    for (const auto& spec : option_specs()) text += option_help(spec, defaults);
    text += "\nDisks, stagings, targets and settings, which have no environment variable:\n";
    text += entry("--volume NAME=DIR",
                  "Keeps journal and slices in this folder too. May be given many times. Default: "
                  "one volume called default, in DIR/volumes/default. Example: --volume "
                  "fast=/mnt/nvme/millrace");
    text += right_column("[volumes.NAME] dir");
    text += backends_help("target", "A place for tables.",
                          fmt::format("--target lake.kind={}", example_kind(grammar.targets)),
                          grammar.targets);
    text += backends_help("staging", "A place where slices wait until they are imported.",
                          fmt::format("--staging far.kind={}", example_kind(grammar.stagings)),
                          grammar.stagings);
    text += entry("--setting KEY=VALUE",
                  "A setting for all sources and sinks that do not set it themselves. May be given "
                  "many times. Keys are in docs/settings.md. Example: --setting "
                  "storage.level.target.import.trigger.interval=5m");
    text += right_column("[settings] KEY");
    text += "\nEnvironment only:\n";
    text += entry("MILLRACE_ADMIN_TOKEN",
                  "The token of the REST API. Default: one that is created at the first start, in "
                  "DIR/admin-token.");
    text += "\nOther:\n";
    text += entry("-h, --help", "Prints this text.");
    text +=
        "\n"
        "Exit codes: 0 ended by a signal, 1 failure, 2 wrong usage, 3 the data folder is in use.\n";
    return text;
}

std::string version_help() {
    return "Prints the version.\n"
           "\n"
           "Usage: millrace version\n"
           "\n"
           "Example:\n"
           "  millrace version\n";
}

std::string_view version() {
    return MILLRACE_VERSION;
}

std::string version_text() {
    return fmt::format("millrace {}\n", version());
}

}  // namespace millrace::config
