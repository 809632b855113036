// Goal    whatever is sent as a form, what is made of it is JSON or a problem with its place.
// Method  read it twice with one reader; another JSON library judges the text.

#include "core/mapping/form.h"

#include <nlohmann/json.hpp>

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace millrace;
    const auto body = fuzz::text_of(data, size);
    mapping::FormReader form(7);
    const bool is_form = form.read(body);
    if (!is_form) {
        check(form.problem().starts_with("at byte "), "no place: {}", form.problem());
        check(nlohmann::json::accept(nlohmann::json(form.problem()).dump()), "not UTF-8");
        return 0;
    }
    const auto json = form.json();
    check(nlohmann::json::accept(json), "a form became {}", json);
    check(json.starts_with('{'), "a form is an object: {}", json);
    check(form.read(body) && form.json() == json, "read twice it is another one");
    return 0;
}
