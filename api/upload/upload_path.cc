#include "api/upload/upload_path.h"

namespace millrace::upload {
namespace {

constexpr std::string_view kDatamarts = "/api/v1/datamarts/";
constexpr std::string_view kShort = "/upload";

// Without scheme and authority.
std::string_view origin_form(std::string_view target) {
    if (target.starts_with('/')) return target;
    const auto scheme = target.find("://");
    if (scheme == std::string_view::npos) return target;
    const auto path = target.find('/', scheme + 3);
    return path == std::string_view::npos ? "/" : target.substr(path);
}

std::optional<unsigned> digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

std::string decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const auto high = digit(text[i + 1]);
            const auto low = digit(text[i + 2]);
            if (high && low) {
                plain.push_back(static_cast<char>(*high * 16 + *low));
                i += 2;
                continue;
            }
        }
        plain.push_back(text[i]);
    }
    return plain;
}

std::string_view path_of(std::string_view target) {
    return target.substr(0, target.find('?'));
}

std::vector<std::pair<std::string, std::string>> options_of(std::string_view target) {
    std::vector<std::pair<std::string, std::string>> options;
    const auto question = target.find('?');
    if (question == std::string_view::npos) return options;
    auto query = target.substr(question + 1);
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        const auto equals = pair.find('=');
        if (!pair.empty()) {
            options.emplace_back(
                decoded(pair.substr(0, equals)),
                equals == std::string_view::npos ? "" : decoded(pair.substr(equals + 1)));
        }
        if (end == std::string_view::npos) break;
        query.remove_prefix(end + 1);
    }
    return options;
}

// "mart", "people" of "mart/entities/people/upload".
std::optional<std::string> table_of(std::string_view rest) {
    constexpr std::string_view kBetween = "/entities/";
    constexpr std::string_view kEnd = "/upload";
    const auto datamart = rest.substr(0, rest.find('/'));
    rest.remove_prefix(datamart.size());
    if (!rest.starts_with(kBetween)) return std::nullopt;
    rest.remove_prefix(kBetween.size());
    const auto entity = rest.substr(0, rest.find('/'));
    rest.remove_prefix(entity.size());
    if (rest != kEnd || datamart.empty() || entity.empty()) return std::nullopt;
    return "in.c-" + decoded(datamart) + "." + decoded(entity);
}

}  // namespace

bool is_upload_target(std::string_view target) {
    const auto path = path_of(origin_form(target));
    return path == kShort || path.starts_with(kDatamarts);
}

std::optional<UploadPath> parse_upload_target(std::string_view target) {
    target = origin_form(target);
    const auto path = path_of(target);
    UploadPath found;
    found.options = options_of(target);
    if (path == kShort) {
        for (auto option = found.options.begin(); option != found.options.end(); ++option) {
            if (option->first != "table") continue;
            found.table = option->second;
            found.options.erase(option);
            break;
        }
        return found;
    }
    if (!path.starts_with(kDatamarts)) return std::nullopt;
    auto table = table_of(path.substr(kDatamarts.size()));
    if (!table) return std::nullopt;
    found.table = std::move(*table);
    return found;
}

std::string bucket_of(std::string_view table) {
    const auto dot = table.rfind('.');
    return dot == std::string_view::npos ? std::string() : std::string(table.substr(0, dot));
}

}  // namespace millrace::upload
