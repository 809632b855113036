#include "api/cli/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kGatheredMax = 64 << 10;
constexpr std::size_t kUsualWidth = 80;  // of a terminal that does not say
constexpr std::size_t kUsualHeight = 24;
constexpr auto kEach = std::chrono::milliseconds(100);

Result<void> write_all(int to, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(to, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EPIPE) {
            return Error(Code::unavailable, "nobody reads the output").named(kReaderGone);
        }
        if (written < 0 && errno == EBADF) {
            return Error(Code::unavailable, "cannot write the output: it is closed");
        }
        if (written < 0) {
            return Error(Code::unavailable,
                         fmt::format("cannot write the output: {}", std::strerror(errno)));
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

void write_to_error(std::string_view text) {
    if (!write_all(STDERR_FILENO, text).ok()) return;  // there is nobody to tell
}

// Nothing if it is no terminal; zeros of one that does not say.
std::optional<winsize> size_at(int descriptor) {
    if (::isatty(descriptor) == 0) return std::nullopt;
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0) size = {};
    return size;
}

std::size_t width_at(int descriptor) {
    const auto size = size_at(descriptor);
    if (!size) return 0;
    return size->ws_col == 0 ? kUsualWidth : size->ws_col;
}

std::string variable(const char* name) {
    const auto* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::string() : value;
}

}  // namespace

Result<void> Output::print(std::string_view text) {
    gathered_ += text;
    if (gathered_.size() < kGatheredMax) return {};
    return flush();
}

Result<void> Output::flush() {
    const auto text = std::exchange(gathered_, {});
    return write_all(STDOUT_FILENO, text);
}

std::size_t Output::width() {
    return width_at(STDOUT_FILENO);
}

std::size_t Output::height() {
    const auto size = size_at(STDOUT_FILENO);
    if (!size) return 0;
    return size->ws_row == 0 ? kUsualHeight : size->ws_row;
}

bool Output::has_colours() {
    static const bool has_them =
        ::isatty(STDOUT_FILENO) != 0 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
    return has_them;
}

std::string coloured(std::string_view text, Colour colour) {
    if (colour == Colour::none || !Output::has_colours()) return std::string(text);
    const auto code = colour == Colour::red ? 31 : colour == Colour::green ? 32 : 33;
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::optional<bool> ask(std::string_view question) {
    if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) return std::nullopt;
    write_to_error(fmt::format("{} [y/N] ", question));
    std::string answer;
    char c = 0;
    while (::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') answer += c;
    return answer == "y" || answer == "Y" || answer == "yes";
}

Result<void> check_standard_input() {
    const int flags = ::fcntl(STDIN_FILENO, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) != O_WRONLY) return {};
    return Error(Code::not_found,
                 "cannot read standard input: it is closed; name a file, or give it by a pipe");
}

Progress::Progress() : is_terminal_(width_at(STDERR_FILENO) > 0) {}

void Progress::show(std::string_view text) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_terminal_ || now < next_) return;
    next_ = now + kEach;
    is_shown_ = true;
    // A character in the last column would begin a new line.
    write_to_error(fmt::format("\r{}\x1b[K", cut_to(text, width_at(STDERR_FILENO) - 1)));
}

void Progress::say(std::string_view text) {
    clear();
    write_to_error(fmt::format("{}\n", text));
}

void Progress::clear() {
    if (is_shown_) write_to_error("\r\x1b[K");
    is_shown_ = false;
}

}  // namespace millrace::cli
