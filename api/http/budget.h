#pragma once
// Budget: so much of something, bytes or connections, for all ingest loops together.
//
// BudgetShare is what one owner has taken; it gives everything back when it ends.
//
// Thread  Budget from any; a share is its owner's.

#include <atomic>
#include <cstdint>

namespace millrace::http {

class Budget {
public:
    explicit Budget(std::uint64_t max) : max_(max) {}

    // Takes `amount` if that much is left.
    bool take(std::uint64_t amount) {
        auto taken = taken_.load(std::memory_order_relaxed);
        do {
            if (amount > max_ || taken > max_ - amount) return false;
        } while (!taken_.compare_exchange_weak(taken, taken + amount, std::memory_order_relaxed));
        return true;
    }
    void give(std::uint64_t amount) { taken_.fetch_sub(amount, std::memory_order_relaxed); }

    // More than half is taken: a connection should keep only what it needs at once.
    bool is_scarce() const { return taken() > max_ / 2; }

    std::uint64_t max() const { return max_; }
    std::uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }

private:
    const std::uint64_t max_;
    std::atomic<std::uint64_t> taken_{0};
};

class BudgetShare {
public:
    explicit BudgetShare(Budget& budget) : budget_(budget) {}
    ~BudgetShare() { budget_.give(amount_); }
    BudgetShare(const BudgetShare&) = delete;
    BudgetShare& operator=(const BudgetShare&) = delete;

    // Makes the share `amount`; false, and as before, if the budget has no room for more.
    bool resize(std::uint64_t amount) {
        if (amount > amount_ && !budget_.take(amount - amount_)) return false;
        if (amount < amount_) budget_.give(amount_ - amount);
        amount_ = amount;
        return true;
    }

private:
    Budget& budget_;
    std::uint64_t amount_ = 0;
};

}  // namespace millrace::http
