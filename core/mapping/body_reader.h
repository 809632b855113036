#pragma once
// Finds the values of paths in a body: JSON, a form, or text that may be JSON, in its charset.

#include <string_view>

#include "core/mapping/found_records.h"
#include "core/mapping/path_trie.h"
#include "core/mapping/scratch.h"
#include "core/mapping/source_mapper.h"

namespace millrace::mapping {

// Reads the body of the record into the scratch, which has the values then, or the problem.
BodyState read_body(const PathTrie& paths, PlainText plain_text, Scratch& scratch);

// As read_body(), of a body that is JSON without white space and whose values are found.
BodyState take_found(const FoundValues& found, Scratch& scratch);

// Whether it is an object or array of JSON, if it is JSON. A form never begins so: its encoding has
// these as %7B and %5B.
bool begins_like_json(std::string_view body);

}  // namespace millrace::mapping
