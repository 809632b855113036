#pragma once
// Grant: what whoever sends a request may do with tables, by the role of his token.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/api_token.h"

namespace millrace::access {

class Grant {
public:
    // Everything.
    static Grant of_admin() { return Grant(TokenRole::admin, "", {}); }
    static Grant of(const ApiToken& token) {
        return Grant(token.role, token.description, token.buckets);
    }

    TokenRole role() const { return role_; }
    const std::string& description() const { return description_; }  // of the token

    // Whether rows may be put into tables of the bucket, such as "in.c-shop".
    bool may_load(std::string_view bucket) const {
        return role_ == TokenRole::admin || (role_ == TokenRole::load && has(bucket));
    }
    // Whether columns and loads of its tables may be seen.
    bool may_read(std::string_view bucket) const { return role_ != TokenRole::load || has(bucket); }

private:
    Grant(TokenRole role, std::string description, std::vector<std::string> buckets)
        : role_(role), description_(std::move(description)), buckets_(std::move(buckets)) {}

    bool has(std::string_view bucket) const {
        return std::find(buckets_.begin(), buckets_.end(), bucket) != buckets_.end();
    }

    TokenRole role_;
    std::string description_;
    std::vector<std::string> buckets_;  // of role `load`
};

}  // namespace millrace::access
