#include "core/policy/volume_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace millrace::policy {
namespace {

using Records = std::vector<VolumeRecord>;

const VolumeRecord* find_if(const Records& known,
                            const std::function<bool(const VolumeRecord&)>& holds) {
    const auto found = std::find_if(known.begin(), known.end(), holds);
    return found == known.end() ? nullptr : &*found;
}

Error refused(std::string text) {
    return Error(Code::conflict, std::move(text));
}

// What to do when nothing can be put right.
std::string give_up_text(const FoundVolume& found) {
    return fmt::format(
        "if that is gone for good, run `millrace volume lost {}`, which gives up what only the "
        "volume had, and give the name an empty directory",
        found.name);
}

std::string last_place(const VolumeRecord& record) {
    if (record.directory.empty()) return {};
    return fmt::format(", which was in {}", record.directory);
}

Error called_otherwise(const FoundVolume& found, const VolumeRecord& record,
                       const VolumeRecord* namesake) {
    if (namesake != nullptr) {
        return refused(
            fmt::format("{} is the volume {}, and not {}{}: put the directories "
                        "of both right in the configuration",
                        found.directory, record.name, found.name, last_place(*namesake)));
    }
    return refused(fmt::format(
        "{} is the volume {}{}: call it {} in the configuration, or "
        "run `millrace volume rename {} {}`",
        found.directory, record.name, last_place(record), record.name, record.name, found.name));
}

Error ended(const FoundVolume& found, const VolumeRecord& record) {
    return refused(
        fmt::format("{} is the volume {}, which {}: take it out of the configuration, "
                    "or give the name an empty directory",
                    found.directory, record.name, end_text(record)));
}

Error not_the_one(const FoundVolume& found, const VolumeRecord& namesake) {
    if (!found.uuid && found.has_journal) {
        return refused(
            fmt::format("{} has a journal, and its file volume-id is gone: millrace repair writes "
                        "it again if the segments are those of the volume {}, and no row is lost",
                        found.directory, found.name));
    }
    if (!found.uuid) {
        return refused(
            fmt::format("{} is not the volume {}{}, that was used before; is its "
                        "disk mounted? {}",
                        found.directory, found.name, last_place(namesake), give_up_text(found)));
    }
    return refused(
        fmt::format("{} is not the volume {}{}, but another one, {}; put the directory "
                    "right in the configuration; {}",
                    found.directory, found.name, last_place(namesake), to_string(*found.uuid),
                    give_up_text(found)));
}

Error stranger(const FoundVolume& found) {
    return refused(
        fmt::format("{} has rows, and this catalog does not know the volume {}: it is of another "
                    "installation, or the catalog was deleted or is an old copy. Start with the "
                    "catalog that knows it; only that tells whose the rows are. If there is none, "
                    "move {} away and start with an empty one; what was not uploaded is in "
                    "its folder slices, as CSV",
                    found.directory, to_string(*found.uuid), found.directory));
}

// Earlier versions wrote the count without a check sum.
std::string changed_life(const FoundVolume& found) {
    return fmt::format(
        "if it is the newest, the file journal/life in {} was changed: move it "
        "away, and millrace repair writes it again",
        found.directory);
}

Result<void> check_life(const FoundVolume& found, const VolumeRecord& record) {
    if (found.life > record.begun_life) {
        return refused(
            fmt::format("the catalog is older than the volume in {}, which was opened "
                        "{} times, of which the catalog knows {}: it is an old copy. "
                        "Start with the newest catalog; {}; {}",
                        found.directory, found.life, record.begun_life, changed_life(found),
                        give_up_text(found)));
    }
    if (found.life >= record.confirmed_life) return {};
    if (!found.has_journal) {
        return refused(
            fmt::format("its journal in {} is empty, and the catalog knows that "
                        "it was opened {} times. Put the journal back; {}",
                        found.directory, record.confirmed_life, give_up_text(found)));
    }
    if (found.life == 0) {
        return refused(
            fmt::format("the file journal/life in {} is gone, and the catalog knows that it was "
                        "opened {} times. If nothing else of it is missing, millrace repair writes "
                        "it again, and no row is lost; if it is an older copy, put the newest back",
                        found.directory, record.confirmed_life));
    }
    return refused(
        fmt::format("{} is an older copy of the volume: it was opened {} times, the "
                    "catalog knows of {}. Put the newest back; {}; {}",
                    found.directory, found.life, record.confirmed_life, changed_life(found),
                    give_up_text(found)));
}

}  // namespace

VolumeId new_volume_id(const std::string& name, const Records& known) {
    const auto is_taken = [&](const VolumeId& id) {
        return find_if(known, [&](const auto& record) { return record.volume == id; }) != nullptr;
    };
    VolumeId id(name);
    for (int number = 2; is_taken(id); ++number) id.value = fmt::format("{}~{}", name, number);
    return id;
}

Result<VolumeId> admit_volume(const FoundVolume& found, const Records& known) {
    const auto* const namesake = find_active(known, found.name);
    const auto* const same =
        found.uuid ? find_if(known, [&](const auto& r) { return r.uuid == found.uuid; }) : nullptr;
    if (same != nullptr) {
        if (same->state != VolumeState::active) return ended(found, *same);
        if (same != namesake) return called_otherwise(found, *same, namesake);
        TRY(check_life(found, *same));
        return same->volume;
    }
    if (namesake != nullptr) {
        if (namesake->uuid) return not_the_one(found, *namesake);
        return namesake->volume;
    }
    if (found.uuid && (found.has_journal || found.life > 0)) return stranger(found);
    return new_volume_id(found.name, known);
}

const VolumeRecord* find_active(const Records& known, std::string_view name) {
    return find_if(known, [&](const auto& record) {
        return record.state == VolumeState::active && record.name == name;
    });
}

std::string end_text(const VolumeRecord& record) {
    return fmt::format("{} on {}",
                       record.state == VolumeState::lost ? "was declared lost" : "was retired",
                       format_utc(record.since));
}

}  // namespace millrace::policy
