#pragma once
// BodyKey: the idempotency key of senders that put the id of an event into its body.
//
// Lifetime  compiled once for each route and loop; allocates only while its buffers grow.
// Thread    one.

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/mapping/json_scan.h"
#include "core/mapping/path_trie.h"

namespace millrace::webhooks {

class BodyKey {
public:
    // Errors  invalid: those of mapping::check_path()
    static Result<BodyKey> compile(std::string_view path);

    // The text or number there; empty if the body has none, or is no JSON. Valid until the next
    // call.
    std::string_view find(std::string_view json);

private:
    explicit BodyKey(mapping::PathTrie trie) : trie_(std::move(trie)) {}

    mapping::PathTrie trie_;
    mapping::PaddedText text_;
    std::unique_ptr<mapping::JsonScanner> scanner_ = std::make_unique<mapping::JsonScanner>();
};

}  // namespace millrace::webhooks
