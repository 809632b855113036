#include "api/cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kGatheredMax = 64 << 10;
constexpr std::size_t kUsualWidth = 80;  // of a terminal that does not say
constexpr auto kEach = std::chrono::milliseconds(100);

Result<void> write_all(int to, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(to, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EPIPE) {
            return Error(Code::unavailable, "nobody reads the output").named(kReaderGone);
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

std::size_t width_at(int descriptor) {
    if (::isatty(descriptor) == 0) return 0;
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualWidth;
    return size.ws_col;
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
