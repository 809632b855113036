#pragma once
// How long the keys of a source's requests are remembered, by its settings.
//
// See  docs/settings.md, source.http.idempotency.*

#include <cstdint>
#include <string>

#include "core/base/time.h"
#include "core/model/settings.h"

namespace millrace {

struct IdempotencySettings {
    std::string header = "Idempotency-Key";  // of requests; its name in any case
    std::uint64_t keys_max = 1'000'000;
    Milliseconds window = std::chrono::hours(24);

    bool operator==(const IdempotencySettings&) const = default;
};

IdempotencySettings resolve_idempotency_settings(const SettingLevels& levels);

}  // namespace millrace
