#include "api/config/client_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "api/config/options.h"
#include "api/config/wrapped_text.h"
#include "core/base/utf8_sequence.h"

namespace millrace::config {
namespace {

using Commands = std::vector<ClientCommandSpec>;
using Arguments = std::vector<std::string>;

constexpr std::array kPlaceOptions = {
    ClientOption{.name = "api",
                 .placeholder = "URL",
                 .sentence = "The REST API of the service, or MILLRACE_API. Default: that of the "
                             "data folder."},
    ClientOption{.name = "token",
                 .placeholder = "TOKEN",
                 .sentence = "A token of that API, or MILLRACE_TOKEN. Default: the admin token of "
                             "the data folder."},
    ClientOption{.name = "data-dir",
                 .placeholder = "DIR",
                 .sentence = "The data folder, or MILLRACE_DATA_DIR. Default ./data."},
};
constexpr std::size_t kWidth = 100;  // of a help
constexpr std::size_t kIndent = 28;  // where its sentences begin

std::string_view first_word(std::string_view words) {
    return words.substr(0, words.find(' '));
}

bool is_option(std::string_view argument) {
    return argument.size() > 1 && argument.starts_with('-');
}

// "--api=http://x" is api and http://x.
struct Given {
    std::string name;
    std::optional<std::string> value;
};

Given split_option(std::string_view argument) {
    const auto begin = argument.find_first_not_of('-');
    if (begin == std::string_view::npos) return {.name = std::string(argument), .value = {}};
    argument.remove_prefix(begin);
    const auto equals = argument.find('=');
    if (equals == std::string_view::npos) return {.name = std::string(argument), .value = {}};
    return {.name = std::string(argument.substr(0, equals)),
            .value = std::string(argument.substr(equals + 1))};
}

bool is_help(std::string_view argument) {
    return argument == "-h" || argument == "--help";
}

const ClientOption* find_client_option(const ClientCommandSpec& command, std::string_view name) {
    const auto named = [&](const ClientOption& option) { return option.name == name; };
    const auto own = std::ranges::find_if(command.options, named);
    if (own != command.options.end()) return &*own;
    if (!command.asks_service) return nullptr;
    const auto* const common = std::ranges::find_if(kPlaceOptions, named);
    return common == kPlaceOptions.end() ? nullptr : common;
}

const ClientOption* find_letter(const ClientCommandSpec& command, std::string_view letter) {
    const auto found = std::ranges::find_if(command.options, [&](const ClientOption& option) {
        return !letter.empty() && option.letter == letter;
    });
    return found == command.options.end() ? nullptr : &*found;
}

// The place of the first argument that is neither an option nor the value of one.
std::size_t find_word(const Arguments& arguments, std::size_t from) {
    for (auto i = from; i < arguments.size(); ++i) {
        if (!is_option(arguments[i])) return i;
        const auto given = split_option(arguments[i]);
        const bool takes_value = std::ranges::any_of(
            kPlaceOptions, [&](const ClientOption& option) { return option.name == given.name; });
        if (takes_value && !given.value) ++i;
    }
    return arguments.size();
}

std::string group_help(std::string_view group, const Commands& commands) {
    std::string text;
    for (const auto& command : commands) {
        if (first_word(command.words) != group) continue;
        text += fmt::format("  {}\n      {}\n", usage_of(command), command.sentence);
    }
    return text;
}

// Command lines, one a line.
std::string example_lines(std::string_view example) {
    std::string text = "Example:\n";
    for (auto rest = example; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        text += fmt::format("  {}\n", line);
    }
    return text;
}

// Of the first command of the group.
std::string example_of(std::string_view group, const Commands& commands) {
    for (const auto& command : commands) {
        if (first_word(command.words) != group || command.example.empty()) continue;
        return example_lines(command.example) + "\n";
    }
    return {};
}

// The commands that begin with the word of the group.
std::vector<std::string> second_words(std::string_view group, const Commands& commands) {
    std::vector<std::string> words;
    for (const auto& command : commands) {
        if (first_word(command.words) != group || command.words.size() <= group.size()) continue;
        words.emplace_back(command.words.substr(group.size() + 1));
    }
    return words;
}

Error usage_mistake(const ClientCommandSpec& command, const std::vector<std::string>& mistakes) {
    std::string text;
    for (const auto& mistake : mistakes) {
        text += fmt::format("millrace: {}: {}\n", command.words, mistake);
    }
    return Error(Code::invalid, fmt::format("{}Usage: {}\nSee millrace {} --help.\n", text,
                                            usage_of(command), command.words));
}

// Reads what stands behind the words of one command.
class Reader {
public:
    explicit Reader(const ClientCommandSpec& command) : command_(command) {
        line_.words = command.words;
    }

