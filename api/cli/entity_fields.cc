#include "api/cli/entity_fields.h"

#include <fmt/format.h>

#include "api/cli/readable.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kNameMax = 40;  // of the API; an id may be longer
constexpr std::string_view kMask = "***";

struct OfAnswers {
    std::string_view type;
    std::string_view field;
};

// What a service says of a part, and nobody gives it.
constexpr OfAnswers kOfAnswers[] = {{"http", "url"},
                                    {"http", "verification"},
                                    {"http", "previousUrlUntil"},
                                    {"kafka", "status"},
                                    {"kafka", "dropWhere"},
                                    {"kafka", "deleteWhere"},
                                    {"otlp", "url"},
                                    {"otlp", "baseUrl"},
                                    {"otlp", "secret"},
                                    {"otlp", "previousUrlUntil"}};

}  // namespace

std::string usual_name(std::string_view id) {
    return std::string(id.substr(0, kNameMax));
}

std::string source_url(const Json& source) {
    return text_at(source, {text_at(source, {"type"}), "url"});
}

Result<std::string> event_url(const Json& source) {
    const auto id = text_at(source, {"sourceId"});
    if (const auto topic = text_at(source, {"kafka", "topic"}); !topic.empty()) {
        return Error(Code::invalid, fmt::format("the source {} has no URL: it reads the topic {} "
                                                "of Kafka, so events come by that",
                                                id, topic));
    }
    const auto url = source_url(source);
    if (text_at(source, {"type"}) == "http") return url;
    return Error(Code::invalid,
                 fmt::format("the source {} takes OpenTelemetry and no events: an exporter sends "
                             "to {}",
                             id, url));
}

std::string file_outcome(const Json& file) {
    const auto state = text_at(file, {"state"});
    return fmt::format("is {}, with {}", state == "setAside" ? "set aside" : state,
                       counted(count_at(file, {"statistics", "total", "recordsCount"}), "row"));
}

Json given_part(std::string_view type, const Json& part) {
    auto given = Json::object();
    if (!part.is_object()) return given;
    given = part;
    for (const auto& [of, field] : kOfAnswers) {
        if (of == type) given.erase(std::string(field));
    }
    if (const auto signature = given.find("signature"); signature != given.end()) {
        signature->erase("secretsCount");
        if (signature->empty()) given.erase("signature");
    }
    return given;
}

bool take_masked(Json& part) {
    bool has_any = false;
    for (auto field = part.begin(); field != part.end();) {
        if (field->is_string() && text_of(*field) == kMask) {
            field = part.erase(field);
            has_any = true;
            continue;
        }
        if (field->is_object()) has_any = take_masked(*field) || has_any;
        ++field;
    }
    return has_any;
}

bool is_same_value(const Json& a, const Json& b) {
    if (is_equal(a, b)) return true;
    return !a.is_structured() && !b.is_structured() && !a.is_null() && !b.is_null() &&
           text_of(a) == text_of(b);
}

}  // namespace millrace::cli
