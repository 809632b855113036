#pragma once
// FloodGauge: whether a client keeps us busy with what is no request: so much at once, and so much
// a second from then on. Work gives some of it back.

#include <algorithm>
#include <chrono>

#include "core/base/time.h"

namespace millrace::http {

class FloodGauge {
public:
    FloodGauge(double most, double per_second)
        : most_(most), per_second_(per_second), left_(most) {}

    // False: it is too much.
    bool take(double cost, SteadyTime now) {
        const std::chrono::duration<double> passed = now - since_;
        if (since_ != SteadyTime{}) left_ = std::min(most_, left_ + passed.count() * per_second_);
        since_ = now;
        left_ -= cost;
        return left_ >= 0;
    }
    void give(double amount) { left_ = std::min(most_, left_ + amount); }

private:
    const double most_;
    const double per_second_;
    double left_;
    SteadyTime since_;
};

}  // namespace millrace::http
