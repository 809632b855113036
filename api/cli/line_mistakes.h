#pragma once
// LineMistakes: what is wrong with a file, line by line, told all at once.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::cli {

class LineMistakes {
public:
    void add(std::size_t line, std::string_view text);
    std::size_t count() const { return all_.size(); }

    // Errors  invalid: each in a line of its own, "line N: ...", if there are any; not all of many
    Result<void> finish() const;

private:
    std::vector<std::string> all_;
};

}  // namespace millrace::cli
