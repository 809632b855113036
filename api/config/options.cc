#include "api/config/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <thread>

#include "core/base/byte_size.h"
#include "core/base/duration.h"

namespace millrace::config {
namespace {

constexpr std::size_t kTokenLengthMin = 16;
constexpr std::size_t kTokenLengthMax = 200;

std::string show_number(const OptionSpec& spec, std::uint64_t value) {
    switch (spec.kind) {
        case OptionKind::byte_size:
            return format_byte_size(value);
        case OptionKind::duration:
            return format_duration(Milliseconds(static_cast<std::int64_t>(value)));
        case OptionKind::path:
        case OptionKind::endpoint:
        case OptionKind::url:
        case OptionKind::networks:
        case OptionKind::choice:
        case OptionKind::number:
            return fmt::format("{}", value);
    }
    return {};
}

Result<std::uint64_t> within_bounds(const OptionSpec& spec, std::uint64_t value) {
    if (value < spec.min || value > spec.max) {
        return Error(Code::invalid,
                     fmt::format("must be between {} and {}", show_number(spec, spec.min),
                                 show_number(spec, spec.max)));
    }
    return value;
}

Result<std::uint64_t> parse_number(const OptionSpec& spec, std::string_view text) {
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc() || stop != end) {
        return Error(Code::invalid,
                     fmt::format("must be a whole number between {} and {}", spec.min, spec.max));
    }
    return within_bounds(spec, number);
}

Result<std::uint64_t> parse_size(const OptionSpec& spec, std::string_view text) {
    const auto bytes = parse_byte_size(text);
    if (!bytes.ok())
        return Error(Code::invalid, "not a size; write for example 512B, 16KB, 1MB or 2GB");
    return within_bounds(spec, bytes.value());
}

Result<std::uint64_t> parse_span(const OptionSpec& spec, std::string_view text) {
    const auto span = parse_duration(text);
    if (!span.ok())
        return Error(Code::invalid, "not a duration; write for example 500ms, 30s or 1m30s");
    return within_bounds(spec, static_cast<std::uint64_t>(span.value().count()));
}

// Its place among the choices; an enumeration has their order.
Result<std::size_t> parse_choice(const OptionSpec& spec, std::string_view text) {
    const auto found = std::ranges::find(spec.choices, text);
    if (found == spec.choices.end()) {
        return Error(Code::invalid,
                     fmt::format("must be one of {}", fmt::join(spec.choices, ", ")));
    }
    return static_cast<std::size_t>(found - spec.choices.begin());
}

// How many letters to insert, delete or replace to get from one text to the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

const OptionSpec* find_option(std::string_view name) {
    const auto found = std::ranges::find(option_specs(), name, &OptionSpec::name);
    return found == option_specs().end() ? nullptr : &*found;
}

std::string environment_name(const OptionSpec& spec) {
    std::string name = "MILLRACE_";
    for (const char c : spec.name) {
        const bool is_lower = c >= 'a' && c <= 'z';
        const bool is_upper = c >= 'A' && c <= 'Z';
        if (is_upper) name += '_';
        name += is_lower ? static_cast<char>(c - 'a' + 'A') : is_upper ? c : '_';
    }
    return name;
}

Config default_config() {
    Config config;
    const auto processors = std::thread::hardware_concurrency();  // 0: unknown
    config.ingest_threads = std::clamp(processors, 2U, kThreadsMax + 1) - 1;
    return config;
}

Result<void> assign(const OptionSpec& spec, std::string_view text, Config& config) {
    if (text.empty()) {
        return Error(Code::invalid, fmt::format("needs a value, {}", spec.placeholder));
    }
    const auto field = spec.field(config);
    switch (spec.kind) {
        case OptionKind::path:
            *std::get<std::string*>(field) = text;
            break;
        case OptionKind::endpoint: {
            TRY_ASSIGN(*std::get<Endpoint*>(field), parse_endpoint(text));
            break;
        }
        case OptionKind::url: {
            TRY_ASSIGN(*std::get<std::string*>(field), parse_public_url(text));
            break;
        }
        case OptionKind::networks: {
            TRY_ASSIGN(*std::get<std::vector<Network>*>(field), parse_networks(text));
            break;
        }
        case OptionKind::number: {
            TRY_ASSIGN(const auto number, parse_number(spec, text));
            *std::get<std::uint32_t*>(field) = static_cast<std::uint32_t>(number);
            break;
        }
        case OptionKind::byte_size: {
            TRY_ASSIGN(*std::get<std::uint64_t*>(field), parse_size(spec, text));
            break;
        }
        case OptionKind::duration: {
            TRY_ASSIGN(const auto ms, parse_span(spec, text));
            *std::get<Milliseconds*>(field) = Milliseconds(static_cast<std::int64_t>(ms));
            break;
        }
        case OptionKind::choice: {
            TRY_ASSIGN(const auto choice, parse_choice(spec, text));
            if (auto* const* header = std::get_if<ForwardedHeader*>(&field)) {
                **header = static_cast<ForwardedHeader>(choice);
            } else {
                *std::get<std::string*>(field) = text;
            }
            break;
        }
    }
    return {};
}

std::string bounds_text(const OptionSpec& spec) {
    if (spec.max == 0) return {};
    return fmt::format("{} to {}", show_number(spec, spec.min), show_number(spec, spec.max));
}

std::string show(const OptionSpec& spec, Config config) {
    struct Show {
        const OptionSpec& spec;
        std::string operator()(const std::string* text) const { return *text; }
        std::string operator()(const Endpoint* endpoint) const {
            return format_endpoint(*endpoint);
        }
        std::string operator()(const std::vector<Network>* networks) const {
            return format_networks(*networks);
        }
        std::string operator()(const ForwardedHeader* header) const {
            return std::string(spec.choices[static_cast<std::size_t>(*header)]);
        }
        std::string operator()(const std::uint32_t* number) const {
            return show_number(spec, *number);
        }
        std::string operator()(const std::uint64_t* number) const {
            return show_number(spec, *number);
        }
        std::string operator()(const Milliseconds* span) const { return format_duration(*span); }
    };
    return std::visit(Show{spec}, spec.field(config));
}

Result<void> assign_admin_token(std::string_view token, Config& config) {
    const bool is_visible = std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; });
    if (!is_visible || token.size() < kTokenLengthMin || token.size() > kTokenLengthMax) {
        return Error(
            Code::invalid,
            fmt::format("must be {} to {} visible ASCII characters; for example the output of "
                        "\"openssl rand -hex 24\"",
                        kTokenLengthMin, kTokenLengthMax));
    }
    config.admin_token = token;
    return {};
}

std::optional<std::string> nearest(std::string_view mistyped, std::span<const std::string> known) {
    if (known.empty()) return std::nullopt;
    const auto distance = [&](const std::string& name) { return edit_distance(mistyped, name); };
    const auto& best = *std::ranges::min_element(known, {}, distance);
    const auto near_enough = std::max<std::size_t>(2, best.size() / 4);
    if (distance(best) > near_enough) return std::nullopt;
    return best;
}

}  // namespace millrace::config
