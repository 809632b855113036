#include "api/cli/live_screen.h"

#include <algorithm>

namespace millrace::cli {
namespace {

// xterm's, which every terminal of today knows: another screen, and no cursor.
constexpr std::string_view kBegin = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kEnd = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kRestOfLine = "\x1b[K";
constexpr std::string_view kRestOfScreen = "\x1b[J";

}  // namespace

LiveScreen::~LiveScreen() {
    if (!is_shown_) return;
    if (!out_.print(kEnd).ok() || !out_.flush().ok()) return;  // the terminal has gone
}

ScreenSize LiveScreen::size() {
    // Below the last line is the cursor.
    const auto height = Output::height();
    return {.width = Output::width(), .height = std::max<std::size_t>(height, 2) - 1};
}

Result<void> LiveScreen::draw(const std::string& text) {
    std::string shown(is_shown_ ? "" : kBegin);
    is_shown_ = true;
    shown += kHome;
    for (const char c : text) {
        if (c == '\n') shown += kRestOfLine;
        shown += c;
    }
    shown += kRestOfScreen;
    TRY(out_.print(shown));
    return out_.flush();
}

}  // namespace millrace::cli
