#pragma once
// Output and Progress: what a client writes for its reader, and what it shows while he waits.
//
// Thread  one.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace::cli {

// The name of the error where the reader of standard output has gone: he has had enough.
inline constexpr std::string_view kReaderGone = "cli.readerGone";
// The name of the error where the arguments are wrong in a way that only the command knows.
inline constexpr std::string_view kWrongUsage = "cli.wrongUsage";

// Standard output, gathered to some size.
class Output {
public:
    // Errors  unavailable; of the name kReaderGone if nobody reads any more
    Result<void> print(std::string_view text);
    Result<void> flush();

    // Of the terminal that standard output is; 0: it is none.
    static std::size_t width();
    static std::size_t height();
    // Whether it is a terminal that shows colours, and nobody forbids them by NO_COLOR.
    static bool has_colours();

private:
    std::string gathered_;
};

// A text in a colour, where the output has colours: else it is as it is.
enum class Colour { none, red, green, yellow };
std::string coloured(std::string_view text, Colour colour);

// Asks at the terminal that standard input and standard error are. Nothing where they are none.
std::optional<bool> ask(std::string_view question);

// Errors  not_found: standard input is closed, which is not that it is empty
Result<void> check_standard_input();

// One line at the bottom of the terminal that standard error is; nothing where it is none.
class Progress {
public:
    Progress();
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Cut to the width of the terminal; ten times a second at most.
    void show(std::string_view text);
    // A line that stays, also where there is no terminal.
    void say(std::string_view text);
    void clear();

private:
    bool is_terminal_ = false;
    bool is_shown_ = false;
    std::chrono::steady_clock::time_point next_;
};

}  // namespace millrace::cli
