#pragma once
// JsonCheck: whether a text is JSON, whatever is in it.
//
// Lifetime  reused from text to text; allocates only while its buffer grows.
// Thread    one.

#include <string>
#include <string_view>

#include "core/mapping/json_scan.h"
#include "core/mapping/path_trie.h"

namespace millrace::mapping {

class JsonCheck {
public:
    JsonCheck() : no_paths_(PathTrie::build({}).value()) {}

    bool is_json(std::string_view text) {
        text_.assign(text);
        return scanner_.scan(text_, no_paths_);
    }

    std::string_view text() const { return text_.view(); }  // the last one

    // Why the last text is none, as JsonScanner says.
    std::string problem() const { return scanner_.problem(); }

private:
    PaddedText text_;
    JsonScanner scanner_;
    PathTrie no_paths_;
};

}  // namespace millrace::mapping
