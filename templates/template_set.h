#pragma once
// TemplateSet: the templates that a worker has, by number. When they are too many it forgets those
// that were not used for longest. A worker begins anew whenever its set changes.
//
// Thread  one.

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "core/ports/evaluator.h"

namespace millrace::templates {

class TemplateSet {
public:
    // It has more only where one use() needs more.
    explicit TemplateSet(std::size_t templates_max) : templates_max_(templates_max) {}

    // Adds those that are missing. Returns whether the set, and with it the numbers, has changed.
    bool use(const TemplateTexts& texts);

    // Of one that was in the last use().
    std::uint32_t number_of(const std::string& text) const { return entries_.at(text).number; }

    // By number.
    TemplateTexts texts() const;

private:
    struct Entry {
        std::uint32_t number = 0;
        std::uint64_t used = 0;  // the last use() that had it
    };

    void forget_unused();

    const std::size_t templates_max_;
    std::uint64_t uses_ = 0;
    std::unordered_map<std::string, Entry> entries_;
};

}  // namespace millrace::templates
