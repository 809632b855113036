#pragma once
// Channel: frames over one end of a socket pair.
//
// Thread  one.
// Errors  unavailable  the other end is gone
//         overloaded   the time is over; receive() may be called again and goes on
//         corrupt      what came is not a frame, or one that is too large

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "templates/wire.h"

namespace millrace::templates {

class Channel {
public:
    // Owns the descriptor; one that does not block has its time limits kept.
    explicit Channel(int descriptor) : descriptor_(descriptor) {}
    ~Channel();
    Channel(Channel&& other) noexcept;
    Channel& operator=(Channel&&) = delete;

    Result<void> send(FrameKind kind, std::string_view payload, Milliseconds at_most);
    Result<Frame> receive(std::uint64_t bytes_max, Milliseconds at_most);

private:
    Result<void> wait(short events, SteadyTime until) const;

    int descriptor_;
    std::string received_;  // of the frame that is not whole yet
};

}  // namespace millrace::templates