    void read(const Arguments& arguments, const std::set<std::size_t>& words) {
        bool options_end = false;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            if (words.contains(i)) continue;
            const auto& argument = arguments[i];
            if (options_end || !is_option(argument)) {
                line_.operands.push_back(argument);
            } else if (argument == "--") {
                options_end = true;
            } else {
                i += read_option(arguments, i);
            }
        }
    }

    Result<ClientLine> finish(const char* const* environment) {
        check_operands();
        check_texts();
        if (command_.asks_service) {
            find_place(environment);
            check_place();
        }
        if (!mistakes_.empty()) return usage_mistake(command_, mistakes_);
        return std::move(line_);
    }

private:
    // Returns how many arguments behind it belong to it.
    std::size_t read_option(const Arguments& arguments, std::size_t at) {
        const auto [name, value] = split_option(arguments[at]);
        const auto* const option = arguments[at].starts_with("--")
                                       ? find_client_option(command_, name)
                                       : find_letter(command_, name);
        if (option == nullptr) {
            refuse_option(arguments[at].substr(0, arguments[at].find('=')));
            return 0;
        }
        auto& values = line_.options[std::string(option->name)];
        if (option->placeholder.empty()) {
            if (value) mistakes_.push_back(fmt::format("--{} takes no value", option->name));
            return 0;
        }
        if (value) {
            values.push_back(*value);
            return 0;
        }
        if (at + 1 == arguments.size()) {
            mistakes_.push_back(
                fmt::format("--{} needs a value: {}", option->name, option->placeholder));
            return 0;
        }
        values.push_back(arguments[at + 1]);
        return 1;
    }

    void refuse_option(const std::string& given) {
        std::vector<std::string> known = {"--help"};
        for (const auto& option : command_.options)
            known.push_back(fmt::format("--{}", option.name));
        if (command_.asks_service) {
            for (const auto& option : kPlaceOptions) {
                known.push_back(fmt::format("--{}", option.name));
            }
        }
        mistakes_.push_back(fmt::format("unknown option {}{}", given, suggestion(given, known)));
    }

    void check_operands() {
        const auto& names = command_.operands;
        const auto given = line_.operands.size();
        // Those that may be left out have what is more than the others need.
        std::size_t needed = 0;
        for (const auto name : names) {
            if (name.starts_with('[')) continue;
            if (++needed > given) mistakes_.push_back(fmt::format("needs {}", name));
        }
        for (const auto& option : command_.options) {
            if (!option.is_required || line_.has(option.name)) continue;
            mistakes_.push_back(fmt::format("needs --{} {}", option.name, option.placeholder));
        }
        const bool takes_more = !names.empty() && names.back().ends_with("...");
        if (given > names.size() && !takes_more) {
            mistakes_.push_back(
                fmt::format("unexpected argument {}", line_.operands[names.size()]));
        }
    }

