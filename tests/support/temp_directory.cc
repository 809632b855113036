#include "tests/support/temp_directory.h"

#include <stdlib.h>

#include "core/base/check.h"

namespace millrace::testing_support {

TempDirectory::TempDirectory() {
    auto name = (std::filesystem::temp_directory_path() / "millrace-test-XXXXXX").string();
    check(mkdtemp(name.data()) != nullptr, "cannot make {}", name);
    path_ = name;
}

TempDirectory::~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace millrace::testing_support
