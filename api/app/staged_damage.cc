#include "api/app/staged_damage.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/lifecycle/checked_source.h"

namespace millrace {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;

}  // namespace

Result<void> StagedDamage::open(const config::Config& config, const Kinds& kinds, Whose whose) {
    TRY_ASSIGN(const auto restored, folder_.catalog->restored());
    TRY_ASSIGN(
        stagings_,
        open_stagings(config, kinds.stagings, folder_.disk,
                      {.registry = *folder_.catalog, .clock = folder_.clock, .random = random_},
                      restored ? epoch_name(restored->token) : std::string(), whose));
    return {};
}

Result<std::vector<StagingName>> StagedDamage::mend_marks(
    std::span<const FileId> files, lifecycle::MarkedStaging::Mending mending) {
    std::map<StagingName, std::vector<std::string>> keys;
    for (const auto& file : files) {
        TRY_ASSIGN(const auto slices, folder_.catalog->slices_of(file));
        for (const auto& slice : slices) {
            if (slice.state != SliceState::uploaded) continue;
            keys[slice.staged.staging].push_back(slice.staged.key);
        }
    }
    std::vector<StagingName> mended;
    for (const auto& [name, known] : keys) {
        const auto staging = stagings_.find(name);
        if (staging == stagings_.end()) continue;
        TRY_ASSIGN(const bool is_mended, staging->second->mend_mark(known, mending));
        if (is_mended) mended.push_back(name);
    }
    return mended;
}

Result<std::optional<std::string>> StagedDamage::find(FileId file) {
    TRY_ASSIGN(const auto slices, folder_.catalog->slices_of(file));
    for (const auto& slice : slices) {
        if (slice.state != SliceState::uploaded) continue;
        const auto staging = stagings_.find(slice.staged.staging);
        if (staging == stagings_.end()) continue;
        const auto proved = read(*staging->second, slice);
        if (proved.ok()) continue;
        const auto code = proved.error().code();
        if (code != Code::corrupt && code != Code::not_found) return proved.error();
        return std::optional(fmt::format("{} in staging {}: {}", slice.staged.key,
                                         slice.staged.staging.value,
                                         proved.error().operator_text()));
    }
    return std::optional<std::string>();
}

Result<void> StagedDamage::read(Staging& staging, const Slice& slice) {
    TRY_ASSIGN(const auto bytes, lifecycle::open_staged(slice, staging, gzip_));
    std::vector<char> piece(kPieceBytes);
    while (true) {
        TRY_ASSIGN(const auto count, bytes->read(piece));
        if (count == 0) return {};
    }
}

}  // namespace millrace
