#include "api/config/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/config/options.h"

namespace millrace::config {
namespace {

constexpr std::size_t kIndent = 32;  // the longest flag and its placeholder fit

std::string default_text(const OptionSpec& spec, const Config& defaults) {
    return spec.default_sentence.empty() ? show(spec, defaults)
                                         : std::string(spec.default_sentence);
}

std::string option_help(const OptionSpec& spec, const Config& defaults) {
    auto text = fmt::format("  {:<{}}{}\n", fmt::format("--{} {}", spec.name, spec.placeholder),
                            kIndent, spec.sentence);
    if (!spec.choices.empty()) {
        text += fmt::format("  {:<{}}One of {}.\n", "", kIndent, fmt::join(spec.choices, ", "));
    }
    text += fmt::format("  {:<{}}Default {}; {}", "", kIndent, default_text(spec, defaults),
                        environment_name(spec));
    if (spec.in_file) {
        const auto dot = spec.name.find('.');
        text += dot == std::string_view::npos
                    ? fmt::format("; {}", spec.name)
                    : fmt::format("; [{}] {}", spec.name.substr(0, dot), spec.name.substr(dot + 1));
    }
    return text + "\n";
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

// Of --target or --staging.
std::string backends_help(std::string_view noun, std::string_view sentence,
                          std::string_view without, const std::vector<BackendKind>& kinds) {
    auto text = fmt::format("  {:<{}}{}; may be repeated. Without one named default\n",
                            fmt::format("--{} NAME.OPTION=VALUE", noun), kIndent, sentence);
    text += fmt::format("  {:<{}}there is {}; no variable; [{}s.NAME] OPTION\n", "", kIndent,
                        without, noun);
    for (const auto& kind : kinds) {
        text += fmt::format("  {:<{}}kind={}: {}\n", "", kIndent, kind.name, kind.sentence);
        for (const auto& option : kind.options) {
            text += fmt::format("  {:<{}}  {}={}: {}\n", "", kIndent, option.name,
                                option.placeholder, option.sentence);
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
        "  millrace serve [options]   runs the service\n"
        "  millrace version           prints the version\n"
        "  millrace serve --help      lists the options\n"
        "\n"
        "On the data folder of a stopped service, but for inspect, which changes nothing:\n";
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
        "{}The options, variables and file are those of millrace serve.\n"
        "Exit codes: 0 done, 1 failure, 2 wrong usage, 3 the data folder is in use.\n",
        command.sentence, usage_of(command), switches_help(command));
}

std::string serve_help(const Config& defaults, const Grammar& grammar) {
    std::string text =
        "Runs the service until SIGINT or SIGTERM.\n"
        "\n"
        "Usage: millrace serve [options]\n"
        "\n"
        "A flag wins over the environment, that over the TOML file, that over the default. An "
        "empty\n"
        "environment variable counts as not set.\n"
        "\n"
        "Options, each with its default, its environment variable and its TOML key:\n";
    for (const auto& spec : option_specs()) text += option_help(spec, defaults);
    text +=
        fmt::format("  {:<{}}Keeps journal and slices in DIR too; may be repeated. Without one\n",
                    "--volume NAME=DIR", kIndent);
    text += fmt::format(
        "  {:<{}}named default there is DATA/volumes/default; no variable; [volumes.NAME] dir\n",
        "", kIndent);
    text +=
        fmt::format("  {:<{}}Setting of sources and sinks that do not set it; may be repeated.\n",
                    "--setting KEY=VALUE", kIndent);
    text += fmt::format("  {:<{}}Keys are in docs/settings.md; no variable; [settings] KEY\n", "",
                        kIndent);
    text += backends_help("target", "Where tables are", "DATA/target", grammar.targets);
    text += backends_help("staging", "Where slices wait for their import", "DATA/staging",
                          grammar.stagings);
    text +=
        "  -h, --help\n"
        "\n"
        "Environment only:\n";
    text += fmt::format("  {:<{}}Token of the REST API. Default: made once in DIR/admin-token.\n",
                        "MILLRACE_ADMIN_TOKEN", kIndent);
    text +=
        "\n"
        "Exit codes: 0 ended by a signal, 1 failure, 2 wrong usage, 3 the data folder is in use.\n";
    return text;
}

std::string version_help() {
    return "Prints the version.\n"
           "\n"
           "Usage: millrace version\n";
}

std::string version_text() {
    return fmt::format("millrace {}\n", MILLRACE_VERSION);
}

}  // namespace millrace::config
