#include "templates/template_set.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace millrace::templates {

bool TemplateSet::use(const TemplateTexts& texts) {
    ++uses_;
    bool has_changed = false;
    for (const auto& text : texts) {
        const auto number = static_cast<std::uint32_t>(entries_.size());
        const auto [found, is_new] = entries_.try_emplace(text, Entry{.number = number});
        found->second.used = uses_;
        has_changed = has_changed || is_new;
    }
    if (has_changed && entries_.size() > templates_max_) forget_unused();
    return has_changed;
}

// Keeps as many as it may have, those that were used last, and all that is used now.
void TemplateSet::forget_unused() {
    std::vector<std::uint64_t> uses;
    for (const auto& [text, entry] : entries_) uses.push_back(entry.used);
    const auto forgotten = uses.begin() + static_cast<std::ptrdiff_t>(templates_max_);
    std::nth_element(uses.begin(), forgotten, uses.end(), std::greater<>());
    std::erase_if(entries_, [&](const auto& entry) {
        return entry.second.used <= *forgotten && entry.second.used != uses_;
    });
    std::uint32_t number = 0;
    for (auto& [text, entry] : entries_) entry.number = number++;
}

TemplateTexts TemplateSet::texts() const {
    TemplateTexts texts(entries_.size());
    for (const auto& [text, entry] : entries_) texts[entry.number] = text;
    return texts;
}

}  // namespace millrace::templates
