#include "storage/os/system_clock.h"

#include <chrono>

namespace millrace::os {

WallTime SystemClock::wall() const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return WallTime{std::chrono::floor<Milliseconds>(now).count()};
}

SteadyTime SystemClock::steady() const {
    return std::chrono::steady_clock::now();
}

AgeTime SystemClock::age() const {
    return ages_begin_ + std::chrono::floor<Milliseconds>(steady() - ages_begun_at_);
}

void SystemClock::begin_ages(AgeTime at) {
    ages_begin_ = at;
    ages_begun_at_ = steady();
}

}  // namespace millrace::os
