#pragma once
// BodyKey: the idempotency key of senders that put the id of an event into its body. The body is
// read as the mapping reads it: JSON or a form, in its charset, with or without a byte order mark.
//
// Lifetime  compiled once for each route and loop; allocates only while its buffers grow.
// Thread    one.

#include <memory>
#include <string_view>

#include "core/base/result.h"
#include "core/mapping/path_trie.h"
#include "core/mapping/scratch.h"
#include "core/ports/rng.h"

namespace millrace::webhooks {

class BodyKey {
public:
    // Errors  invalid: those of mapping::check_path()
    static Result<BodyKey> compile(std::string_view path);

    // The text, as it is meant, or the number there; empty if the body has none, or cannot be read.
    // Valid until the next call, or as long as the body.
    std::string_view find(std::string_view body, std::string_view content_type);

private:
    explicit BodyKey(mapping::PathTrie trie);

    mapping::PathTrie trie_;
    std::unique_ptr<Rng> random_;
    std::unique_ptr<mapping::Scratch> scratch_;
};

}  // namespace millrace::webhooks
