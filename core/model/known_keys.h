#pragma once
// KnownKeys: what a file that is restored does to rows of its table that have the key of one of its
// own by now.

namespace millrace {

enum class KnownKeys { replace, keep };

}  // namespace millrace
