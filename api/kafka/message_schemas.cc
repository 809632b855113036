#include "api/kafka/message_schemas.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "api/kafka/property_rules.h"

namespace millrace::kafka {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kReferencesMax = 100;
constexpr int kReferencesDepthMax = 20;

struct Registered {
    std::string type;  // "AVRO"
    std::string schema;
    Json references;
};

// What is a registry answers so; what does not is none, and is asked again.
Result<Registered> parse_answer(const std::string& path, const std::string& answer) {
    auto json = Json::parse(answer, nullptr, false);
    const bool is_schema =
        json.is_object() && json.contains("schema") && json.at("schema").is_string();
    if (!is_schema) {
        return Error(Code::unavailable,
                     fmt::format("the schema registry's answer to {} is none of a registry", path));
    }
    Registered found{
        .type = "AVRO", .schema = json.at("schema").get<std::string>(), .references = {}};
    if (json.contains("schemaType") && json.at("schemaType").is_string()) {
        found.type = json.at("schemaType").get<std::string>();
    }
    if (json.contains("references")) found.references = std::move(json.at("references"));
    return found;
}

// A part of a path as URLs have it.
std::string url_part(std::string_view text) {
    std::string part;
    for (const char c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        part +=
            is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return part;
}

// The schemas that one refers to, each behind those that it refers to itself.
class References {
public:
    explicit References(SchemaRegistry& registry) : registry_(registry) {}

    Result<void> add(const Json& references, int depth) {
        if (!references.is_array()) return {};
        if (depth > kReferencesDepthMax) {
            return Error(Code::invalid, "the references of the schema are nested too deep");
        }
        for (const auto& reference : references) {
            if (!reference.is_object() || !reference.contains("subject") ||
                !reference.at("subject").is_string() || !reference.contains("version") ||
                !reference.at("version").is_number_integer()) {
                return Error(Code::invalid, "a reference of the schema has no subject or version");
            }
            const auto path = fmt::format("subjects/{}/versions/{}",
                                          url_part(reference.at("subject").get<std::string>()),
                                          reference.at("version").get<std::int64_t>());
            if (!seen_.insert(path).second) continue;
            if (seen_.size() > kReferencesMax) {
                return Error(Code::invalid, "the schema has too many references");
            }
            TRY_ASSIGN(const auto answer, registry_.get(path));
            TRY_ASSIGN(auto found, parse_answer(path, answer));
            TRY(add(found.references, depth + 1));
            schemas_.push_back(std::move(found.schema));
        }
        return {};
    }
    const std::vector<std::string>& schemas() const { return schemas_; }

private:
    SchemaRegistry& registry_;
    std::set<std::string> seen_;
    std::vector<std::string> schemas_;
};

}  // namespace

template <typename Ask>
Result<const bulk::AvroTree*> MessageSchemas::find(const std::string& key, Ask ask) {
    const auto found = known_.find(key);
    if (found != known_.end()) {
        if (const auto* const tree = std::get_if<bulk::AvroTree>(&found->second)) return tree;
        const auto& missing = std::get<Missing>(found->second);
        if (!missing.until || clock_.steady() < *missing.until) return missing.error;
        known_.erase(found);
    }
    auto tree = ask();
    if (!tree.ok() && tree.error().code() == Code::unavailable) return std::move(tree).error();
    if (known_.size() >= kSchemasMax) known_.clear();
    if (tree.ok()) {
        const auto added = known_.emplace(key, std::move(tree).value()).first;
        return std::get_if<bulk::AvroTree>(&added->second);
    }
    std::optional<SteadyTime> until;
    if (tree.error().code() == Code::not_found) until = clock_.steady() + kMissingFor;
    Error error(Code::invalid, tree.error().operator_text());
    known_.emplace(key, Missing{.error = error, .until = until});
    return error;
}

Result<bulk::AvroTree> MessageSchemas::ask_id(std::uint32_t id) {
    const auto path = fmt::format("schemas/ids/{}", id);
    TRY_ASSIGN(const auto answer, registry_->get(path));
    TRY_ASSIGN(const auto found, parse_answer(path, answer));
    if (found.type != "AVRO") {
        return Error(Code::invalid,
                     fmt::format("the schema {} is of the type {}, not AVRO", id, found.type));
    }
    References references(*registry_);
    TRY(references.add(found.references, 0));
    return bulk::parse_avro_tree(found.schema, references.schemas());
}

Result<const bulk::AvroTree*> MessageSchemas::of_id(std::uint32_t id) {
    return find(std::to_string(id), [&] { return ask_id(id); });
}

Result<const bulk::AvroTree*> MessageSchemas::of_digest(const std::string& hex) {
    return find(hex, [&]() -> Result<bulk::AvroTree> {
        TRY_ASSIGN(const auto answer, registry_->get("id=" + hex));
        return bulk::parse_avro_tree(answer);
    });
}

SchemaRegistrySettings registry_of(const KafkaSettings& settings,
                                   std::function<bool()> is_stopped) {
    const auto value_in = [](const auto& properties, std::string_view name) {
        const auto found = properties.find(std::string(name));
        return found == properties.end() ? std::string() : found->second;
    };
    return {.urls = settings.registry_url,
            .user_info = value_in(settings.secrets, kRegistryUserInfo),
            .ca_pem = value_in(settings.properties, kRegistryCaPem),
            .has_error_codes = settings.format != Format::linkedin_avro,
            .is_stopped = std::move(is_stopped)};
}

}  // namespace millrace::kafka
