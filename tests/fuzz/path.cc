// Goal    every path is taken or refused with its place, and what is taken can be looked for.
// Method  parse it, compile it together with another one, look for it in a fixed body.

#include "core/mapping/path.h"

#include "core/mapping/json_scan.h"
#include "core/mapping/path_trie.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace millrace;
using namespace millrace::mapping;

constexpr std::string_view kBody =
    R"({"a":{"b.c":[1,{"d":"x"}],"":[[2]]},"0":[3,4],"b":[{"a":5},{"a":6}],"items":[{"id":7}]})";

void try_path(std::string_view text) {
    const auto path = parse_path(text);
    if (!path.ok()) {
        const auto& problem = path.error().client_text();
        check(problem == "path is empty" || problem.find(" at byte ") != std::string::npos,
              "a path is refused without a place: {}", problem);
        return;
    }
    check(path.value().size() <= kPathPartsMax, "{} parts", path.value().size());
    const std::vector<Path> paths = {path.value(), parse_path("a.0").value()};
    const auto trie = PathTrie::build(paths);
    check(trie.ok(), "two paths meet in too many ways");
    PaddedText body;
    body.assign(kBody);
    JsonScanner scanner;
    check(scanner.scan(body, trie.value()), "the fixed body is JSON");
    if (path.value().empty()) check(scanner.value(0).text() == kBody, "the whole body");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try_path(fuzz::text_of(data, size));
    return 0;
}
