#pragma once
// parse_client_line(): the command lines of clients, as `millrace source create shop --name Shop`.
//
// Format  options stand anywhere behind the first word, as --name VALUE or --name=VALUE; behind
//         `--` nothing is an option, and `-` is none. The last of equal options counts, but for
//         repeated ones.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/config/grammar.h"
#include "core/base/result.h"

namespace millrace::config {

// Where a client looks for the service that it asks.
struct ServicePlace {
    std::string api;                    // --api, MILLRACE_API; empty: that of the data folder
    std::string token;                  // --token, MILLRACE_TOKEN
    std::string admin_token;            // MILLRACE_ADMIN_TOKEN, which the service knows too
    std::string data_dir = "./data";    // --data-dir, MILLRACE_DATA_DIR
    bool is_api_from_variable = false;  // for messages
};

struct ClientLine {
    std::string words;                  // of a ClientCommandSpec
    std::vector<std::string> operands;  // as many as that may have
    std::map<std::string, std::vector<std::string>, std::less<>> options;  // those that were given
    ServicePlace place;

    bool has(std::string_view option) const { return options.contains(option); }
    // The last one.
    std::optional<std::string> value(std::string_view option) const;
    std::vector<std::string> values(std::string_view option) const;
    // The operand at the place, if it was given.
    std::optional<std::string> operand(std::size_t at) const;
};

// Exactly one of the two.
struct ClientInvocation {
    std::optional<ClientLine> line;
    std::string help;  // to print
};

// The options of every command that asks a service.
std::span<const ClientOption> place_options();

// `arguments` are without the name of the program. Nothing if their first word begins no client
// command: then they are for others.
// Errors  invalid: a text ended by a newline, with the mistakes and the usage
std::optional<Result<ClientInvocation>> parse_client_line(
    const std::vector<std::string>& arguments, const char* const* environment,
    const std::vector<ClientCommandSpec>& commands);

// "millrace source create SOURCE [options]"
std::string usage_of(const ClientCommandSpec& command);
std::string client_help(const ClientCommandSpec& command);

// Who asks for what is not there is told what there is, if one of that is near.
// "...; did you mean shop?", or nothing.
std::string suggestion(std::string_view mistyped, std::span<const std::string> known);

}  // namespace millrace::config
