#pragma once
// The words behind a column: [:TYPE][:key][:required].
//
// What stands behind the last colons counts only if it is a type or one of the words, so what is
// before may have colons. A word of capital letters that is no type is refused, because it is
// meant as one; so is what is a type or a word but for its case or one letter.

#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/model/data_type.h"

namespace millrace::cli {

struct TypeWords {
    std::optional<DataType> type;
    bool is_key = false;
    bool is_required = false;
};

// Takes them off the end of the text. `way_out` is a sentence for who means what looks mistyped.
// Errors  invalid: a text that goes on a sentence, with the types that there are
Result<TypeWords> take_type_words(std::string_view& text, std::string_view way_out);

}  // namespace millrace::cli
