#pragma once
// How PostgreSQL keeps the data types.
//
//   STRING     text
//   INTEGER    bigint
//   DECIMAL    numeric
//   DOUBLE     double precision
//   BOOLEAN    boolean
//   DATE       date
//   TIMESTAMP  timestamp with time zone
//   JSON       jsonb

#include <string_view>

#include "core/model/data_type.h"

namespace millrace::postgres {

// As format_type() spells it.
std::string_view declared_as(DataType type);

// Whether a column that somebody declared so keeps every value of the type as it is.
bool keeps(std::string_view declared, DataType type);

}  // namespace millrace::postgres
