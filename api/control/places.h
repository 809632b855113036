#pragma once
// Places for requests that wait: each holds a thread of the API, of which there are few, or looks
// at its rows again and again. No owner has all of them.
//
// Lifetime  must outlive the places it gives.
// Thread    any.

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "core/base/guarded.h"

namespace millrace::control {

class Places {
public:
    struct Limits {
        std::size_t all;
        std::size_t of_one;  // owner
    };
    explicit Places(Limits limits) : limits_(limits) {}

    // A place until what is returned is gone; null if all, or the owner's share, are taken.
    std::shared_ptr<void> take(const std::string& owner) {
        return taken_.with([&](Taken& taken) -> std::shared_ptr<void> {
            auto& own = taken.by_owner[owner];
            if (taken.all == limits_.all || own == limits_.of_one) {
                if (own == 0) taken.by_owner.erase(owner);
                return nullptr;
            }
            ++taken.all;
            ++own;
            return {this, [owner](Places* places) { places->give_back(owner); }};
        });
    }

private:
    struct Taken {
        std::size_t all = 0;
        std::map<std::string, std::size_t> by_owner;  // none of them is 0
    };

    void give_back(const std::string& owner) {
        taken_.with([&](Taken& taken) {
            --taken.all;
            if (--taken.by_owner.at(owner) == 0) taken.by_owner.erase(owner);
        });
    }

    const Limits limits_;
    Guarded<Taken> taken_;
};

}  // namespace millrace::control
