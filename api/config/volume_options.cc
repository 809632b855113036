#include "api/config/volume_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace millrace::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameBytesMax = 32;

}  // namespace

bool is_volume_name(std::string_view text) {
    return !text.empty() && text.size() <= kNameBytesMax && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

Result<void> assign_volume(std::string_view name, std::string_view directory,
                           VolumeDirectories& volumes) {
    if (!is_volume_name(name)) {
        return Error(Code::invalid, "the name of a volume is 1 to 32 of a-z, 0-9 and -");
    }
    if (directory.empty()) return Error(Code::invalid, "needs a directory");
    for (const auto& [other, taken] : volumes) {
        if (other != name && taken == directory) {
            return Error(Code::invalid, fmt::format("is the directory of volume {} too", other));
        }
    }
    volumes.insert_or_assign(std::string(name), std::string(directory));
    return {};
}

Result<void> assign_volume_pair(std::string_view pair, VolumeDirectories& volumes) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return Error(Code::invalid, "needs a directory, NAME=DIR");
    }
    return assign_volume(pair.substr(0, equals), pair.substr(equals + 1), volumes);
}

VolumeDirectories all_volumes(const VolumeDirectories& configured, std::string_view data_dir) {
    VolumeDirectories all;
    for (const auto& [name, directory] : configured) all[name] = absolute_directory(directory);
    all.try_emplace(std::string(kDefaultVolume),
                    absolute_directory(fmt::format("{}/volumes/{}", data_dir, kDefaultVolume)));
    return all;
}

std::string absolute_directory(const std::string& directory) {
    std::error_code failure;
    const auto path = fs::absolute(directory, failure);
    if (failure) return directory;
    const bool goes_up = std::find(path.begin(), path.end(), "..") != path.end();
    return goes_up ? path.string() : path.lexically_normal().string();
}

}  // namespace millrace::config
