#include "core/lifecycle/stray_objects.h"

#include <utility>

#include "core/lifecycle/staging_key.h"
#include "core/policy/retention.h"

namespace millrace::lifecycle {
namespace {

constexpr std::uint32_t kPage = 1000;
constexpr std::size_t kStraysMax = 100'000;  // the rest has its turn when these are gone

}  // namespace

Result<bool> StrayObjects::is_stray(const std::string& key, const Stores& stores) const {
    const auto slice = slice_of_key(key);
    if (!slice) return false;
    TRY_ASSIGN(const auto known, stores.catalog.find_slice(*slice));
    if (!known) return true;
    // No two attempts have one key, so an object that counts is known by it. The name of the
    // staging proves nothing: a staging may have been renamed, or have two names.
    return known->state >= SliceState::uploaded && known->staged.key != key;
}

StrayObjects::Walked StrayObjects::walk_on(SteadyTime now, const Stores& stores) {
    if (!walking_) {
        if (now < next_walk_) return {};
        walking_ = true;
        after_.clear();
        const bool is_first = next_walk_ == SteadyTime::min();
        next_walk_ = now + (is_first ? policy::kStrayLookedAgain : policy::kStrayKept);
    }
    Walked walked;
    const auto keys = staging_.list({.prefix = {}, .after = after_, .limit = kPage});
    if (!keys.ok()) return {.more = false, .failure = keys.error()};
    for (const auto& key : keys.value()) {
        auto looked = look_at(key, now, stores).in("staged object " + key);
        if (!looked.ok() && !walked.failure) walked.failure = std::move(looked).error();
        after_ = key;
    }
    walking_ = keys.value().size() == kPage;
    walked.more = walking_;
    if (walking_) return walked;
    // What was not there in this walk is gone or has an owner.
    const auto seen = std::exchange(seen_, {});
    std::erase_if(strays_, [&](const auto& stray) { return !seen.contains(stray.first); });
    return walked;
}

Result<void> StrayObjects::look_at(const std::string& key, SteadyTime now, const Stores& stores) {
    TRY_ASSIGN(const bool stray, is_stray(key, stores));
    if (!stray) return {};
    // Which object counts does not change any more once a slice is uploaded.
    TRY_ASSIGN(const auto slice, stores.catalog.find_slice(*slice_of_key(key)));
    if (slice) return staging_.remove(key);
    const auto known = strays_.find(key);
    if (known == strays_.end()) {
        if (strays_.size() >= kStraysMax) return {};
        strays_.emplace(key, now);
        seen_.insert(key);
        return {};
    }
    seen_.insert(key);
    if (now < known->second + policy::kStrayKept) return {};
    TRY(staging_.remove(key));
    seen_.erase(key);
    strays_.erase(known);
    return {};
}

}  // namespace millrace::lifecycle
