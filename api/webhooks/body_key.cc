#include "api/webhooks/body_key.h"

#include <array>

#include "core/mapping/path.h"

namespace millrace::webhooks {

Result<BodyKey> BodyKey::compile(std::string_view path) {
    TRY(mapping::check_path(path));
    TRY_ASSIGN(auto parsed, mapping::parse_path(path));
    TRY_ASSIGN(auto trie, mapping::PathTrie::build(std::array{std::move(parsed)}));
    return BodyKey(std::move(trie));
}

std::string_view BodyKey::find(std::string_view json) {
    text_.assign(json);
    if (!scanner_->scan(text_, trie_)) return {};
    const auto& value = scanner_->value(0);
    if (!value.found()) return {};
    auto text = value.text();
    if (text.starts_with('"')) return text.substr(1, text.size() - 2);
    const bool is_number = text.starts_with('-') || (text.front() >= '0' && text.front() <= '9');
    return is_number ? text : std::string_view();
}

}  // namespace millrace::webhooks