    // No id, key or file is empty. It is what a script has where a variable is not set, and does
    // not mean that the operand is left out.
    void check_texts() {
        const auto& names = command_.operands;
        for (std::size_t i = 0; i < line_.operands.size() && !names.empty(); ++i) {
            const auto name = bare_name(names[std::min(i, names.size() - 1)]);
            if (line_.operands[i].empty()) {
                mistakes_.push_back(fmt::format("{} is empty", name));
            }
            check_utf8(name, name, line_.operands[i]);
        }
        for (const auto& [name, values] : line_.options) {
            const auto* const option = find_client_option(command_, name);
            for (const auto& value : values) {
                check_utf8(fmt::format("--{}", name), option->placeholder, value);
            }
        }
    }

    // "[FILE]" and "ID..." without what says how often.
    static std::string_view bare_name(std::string_view name) {
        if (name.ends_with("...")) name.remove_suffix(3);
        if (name.starts_with('[')) name = name.substr(1, name.find(']') - 1);
        return name;
    }

    // Of all but paths, which may have any bytes.
    void check_utf8(std::string_view what, std::string_view noun, std::string_view text) {
        const auto at = find_invalid_utf8(text);
        if (at == text.size() || noun == "FILE" || noun == "DIR") return;
        mistakes_.push_back(fmt::format("{} is no UTF-8: it has the byte 0x{:02X} behind \"{}\"",
                                        what, static_cast<unsigned char>(text[at]),
                                        text.substr(0, at)));
    }

    // Empty is what a script has where a variable is not set. It does not mean the admin token of
    // this folder, or the service that runs here.
    void check_place() {
        for (const auto& option : kPlaceOptions) {
            if (line_.value(option.name) != "") continue;
            mistakes_.push_back(fmt::format("--{} is empty: give it a {}, or leave it out",
                                            option.name, option.placeholder));
        }
        if (has_empty_token_ && !line_.has("token")) {
            mistakes_.emplace_back("MILLRACE_TOKEN is empty: give it a token, or unset it");
        }
    }

    void find_place(const char* const* environment) {
        auto& place = line_.place;
        for (; *environment != nullptr; ++environment) {
            const std::string_view entry = *environment;
            const auto equals = entry.find('=');
            has_empty_token_ = has_empty_token_ || entry == "MILLRACE_TOKEN=";
            if (equals == std::string_view::npos || equals + 1 == entry.size()) continue;
            const auto name = entry.substr(0, equals);
            const auto value = entry.substr(equals + 1);
            if (name == "MILLRACE_API") {
                place.api = value;
                place.is_api_from_variable = true;
            }
            if (name == "MILLRACE_TOKEN") place.token = value;
            if (name == "MILLRACE_ADMIN_TOKEN") place.admin_token = value;
            if (name == "MILLRACE_DATA_DIR") place.data_dir = value;
        }
        if (const auto dir = line_.value("data-dir")) {
            // The folder that was named is meant, and no other service.
            place.data_dir = *dir;
            place.api.clear();
        }
        if (const auto api = line_.value("api")) {
            place.api = *api;
            place.is_api_from_variable = false;
        }
        if (const auto token = line_.value("token")) place.token = *token;
    }

    const ClientCommandSpec& command_;
    ClientLine line_;
    bool has_empty_token_ = false;  // MILLRACE_TOKEN
    std::vector<std::string> mistakes_;
};

std::string option_lines(const ClientOption& option) {
    auto text = option.letter.empty() ? fmt::format("  --{}", option.name)
                                      : fmt::format("  -{}, --{}", option.letter, option.name);
    if (!option.placeholder.empty()) text += fmt::format(" {}", option.placeholder);
    if (text.size() + 2 > kIndent) text += '\n';
    for (const auto& line : wrap(option.sentence, kWidth - kIndent)) {
        const bool begins_line = text.ends_with('\n');
        const auto used = begins_line ? 0 : text.size() - (text.rfind('\n') + 1);
        text += fmt::format("{:<{}}{}\n", "", kIndent - used, line);
    }
    return text;
}

Result<ClientInvocation> parse_command(const ClientCommandSpec& command, const Arguments& arguments,
                                       const std::set<std::size_t>& words,
                                       const char* const* environment) {
    if (std::ranges::any_of(arguments, is_help)) {
        return ClientInvocation{.line = {}, .help = client_help(command)};
    }
    Reader reader(command);
    reader.read(arguments, words);
    TRY_ASSIGN(auto line, reader.finish(environment));
    return ClientInvocation{.line = std::move(line), .help = {}};
}

}  // namespace

