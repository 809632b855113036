#pragma once
// RemovalHold: while somebody holds it, nothing that was uploaded or imported is removed from where
// it was before. What was not removed meanwhile is found by the clean-up afterwards.
//
// A backup copies what the catalog named a moment ago; uploads and imports go on beside it.
//
// Thread  any.

#include <atomic>
#include <cstdint>

namespace millrace::lifecycle {

class RemovalHold {
public:
    class Held {
    public:
        explicit Held(RemovalHold& hold) : hold_(hold) { ++hold_.holders_; }
        ~Held() { --hold_.holders_; }
        Held(const Held&) = delete;
        Held& operator=(const Held&) = delete;

    private:
        RemovalHold& hold_;
    };

    bool is_held() const { return holders_ > 0; }

private:
    std::atomic<std::uint32_t> holders_ = 0;
};

}  // namespace millrace::lifecycle
