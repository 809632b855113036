#include "templates/program_text.h"

#include <fmt/format.h>

#include <algorithm>
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
local whole = native('whole'), length = std.length;
)";

constexpr std::string_view kVisible = R"(
local Ip() = ip(0);
local Now(format='%Y-%m-%dT%H:%M:%S.%fZ') = now(format);
local BodyStr() = bodyStr(0);
local HeaderStr() = headerStr(0);
local Body(path='', default=noPath(path)) =
  local found = bodyAt(path);
  if length(found) < 1 then default else found[0];
local Header(header='', default=noHeader(header)) =
  local found = headerAt(header);
  if length(found) < 1 then default else found[0];
)";

// The same for arguments that may have a U+0000 in them, behind which the others would not see. To
// look costs a tenth of an event's time.
constexpr std::string_view kChecked = R"(
local checkedNow(format='%Y-%m-%dT%H:%M:%S.%fZ') = if whole(format, format + '.') then Now(format);
local checkedBody(path='', default=noPath(path)) = if whole(path, path + '.') then Body(path, default);
local checkedHeader(header='', default=noHeader(header)) =
  if whole(header, header + '.') then Header(header, default);
)";
constexpr std::string_view kUseChecked =
    "local Now = checkedNow, Body = checkedBody, Header = checkedHeader; ";

constexpr std::string_view kLoop = R"(
local loop(index) =
  if emit('' + [templates[index]()]) then loop(next(0)) tailstrict else 0;
loop(next(0))
)";

// The names that a template may use, and nothing else; the template begins on the second line.
constexpr std::string_view kCheckHead =
    "local Ip() = 0, Now(format=0) = 0, BodyStr() = 0, HeaderStr() = 0, "
    "Body(path=0, default=0) = 0, Header(header=0, default=0) = 0; if true then 0 else (\n";

std::string_view without_space(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

// Whether `call`, what stands behind the name of a function, is a call without arguments or with a
// first one that is a literal without escapes.
bool begins_with_literal(std::string_view call) {
    call = without_space(call);
    if (!call.starts_with('(')) return false;
    call = without_space(call.substr(1));
    if (call.starts_with(')')) return true;
    if (!call.starts_with('\'') && !call.starts_with('"')) return false;
    const char quote = call.front();
    call.remove_prefix(1);
    const auto end = std::find_if(call.begin(), call.end(),
                                  [&](char c) { return c == quote || c == '\\' || c == '\0'; });
    if (end == call.end() || *end != quote) return false;
    call = without_space({end + 1, call.end()});
    return call.starts_with(')') || call.starts_with(',');
}

// Whether the template looks nothing up but by literals. Where this is hard to say it is false.
bool looks_up_literals(std::string_view text) {
    for (const std::string_view name : {"Now", "Body", "Header"}) {
        for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at)) {
            at += name.size();
            const auto behind = text.substr(at);
            if (!behind.starts_with("Str") && !begins_with_literal(behind)) return false;
        }
    }
    return true;
}

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
    program += kChecked;
    program += "local templates = [\n";
    for (const auto& text : templates) {
        program += "function() ";
        if (!looks_up_literals(text)) program += kUseChecked;
        program += "(\n" + text + "\n),\n";
    }
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
