#include "api/control/tokens_resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "api/access/token_digest.h"
#include "api/control/api_errors.h"
#include "api/control/auth.h"
#include "api/control/json_body.h"
#include "api/control/paging.h"
#include "api/control/render.h"
#include "api/control/token_text.h"
#include "core/model/table_id.h"

namespace millrace::control {
namespace {

constexpr std::string_view kList = "/v1/tokens";
constexpr std::string_view kOne = "/v1/tokens/{tokenId}";
constexpr TextLength kDescriptionLength{.min = 1, .max = 255};
constexpr std::size_t kIdLength = 12;
constexpr std::uint64_t kTokensMax = 100;  // of a project
constexpr std::size_t kBucketsMax = 100;   // of a token

struct NewToken {
    std::string description;
    TokenRole role = TokenRole::readonly;
    std::vector<std::string> buckets;
};

bool is_bucket(const std::string& name) {
    return TableId::parse(name + ".t").ok();
}

void read_buckets(ObjectReader& reader, NewToken& token, Problems& problems) {
    const auto* const buckets = reader.array("buckets");
    const bool loads = token.role == TokenRole::load;
    if (buckets == nullptr) {
        if (loads || reader.any("buckets") != nullptr) reader.missing("buckets");
        return;
    }
    if (!loads) {
        problems.add(kBadRequest, "body.buckets is only for the role \"load\"");
        return;
    }
    if (buckets->empty() || buckets->size() > kBucketsMax) {
        problems.add(kInvalidLength,
                     fmt::format("body.buckets must have 1 to {} names", kBucketsMax));
        return;
    }
    for (std::size_t i = 0; i < buckets->size(); ++i) {
        const auto& bucket = buckets->at(i);
        const auto name = bucket.is_string() ? bucket.get<std::string>() : std::string();
        if (!is_bucket(name)) {
            problems.add(kBadRequest, fmt::format("body.buckets[{}] is {}, which is no bucket: "
                                                  "\"in.c-name\" or \"out.c-name\"",
                                                  i, shortened(bucket.dump(-1, ' ', true), 100)));
            continue;
        }
        const auto& known = token.buckets;
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            token.buckets.push_back(name);
        }
    }
}

Result<NewToken> parse_new_token(std::string_view body) {
    TRY_ASSIGN(const auto json, parse_json_object(body));
    NewToken token;
    Problems problems;
    ObjectReader reader(json, "body", problems);
    token.description = reader.required_text("description", kDescriptionLength).value_or("");
    if (const auto text = reader.required_text("role", {.min = 0, .max = 100})) {
        if (const auto role = token_role_from(*text)) {
            token.role = *role;
        } else {
            problems.add(
                kInvalidEnumValue,
                fmt::format("value of body.role must be one of \"admin\", \"readonly\", \"load\" "
                            "but got value \"{}\"",
                            *text));
        }
    }
    read_buckets(reader, token, problems);
    reader.finish();
    TRY(problems.result());
    return token;
}

OrderedJson render_token(const ApiToken& token) {
    OrderedJson json = {{"id", token.id.value},
                        {"description", token.description},
                        {"role", to_string(token.role)}};
    if (token.role == TokenRole::load) json["buckets"] = token.buckets;
    json["created"] = render_stamp(token.created);
    return json;
}

// The one answer that shows the token itself.
Result<Response> create(const TokensApi& api, const Call& call) {
    TRY_ASSIGN(auto wanted, parse_new_token(call.request.body));
    const auto text = make_token_text(api.random);
    const ApiToken token{.project = api.scope.project,
                         .id = TokenId(api.random.make(kIdLength)),
                         .digest = access::token_digest(text),
                         .description = std::move(wanted.description),
                         .role = wanted.role,
                         .buckets = std::move(wanted.buckets),
                         .created = call.stamp};
    TRY_ASSIGN(const bool added, api.tokens.add_token(token, kTokensMax));
    if (!added) return token_limit_reached(kTokensMax);
    auto json = render_token(token);
    json["token"] = text;
    return json_response(201, json);
}

Result<Response> list(const TokensApi& api, const Call& call) {
    TRY_ASSIGN(const auto page, parse_page(call.request));
    TRY_ASSIGN(const auto found, api.tokens.tokens(api.scope.project, page));
    auto tokens = OrderedJson::array();
    for (const auto& token : found.items) tokens.push_back(render_token(token));
    const auto last_id = found.items.empty() ? "" : found.items.back().id.value;
    return json_response(200, {{"projectId", api.scope.project.value},
                               {"page", render_page(page, found.total_count, last_id)},
                               {"tokens", std::move(tokens)}});
}

Result<Response> remove(const TokensApi& api, const Call& call) {
    const auto& id = call.path.token;
    if (id == kOwnTokenId) {
        return forbidden("The admin token of the installation cannot be deleted through the API.");
    }
    TRY_ASSIGN(const bool deleted, api.tokens.delete_token(api.scope.project, TokenId(id)));
    if (!deleted) return token_not_found(id);
    return Response{.status = 204, .body = "", .content_type = "", .headers = {}};
}

}  // namespace

void add_tokens(Router& router, const TokensApi& api) {
    const Routes<TokensApi> routes(router, api);
    routes.add("POST", kList, create);
    routes.add("GET", kList, list, {"afterId", "limit"});
    routes.add("DELETE", kOne, remove);
}

}  // namespace millrace::control
