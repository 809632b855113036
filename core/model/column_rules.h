#pragma once
// What a column may be, whoever asks: the service at a request, the command line at a file.

#include "core/model/column.h"
#include "core/model/data_type.h"

namespace millrace {

// Whether some value of a column of the type can be of the data type.
bool can_be(ColumnType type, DataType data_type);

}  // namespace millrace
