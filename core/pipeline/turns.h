#pragma once
// Turns: what only a few may do at the same time, because each takes much memory. Nobody waits on a
// thread for his turn.
//
// Lifetime  outlives its turns.
// Thread    any.

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/guarded.h"

namespace millrace::pipeline {

class Turns {
public:
    // Ends with its life.
    class Turn {
    public:
        Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
        Turn& operator=(Turn&& other) noexcept {
            std::swap(turns_, other.turns_);
            return *this;
        }
        ~Turn();

    private:
        friend class Turns;
        explicit Turn(Turns& turns) : turns_(&turns) {}

        Turns* turns_;
    };

    explicit Turns(std::size_t at_once) : state_(State{.free = at_once, .waiting = {}}) {}
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;

    // Nothing if all are taken; `wake` is called once then, when one has ended: ask again, another
    // may have been faster. It is called on the thread of the one that ends.
    std::optional<Turn> take(std::function<void()> wake);

private:
    struct State {
        std::size_t free = 0;
        std::vector<std::function<void()>> waiting;
    };

    void give_back();

    Guarded<State> state_;
};

}  // namespace millrace::pipeline
