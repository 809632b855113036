#pragma once
// The files of the console, compiled into the program.
//
// See  api/console/CMakeLists.txt, which makes them of api/console/web

#include <span>
#include <string_view>

namespace millrace::console {

struct ConsoleFile {
    std::string_view name;   // "assets/index-Bk3f.js.gz"; with .gz: compressed by gzip
    std::string_view bytes;  // as long as the program runs
};

// Always index.html or index.html.gz: of the console, or, where the build had no npm, one that says
// that there is none.
std::span<const ConsoleFile> console_files();

}  // namespace millrace::console
