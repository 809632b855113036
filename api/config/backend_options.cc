#include "api/config/backend_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "api/config/options.h"
#include "api/config/volume_options.h"

namespace millrace::config {
namespace {

constexpr std::string_view kKind = "kind";

std::string list_of(std::span<const BackendKind> kinds) {
    std::vector<std::string_view> names;
    for (const auto& kind : kinds) names.push_back(kind.name);
    return names.empty() ? "there is none"
                         : fmt::format("must be one of {}", fmt::join(names, ", "));
}

// Of one backend against its kind; `place` is "targets.lake".
void check_options(const std::string& place, const Backend& backend, const BackendKind& kind,
                   std::vector<std::string>& mistakes) {
    std::vector<std::string> known;
    for (const auto& option : kind.options) {
        known.emplace_back(option.name);
        if (!option.is_required || backend.options.contains(option.name)) continue;
        mistakes.push_back(fmt::format("{}: needs {}, {}", place, option.name, option.sentence));
    }
    for (const auto& [name, value] : backend.options) {
        if (std::ranges::find(known, name) != known.end()) continue;
        auto text = fmt::format("{}.{}: the kind {} has no such option", place, name, kind.name);
        if (const auto meant = nearest(name, known))
            text += fmt::format("; did you mean {}?", *meant);
        mistakes.push_back(std::move(text));
    }
}

}  // namespace

Result<void> assign_backend(std::string_view key, std::string_view value, Backends& backends) {
    const auto dot = key.find('.');
    if (dot == std::string_view::npos || dot + 1 == key.size()) {
        return Error(Code::invalid, "needs an option, NAME.OPTION");
    }
    const auto name = key.substr(0, dot);
    if (!is_volume_name(name)) {
        return Error(Code::invalid, "the name of a backend is 1 to 32 of a-z, 0-9 and -");
    }
    if (value.empty()) return Error(Code::invalid, "needs a value");
    auto& backend = backends[std::string(name)];
    const auto option = key.substr(dot + 1);
    if (option == kKind) {
        backend.kind = value;
    } else {
        backend.options.insert_or_assign(std::string(option), std::string(value));
    }
    return {};
}

Result<void> assign_backend_pair(std::string_view pair, Backends& backends) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return Error(Code::invalid, "needs a value, NAME.OPTION=VALUE");
    }
    return assign_backend(pair.substr(0, equals), pair.substr(equals + 1), backends);
}

std::vector<std::string> backend_mistakes(std::string_view table, const Backends& backends,
                                          std::span<const BackendKind> kinds) {
    std::vector<std::string> mistakes;
    for (auto one = backends.begin(); one != backends.end(); ++one) {
        const auto& [name, backend] = *one;
        const auto place = fmt::format("{}.{}", table, name);
        const auto kind = std::ranges::find(kinds, backend.kind, &BackendKind::name);
        if (backend.kind.empty()) {
            mistakes.push_back(fmt::format("{}: needs a kind: {}", place, list_of(kinds)));
        } else if (kind == kinds.end()) {
            mistakes.push_back(
                fmt::format("{}.kind \"{}\": {}", place, backend.kind, list_of(kinds)));
        } else {
            check_options(place, backend, *kind, mistakes);
        }
        const auto same = std::find_if(backends.begin(), one, [&](const auto& other) {
            return other.second == backend && !backend.options.empty();
        });
        if (same != one) {
            mistakes.push_back(fmt::format("{}: is the same as {}.{}", place, table, same->first));
        }
    }
    return mistakes;
}

}  // namespace millrace::config
