#pragma once
// ReaderPace: how long the thread of a source waits for something, unless it comes.

#include "core/base/time.h"

namespace millrace::kafka {

struct ReaderPace {
    Milliseconds broker{1'000};  // one answer; a stop waits as long at most
    Milliseconds read{200};      // messages
    Milliseconds retry{500};     // something that was not there
    Milliseconds busy{20};       // the journal
    Milliseconds refresh{10'000};
    Milliseconds commit{5'000};
    Milliseconds publish{200};
    Milliseconds answer{2'000};  // a change of the source, for where reading begins
};

}  // namespace millrace::kafka
