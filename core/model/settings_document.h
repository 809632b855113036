#pragma once
// docs/settings.md, made from the table of settings.

#include <string>

namespace millrace {

// The whole page, in Markdown.
std::string settings_document();

}  // namespace millrace
