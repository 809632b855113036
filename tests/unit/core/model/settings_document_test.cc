#include "core/model/settings_document.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace millrace {
namespace {

constexpr const char* kPath = "docs/settings.md";

// With MILLRACE_WRITE_DOCS set, the page is written instead of compared.
TEST(SettingsDocumentTest, ThePageIsWhatTheTableSays) {
    if (std::getenv("MILLRACE_WRITE_DOCS") != nullptr) {
        std::ofstream(kPath) << settings_document();
        GTEST_SKIP() << kPath << " was written, not compared";
    }
    std::ostringstream page;
    page << std::ifstream(kPath).rdbuf();
    EXPECT_EQ(page.str(), settings_document())
        << "the table has changed; MILLRACE_WRITE_DOCS=1 with this test writes the page";
}

}  // namespace
}  // namespace millrace
