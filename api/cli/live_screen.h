#pragma once
// LiveScreen: a screen of the terminal that standard output is, drawn again and again in place.
// When it ends, the terminal shows what it showed before.

#include <string>

#include "api/cli/terminal.h"
#include "api/cli/top_view.h"

namespace millrace::cli {

class LiveScreen {
public:
    explicit LiveScreen(Output& out) : out_(out) {}
    ~LiveScreen();
    LiveScreen(const LiveScreen&) = delete;
    LiveScreen& operator=(const LiveScreen&) = delete;

    // How large a text may be.
    static ScreenSize size();

    // Errors  those of Output
    Result<void> draw(const std::string& text);

private:
    Output& out_;
    bool is_shown_ = false;
};

}  // namespace millrace::cli
