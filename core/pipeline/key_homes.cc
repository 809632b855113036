#include "core/pipeline/key_homes.h"

#include <algorithm>
#include <utility>

namespace millrace::pipeline {
namespace {

// Requests that were let in before a record ended may be journaled that much later; and a crash
// sets the clock of ages back by up to a minute.
constexpr Milliseconds kSlack = std::chrono::hours(1);

KeyHome* find(std::vector<KeyHome>& homes, const VolumeId& volume) {
    const auto found = std::find_if(homes.begin(), homes.end(),
                                    [&](const KeyHome& home) { return home.volume == volume; });
    return found == homes.end() ? nullptr : &*found;
}

bool serves(const KeyHome& home, Milliseconds window) {
    return !home.until && home.window >= window;
}

// Whether `before` keeps the volume on record for at least as long as `wanted`.
bool is_covered(const KeyHome& before, const KeyHome& wanted) {
    if (before.until) return *before.until >= *wanted.until;
    return before.window >= wanted.window;
}

KeyHome ended(KeyHome home, AgeTime now) {
    home.until = now + home.window + kSlack;
    return home;
}

}  // namespace

Result<void> RecordedKeyHomes::load() {
    const std::lock_guard lock(writing_);
    TRY_ASSIGN(auto stored, parts_.store.key_homes());
    homes_.with([&](BySource& homes) {
        homes.clear();
        for (auto& home : stored) homes[home.source].push_back(std::move(home));
    });
    return {};
}

KeyPlace RecordedKeyHomes::ask(const Fingerprint& source, const VolumeId& volume,
                               Milliseconds window) {
    const auto place = homes_.with([&](const BySource& homes) {
        const auto found = homes.find(source);
        if (found == homes.end()) return KeyPlace::unknown;
        auto known = KeyPlace::unknown;
        for (const auto& home : found->second) {
            if (home.volume == volume) {
                if (serves(home, window)) known = KeyPlace::here;
                continue;
            }
            const bool is_over = home.until && *home.until <= parts_.clock.age();
            if (!is_over && parts_.is_away(home.volume)) return KeyPlace::away;
        }
        return known;
    });
    if (place == KeyPlace::unknown) record_soon({source, volume, window});
    return place;
}

void RecordedKeyHomes::record_soon(const Home& home) {
    const bool is_first = wanted_.with([&](std::vector<Home>& wanted) {
        const bool is_known = std::any_of(wanted.begin(), wanted.end(), [&](const Home& other) {
            return other.source == home.source && other.volume == home.volume &&
                   other.window >= home.window;
        });
        if (!is_known) wanted.push_back(home);
        return !is_known && wanted.size() == 1;
    });
    if (!is_first) return;
    parts_.executor.post([this] {
        const auto wanted =
            wanted_.with([](std::vector<Home>& gathered) { return std::exchange(gathered, {}); });
        const auto recorded = record(wanted);
        if (!recorded.ok() && parts_.failed) parts_.failed(recorded.error());
    });
}

Result<void> RecordedKeyHomes::record(std::span<const Home> wanted) {
    const std::lock_guard lock(writing_);
    const auto now = parts_.clock.age();
    const auto changed = homes_.with([&](BySource& homes) {
        std::vector<KeyHome> all;
        for (const auto& [source, volume, window] : wanted) {
            const auto found = homes.find(source);
            auto known = found == homes.end() ? std::vector<KeyHome>() : found->second;
            const auto* const before = find(known, volume);
            if (before == nullptr || !serves(*before, window)) {
                const auto longest = before == nullptr ? window : std::max(before->window, window);
                all.push_back({source, volume, longest, std::nullopt});
            }
            for (const auto& home : known) {
                if (home.volume != volume && !home.until) all.push_back(ended(home, now));
            }
        }
        return all;
    });
    return save(changed);
}

Result<void> RecordedKeyHomes::add(std::span<const KeyFound> found) {
    const std::lock_guard lock(writing_);
    const auto now = parts_.clock.age();
    const auto changed = homes_.with([&](BySource& homes) {
        std::vector<KeyHome> all;
        for (const auto& [source, volume, over_at] : found) {
            const auto known = homes.find(source);
            const auto* const before = known == homes.end() ? nullptr : find(known->second, volume);
            auto home = before == nullptr ? KeyHome{source, volume, {}, AgeTime{}} : *before;
            if (home.until) home.until = std::max(*home.until, over_at + kSlack);
            home.window = std::max(home.window, over_at - now);
            if (before == nullptr || !is_covered(*before, home)) all.push_back(std::move(home));
        }
        return all;
    });
    return save(changed);
}

Result<void> RecordedKeyHomes::tend() {
    const std::lock_guard lock(writing_);
    const auto now = parts_.clock.age();
    auto changed =
        all_that([&](const KeyHome& home) { return !home.until && parts_.is_away(home.volume); });
    for (auto& home : changed) home = ended(std::move(home), now);
    TRY(save(changed));
    return erase(all_that([&](const KeyHome& home) { return home.until && *home.until <= now; }));
}

Result<void> RecordedKeyHomes::save(const std::vector<KeyHome>& changed) {
    if (changed.empty()) return {};
    TRY(parts_.store.save_key_homes(changed));
    homes_.with([&](BySource& homes) {
        for (const auto& home : changed) {
            auto& of_source = homes[home.source];
            if (auto* const known = find(of_source, home.volume)) {
                *known = home;
            } else {
                of_source.push_back(home);
            }
        }
    });
    return {};
}

Result<void> RecordedKeyHomes::erase(const std::vector<KeyHome>& gone) {
    if (gone.empty()) return {};
    TRY(parts_.store.delete_key_homes(gone));
    homes_.with([&](BySource& homes) {
        for (const auto& home : gone) {
            const auto found = homes.find(home.source);
            if (found == homes.end()) continue;
            std::erase_if(found->second,
                          [&](const KeyHome& other) { return other.volume == home.volume; });
            if (found->second.empty()) homes.erase(found);
        }
    });
    return {};
}

template <typename Wanted>
std::vector<KeyHome> RecordedKeyHomes::all_that(Wanted wanted) const {
    return homes_.with([&](const BySource& homes) {
        std::vector<KeyHome> all;
        for (const auto& [source, of_source] : homes) {
            std::copy_if(of_source.begin(), of_source.end(), std::back_inserter(all), wanted);
        }
        return all;
    });
}

}  // namespace millrace::pipeline
