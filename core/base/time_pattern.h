#pragma once
// Times by a strftime pattern: "%Y-%m-%d %H:%M:%S.%f".
//
// Known are A a B b C c D d e F f H h I j k l M m n p R r S T t U u V v W w X x Y y Z z %, in
// English and UTC; %f is the milliseconds, 3 digits.
//
// See  strftime(3)

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace {

// Errors  invalid: `datetime format "%Q" is invalid: unknown specification "%Q"`
Result<void> check_time_pattern(std::string_view pattern);

// Appends `time`; what check_time_pattern() refuses is appended as it is.
void append_time(std::string& out, WallTime time, std::string_view pattern);

}  // namespace millrace
