#include "api/upload/upload_path.h"

#include "api/http/request_target.h"
#include "core/base/percent.h"

namespace millrace::upload {
namespace {

constexpr std::string_view kDatamarts = "/api/v1/datamarts/";
constexpr std::string_view kShort = "/upload";

std::vector<std::pair<std::string, std::string>> options_of(std::string_view target) {
    std::vector<std::pair<std::string, std::string>> options;
    auto query = http::query_of(target);
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        const auto equals = pair.find('=');
        if (!pair.empty()) {
            options.emplace_back(
                percent_decoded(pair.substr(0, equals)),
                equals == std::string_view::npos ? "" : percent_decoded(pair.substr(equals + 1)));
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
    return "in.c-" + percent_decoded(datamart) + "." + percent_decoded(entity);
}

}  // namespace

bool is_upload_target(std::string_view target) {
    target = http::origin_form(target);
    return target.starts_with(kDatamarts) ||
           (target.starts_with(kShort) && http::path_of(target) == kShort);
}

std::optional<UploadPath> parse_upload_target(std::string_view target) {
    target = http::origin_form(target);
    const auto path = http::path_of(target);
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
