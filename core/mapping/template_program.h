#pragma once
// TemplateProgram: a template of the compiled subset, evaluated without libjsonnet.
//
// Lifetime  immutable once its slots are set; shared by all loops.
// Thread    any, with one Scratch per thread.
// See       docs/mapping.md (Templates)

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/mapping/path.h"
#include "core/mapping/template_syntax.h"

namespace millrace::mapping {

class Scratch;

class TemplateProgram {
public:
    // Errors  invalid: not in the subset; the text is that of a TemplateProblem
    static Result<TemplateProgram> compile(std::string_view text);

    // Calls `slot_of` for each path the program looks up and keeps what it returns: the place of
    // the path's value in the scanner of a Scratch.
    using SlotOf = std::function<std::uint32_t(Path path)>;
    void set_slots(const SlotOf& slot_of);

    struct Options {
        bool raw_string = false;  // a string without its quotes
        std::uint64_t bytes_max = UINT64_MAX;
    };

    // Sets `out` to the value for the record in `scratch`, whose body must have been looked at.
    // Errors  invalid    stream.in.templateFailed: the event does not fit, with the cause
    //         invalid    without a name: a function needs a body that could not be read
    //         too_large  longer than Options::bytes_max
    Result<void> evaluate(Scratch& scratch, const Options& options, std::string& out) const;

private:
    explicit TemplateProgram(TemplateNode root) : root_(std::move(root)) {}

    TemplateNode root_;
};

}  // namespace millrace::mapping
