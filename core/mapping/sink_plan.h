#pragma once
// SinkPlan: the columns of one sink as mapping needs them, made once of their definition.
//
// Lifetime  immutable once made; may be moved, not copied: columns point to their texts.
// Thread    any.
// See       source_mapper.h

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/mapping/path.h"
#include "core/mapping/path_trie.h"
#include "core/mapping/template_program.h"
#include "core/model/column.h"
#include "core/model/value_rules.h"
#include "core/ports/evaluator.h"

namespace millrace::mapping {

// What is only needed of a column where something is out of the ordinary: apart from the plans,
// because those of all sources compete for the processor's cache.
struct ColumnTexts {
    std::string name;                        // for errors
    std::string path;                        // for errors
    std::string argument;                    // a header's name, canonical, or a parameter's
    std::optional<std::string> if_missing;   // of what may be missing: the cell's text
    std::optional<TemplateProgram> program;  // of type template, if it is compiled
    std::size_t template_index = 0;          // of type template, else: in Wanted::templates
};

struct ColumnPlan {
    ColumnType type;
    DataType data_type;
    TimeForm time_form;
    bool primary_key;
    bool raw_string;
    PathTrie::Slot slot;  // of type path
    const ColumnTexts* texts;
};

struct SinkPlan {
    SinkPlan() = default;
    SinkPlan(SinkPlan&&) = default;
    SinkPlan& operator=(SinkPlan&&) = default;

    std::vector<ColumnPlan> columns;
    std::vector<ColumnTexts> texts;          // of the columns, which point into it
    const ColumnPlan* first_path = nullptr;  // the column that a broken body is blamed on
    bool has_other_values = false;           // of the body, than those of paths
    bool has_event_ids = false;
    ValueRules rules;  // of its target
};

// What the sinks of a source want of a record, all of them together.
struct Wanted {
    std::vector<Path> paths;  // the place of one is its slot
    TemplateTexts templates;  // that are not compiled, each once
};

// Adds what the sink wants to `wanted`.
// Errors  invalid: an unusable path or default, with the column's name
Result<SinkPlan> plan_sink(const std::vector<Column>& columns, const ValueRules& rules,
                           Wanted& wanted);

}  // namespace millrace::mapping
