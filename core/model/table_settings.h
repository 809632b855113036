#pragma once
// What a sink may do to its table, from its settings.
//
// See  docs/settings.md, docs/mapping.md "Columns of a table"

#include "core/model/settings.h"

namespace millrace {

// Whether a sink that changes adds the columns that its table lacks.
bool adds_columns(const SettingLevels& levels);

}  // namespace millrace
