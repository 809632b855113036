#include "api/cli/completion_command.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

namespace millrace::cli {
namespace {

using Words = std::vector<std::string>;

// What may follow "millrace", or "millrace source", or "millrace source create".
using Choices = std::map<std::string, Words>;

void add(Words& words, std::string_view word) {
    if (std::ranges::find(words, word) == words.end()) words.emplace_back(word);
}

Words options_of(const config::ClientCommandSpec& spec) {
    Words words;
    for (const auto& option : spec.options) words.push_back(fmt::format("--{}", option.name));
    if (spec.asks_service) {
        for (const auto& option : config::place_options()) {
            words.push_back(fmt::format("--{}", option.name));
        }
    }
    words.emplace_back("--help");
    return words;
}

Choices choices_of(const std::vector<config::ClientCommandSpec>& specs) {
    Choices choices;
    for (const auto* own : {"serve", "version", "inspect", "volume", "secrets"}) {
        add(choices[""], own);
    }
    for (const auto& spec : specs) {
        const auto space = spec.words.find(' ');
        const std::string first(spec.words.substr(0, space));
        add(choices[""], first);
        if (space != std::string_view::npos) add(choices[first], spec.words.substr(space + 1));
        choices[std::string(spec.words)] = options_of(spec);
    }
    add(choices["completion"], "bash");
    add(choices["completion"], "zsh");
    add(choices["completion"], "fish");
    return choices;
}

// `source` and `source create` are cases of what has been typed; the longer one is tried first.
std::string bash_script(const Choices& choices) {
    std::string cases;
    for (const auto& [typed, words] : choices) {
        if (typed.empty()) continue;
        cases += fmt::format("        \"{}\") words=\"{}\" ;;\n", typed, fmt::join(words, " "));
    }
    return fmt::format(R"(# millrace completion for bash: source <(millrace completion bash)
_millrace() {{
    local words="" typed="${{COMP_WORDS[*]:1:2}}"
    local current="${{COMP_WORDS[COMP_CWORD]}}"
    [[ $COMP_CWORD -eq 1 ]] && typed=""
    [[ $COMP_CWORD -eq 2 ]] && typed="${{COMP_WORDS[1]}}"
    _millrace_words "$typed" || _millrace_words "${{COMP_WORDS[1]}}"
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [[ -z $words || ( ${{#COMPREPLY[@]}} -eq 0 && $current != -* ) ]] && COMPREPLY=($(compgen -f -- "$current"))
    return 0
}}
_millrace_words() {{
    case "$1" in
        "") words="{}" ;;
{}        *) return 1 ;;
    esac
}}
complete -F _millrace millrace
)",
                       fmt::join(choices.at(""), " "), cases);
}

std::string zsh_script(const Choices& choices) {
    return "# millrace completion for zsh: source <(millrace completion zsh)\n"
           "autoload -U +X compinit && compinit\n"
           "autoload -U +X bashcompinit && bashcompinit\n" +
           bash_script(choices);
}

std::string fish_script(const std::vector<config::ClientCommandSpec>& specs,
                        const Choices& choices) {
    std::string text = "# millrace completion for fish: millrace completion fish | source\n";
    text += fmt::format("complete -c millrace -n __fish_use_subcommand -f -a '{}'\n",
                        fmt::join(choices.at(""), " "));
    for (const auto& [typed, words] : choices) {
        if (typed.empty() || typed.find(' ') != std::string::npos ||
            words.front().starts_with('-')) {
            continue;
        }
        text += fmt::format(
            "complete -c millrace -n '__fish_seen_subcommand_from {}; and not "
            "__fish_seen_subcommand_from {}' -f -a '{}'\n",
            typed, fmt::join(words, " "), fmt::join(words, " "));
    }
    for (const auto& spec : specs) {
        std::string condition;
        for (std::size_t at = 0; at < spec.words.size();) {
            const auto end = std::min(spec.words.find(' ', at), spec.words.size());
            if (!condition.empty()) condition += "; and ";
            condition +=
                fmt::format("__fish_seen_subcommand_from {}", spec.words.substr(at, end - at));
            at = end + 1;
        }
        for (const auto& option : spec.options) {
            text += fmt::format("complete -c millrace -n '{}' -l {}{}\n", condition, option.name,
                                option.placeholder.empty() ? "" : " -r");
        }
    }
    for (const auto& option : config::place_options()) {
        text += fmt::format("complete -c millrace -l {} -r\n", option.name);
    }
    return text;
}

}  // namespace

ClientCommand completion_command(const std::vector<ClientCommand>& commands) {
    std::vector<config::ClientCommandSpec> specs;
    for (const auto& command : commands) specs.push_back(command.spec);
    return {.spec = {.words = "completion",
                     .sentence = "Prints what makes a shell complete millrace.",
                     .operands = {"bash|zsh|fish"},
                     .example = "source <(millrace completion bash)",
                     .asks_service = false},
            .run = [specs](const config::ClientLine& line, Output& out) -> Result<void> {
                const auto& shell = line.operands[0];
                const auto choices = choices_of(specs);
                if (shell == "bash") return out.print(bash_script(choices));
                if (shell == "zsh") return out.print(zsh_script(choices));
                if (shell == "fish") return out.print(fish_script(specs, choices));
                return wrong_usage(line, fmt::format("bash, zsh or fish, not {}", shell));
            }};
}

}  // namespace millrace::cli
