#include "api/app/age_keeper.h"

#include <chrono>

#include "api/log/log.h"

namespace millrace {
namespace {

// What a crash makes everything be kept for longer, at most. A commit each time.
constexpr auto kSaveEvery = std::chrono::minutes(1);

}  // namespace

Result<void> AgeKeeper::start() {
    TRY_ASSIGN(const auto age, store_.load_age(clock_.wall()));
    clock_.begin_ages(age);
    TRY(store_.save_age(age));
    save_now_and_then();
    return {};
}

void AgeKeeper::stop() {
    save();
}

void AgeKeeper::save() {
    if (const auto saved = store_.save_age(clock_.age()); !saved.ok()) {
        log::warn("ages_not_saved", {{"cause", saved.error().operator_text()},
                                     {"message", "what is kept is kept for longer"}});
    }
}

void AgeKeeper::save_now_and_then() {
    executor_.post_at(clock_.steady() + kSaveEvery, [this] {
        save();
        save_now_and_then();
    });
}

}  // namespace millrace
