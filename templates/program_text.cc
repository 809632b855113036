#include "templates/program_text.h"

#include <fmt/format.h>

#include <cctype>

namespace millrace::templates {
namespace {

// Its `native` gives the functions under their whole names. What runs for every event avoids "=="
// and std.toString, which libjsonnet has written in Jsonnet: an event takes a fifth of the time.
constexpr std::string_view kFunctions = R"(
local native(name) = std.native(name + '{}');
local bodyAt = native('body'), headerAt = native('header');
local noPath = native('noPath'), noHeader = native('noHeader');
local ip = native('ip'), now = native('now'), bodyStr = native('bodyStr');
local headerStr = native('headerStr'), next = native('next'), emit = native('emit');
local length = std.length;
)";

constexpr std::string_view kVisible = R"(
local Ip() = ip(0);
local Now(format='%Y-%m-%dT%H:%M:%S.%fZ') = now(format, format + '.');
local BodyStr() = bodyStr(0);
local HeaderStr() = headerStr(0);
local Body(path='', default=noPath(path)) =
  local found = bodyAt(path, path + '.');
  if length(found) < 1 then default else found[0];
local Header(header='', default=noHeader(header)) =
  local found = headerAt(header, header + '.');
  if length(found) < 1 then default else found[0];
)";

constexpr std::string_view kLoop = R"(
local loop(index) =
  if emit('' + [templates[index]()]) then loop(next(0)) tailstrict else 0;
loop(next(0))
)";

// The names that a template may use, and nothing else; the template begins on the second line.
constexpr std::string_view kCheckHead =
    "local Ip() = 0, Now(format=0) = 0, BodyStr() = 0, HeaderStr() = 0, "
    "Body(path=0, default=0) = 0, Header(header=0, default=0) = 0; if true then 0 else (\n";

// `t:2:3-4: why` is `1:3-4 why` where `lines_before` is 1.
std::string as_problem(std::string_view text, int lines_before) {
    if (text.starts_with("t:")) text.remove_prefix(2);
    const auto end = text.find(": ");
    if (end == std::string_view::npos) return std::string(text);
    // In the position a number is a line if it begins it or follows "(".
    std::string problem;
    for (std::size_t at = 0; at < end;) {
        const bool is_line = at == 0 || text[at - 1] == '(';
        int number = 0;
        const auto begin = at;
        while (at < end && std::isdigit(static_cast<unsigned char>(text[at])) != 0 &&
               at - begin < 9) {
            number = number * 10 + (text[at++] - '0');
        }
        if (at == begin) {
            problem.push_back(text[at++]);
        } else {
            problem += fmt::format("{}", is_line ? number - lines_before : number);
        }
    }
    problem.push_back(' ');
    problem.append(text.substr(end + 2));
    return problem;
}

}  // namespace

std::string resident_program(const TemplateTexts& templates, std::string_view suffix) {
    auto program = fmt::format(fmt::runtime(kFunctions), suffix);
    program += kVisible;
    program += "local templates = [\n";
    for (const auto& text : templates) program += "function() (\n" + text + "\n),\n";
    program += "];\n";
    program += kLoop;
    return program;
}

std::optional<std::string> find_problem(Vm& vm, const std::string& text) {
    // By itself first: only what is an expression by itself may be put between parentheses.
    if (const auto failure = vm.parse(text)) return as_problem(failure->text, 0);
    if (const auto failure = vm.evaluate(std::string(kCheckHead) + text + "\n)")) {
        return as_problem(failure->text, 1);
    }
    return std::nullopt;
}

}  // namespace millrace::templates