std::optional<std::string> ClientLine::value(std::string_view option) const {
    const auto found = options.find(option);
    if (found == options.end() || found->second.empty()) return std::nullopt;
    return found->second.back();
}

std::vector<std::string> ClientLine::values(std::string_view option) const {
    const auto found = options.find(option);
    return found == options.end() ? std::vector<std::string>() : found->second;
}

std::optional<std::string> ClientLine::operand(std::size_t at) const {
    if (at >= operands.size()) return std::nullopt;
    return operands[at];
}

std::span<const ClientOption> place_options() {
    return kPlaceOptions;
}

std::string suggestion(std::string_view mistyped, std::span<const std::string> known) {
    const auto meant = nearest(mistyped, known);
    return meant ? fmt::format("; did you mean {}?", *meant) : std::string();
}

std::string usage_of(const ClientCommandSpec& command) {
    auto text = fmt::format("millrace {}", command.words);
    for (const auto name : command.operands) text += fmt::format(" {}", name);
    bool has_others = command.asks_service;
    for (const auto& option : command.options) {
        has_others = has_others || !option.is_required;
        if (!option.is_required) continue;
        text += option.letter.empty() ? fmt::format(" --{}", option.name)
                                      : fmt::format(" -{}", option.letter);
        text += fmt::format(" {}{}", option.placeholder, option.is_repeated ? "..." : "");
    }
    return has_others ? text + " [options]" : text;
}

std::string client_help(const ClientCommandSpec& command) {
    auto text = fmt::format("{}\n\nUsage: {}\n", command.sentence,
                            fmt::join(wrap(usage_of(command), kWidth - 9), "\n         "));
    text += "\n" + example_lines(command.example);
    if (!command.options.empty()) text += "\nOptions:\n";
    for (const auto& option : command.options) text += option_lines(option);
    if (command.asks_service) {
        text += "\nWhich service:\n";
        for (const auto& option : kPlaceOptions) text += option_lines(option);
    }
    return text + "\nExit codes: 0 done, 1 refused or failed, 2 wrong usage.\n";
}

std::optional<Result<ClientInvocation>> parse_client_line(const Arguments& arguments,
                                                          const char* const* environment,
                                                          const Commands& commands) {
    const auto first = find_word(arguments, 0);
    if (first == arguments.size()) return std::nullopt;
    const auto& group = arguments[first];
    const auto find = [&](std::string_view words) {
        return std::ranges::find_if(
            commands, [&](const ClientCommandSpec& command) { return command.words == words; });
    };
    if (const auto command = find(group); command != commands.end()) {
        return parse_command(*command, arguments, {first}, environment);
    }
    const auto known = second_words(group, commands);
    if (known.empty()) return std::nullopt;

    const auto second = find_word(arguments, first + 1);
    if (second < arguments.size()) {
        const auto command = find(fmt::format("{} {}", group, arguments[second]));
        if (command != commands.end()) {
            return parse_command(*command, arguments, {first, second}, environment);
        }
    }
    if (std::ranges::any_of(arguments, is_help)) {
        return ClientInvocation{
            .line = {},
            .help = fmt::format("Usage:\n{}\n{}Each has --help with an "
                                "example.\n",
                                group_help(group, commands), example_of(group, commands))};
    }
    const auto mistake = second == arguments.size()
                             ? fmt::format("{} needs one of {}", group, fmt::join(known, ", "))
                             : fmt::format("{} {} is not a command{}", group, arguments[second],
                                           suggestion(arguments[second], known));
    return Error(Code::invalid,
                 fmt::format("millrace: {}\nUsage:\n{}", mistake, group_help(group, commands)));
}

}  // namespace millrace::config
