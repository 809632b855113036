#pragma once
// The table of options: one row makes the flag, the environment variable, the TOML key and the
// help.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/config/config.h"
#include "core/base/result.h"

namespace millrace::config {

enum class OptionKind { path, endpoint, url, networks, number, byte_size, duration, choice };

// Where the value lives in a Config. The alternative fits the kind: text for path, url and choice,
// or the enumeration of a choice; one of the id types or uint32 for number; uint64 for byte_size.
using Field = std::variant<std::string*, Endpoint*, std::vector<Network>*, ForwardedHeader*,
                           std::uint32_t*, std::uint64_t*, Milliseconds*>;

struct OptionSpec {
    std::string_view heading = {};  // in the help, above it; none: that of the row before
    std::string_view name;          // "api.public-url"
    OptionKind kind;
    std::string_view placeholder;  // "URL", as the help shows it
    std::string_view sentence;     // what it is for
    Field (*field)(Config&);
    std::uint64_t min = 0;  // of number, byte_size and duration, in the value's own unit
    std::uint64_t max = 0;
    std::vector<std::string_view> choices = {};  // of choice
    bool in_file = true;                         // also a TOML key
    std::string_view default_sentence = {};      // for a default that is not a value
    std::string_view example = {};               // a value, where the default does not show one
    std::string_view bare = {};                  // what the flag means without a value
    std::string_view other_variable = {};        // a second name in the environment
    std::string_view other_unit = {};            // of its values, which have none themselves
};

inline constexpr std::uint32_t kThreadsMax = 256;  // of a kind

// All options, in the order of the help.
std::span<const OptionSpec> option_specs();

const OptionSpec* find_option(std::string_view name);

// "api.public-url" is "MILLRACE_API_PUBLIC_URL".
std::string environment_name(const OptionSpec& spec);

// The defaults of this machine: one ingest thread is left out for the journal where there is more
// than one processor.
Config default_config();

// Parses `text` and stores it.
// Errors  invalid, with what is accepted; `config` is unchanged then
Result<void> assign(const OptionSpec& spec, std::string_view text, Config& config);

// "1KB to 64MB"; empty for a kind without bounds.
std::string bounds_text(const OptionSpec& spec);

// The value as assign() reads it.
std::string show(const OptionSpec& spec, Config config);

// The admin token travels in an HTTP header: at most 200 visible ASCII characters.
// Errors  invalid; the text never repeats the token
Result<void> assign_admin_token(std::string_view token, Config& config);

// The known name nearest to a mistyped one, if any is near enough to be meant.
std::optional<std::string> nearest(std::string_view mistyped, std::span<const std::string> known);

}  // namespace millrace::config
