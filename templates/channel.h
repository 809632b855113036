#pragma once
// Channel: frames over one end of a socket pair.
//
// Thread  one.
// Errors  unavailable  the other end is gone, or the wait was given up
//         overloaded   the time is over; receive() may be called again and goes on
//         corrupt      what came is not a frame, or one that is too large

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "core/base/time.h"
#include "templates/worker_wire.h"

namespace millrace::templates {

class Channel {
public:
    // Asked ten times a second by whatever waits; true ends the wait.
    using GiveUp = std::function<bool()>;

    // Owns the descriptor; one that does not block has its time limits kept, and gives up.
    explicit Channel(int descriptor, GiveUp give_up = nullptr)
        : descriptor_(descriptor), give_up_(std::move(give_up)) {}
    ~Channel();
    Channel(Channel&& other) noexcept;
    Channel& operator=(Channel&&) = delete;

    Result<void> send(FrameKind kind, std::string_view payload, Milliseconds at_most);
    Result<Frame> receive(std::uint64_t bytes_max, Milliseconds at_most);

private:
    Result<void> wait(short events, SteadyTime until) const;

    int descriptor_;
    GiveUp give_up_;
    std::string received_;  // of the frame that is not whole yet
};

}  // namespace millrace::templates
