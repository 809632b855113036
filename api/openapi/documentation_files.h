#pragma once
// The description of the REST API and the page that shows it, compiled into the program.
//
// See  openapi/openapi.yaml, docs/adr/0005-openapi-file-and-validators.md

#include <span>
#include <string_view>

namespace millrace::openapi {

struct DocumentationFile {
    std::string_view name;   // "openapi.json"
    std::string_view bytes;  // as long as the program runs
};

// Always openapi.json, openapi.yaml and index.html. The scripts and styles of the page are there if
// swagger-ui-dist was when the program was built; if not, index.html says so.
std::span<const DocumentationFile> documentation_files();

}  // namespace millrace::openapi
