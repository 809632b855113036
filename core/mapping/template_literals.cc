#include "core/mapping/template_literals.h"

#include <algorithm>
#include <deque>

#include "core/base/time_pattern.h"
#include "core/mapping/path.h"
#include "core/mapping/template_lexer.h"

namespace millrace::mapping {
namespace {

using Token = TemplateToken;

Result<void> check(std::string_view function, const std::string& argument) {
    if (function == "Now") return check_time_pattern(argument);
    if (function == "Body" && !argument.empty()) return check_path(argument);
    return {};
}

// "3:14", from 1.
std::string place(std::string_view text, std::size_t at) {
    const auto before = text.substr(0, at);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto newline = before.rfind('\n');
    const auto column = newline == std::string_view::npos ? at + 1 : at - newline;
    return fmt::format("{}:{}", line, column);
}

}  // namespace

Result<void> check_template_literals(std::string_view text) {
    TemplateLexer lexer(text);
    std::deque<Token> last;  // up to four: a name, "(", a string, what follows it
    while (auto token = lexer.next()) {
        if (token->kind == Token::Kind::end) break;
        last.push_back(std::move(*token));
        if (last.size() > 4) last.pop_front();
        if (last.size() < 4) continue;
        const bool is_call = last[0].kind == Token::Kind::name && last[1].is('(') &&
                             last[2].kind == Token::Kind::string &&
                             (last[3].is(')') || last[3].is(','));
        if (!is_call) continue;
        const auto checked = check(last[0].text, last[2].text);
        if (!checked.ok()) {
            return Error(Code::invalid, fmt::format("{} {}: {}", place(text, last[0].begin),
                                                    last[0].text, checked.error().client_text()));
        }
    }
    return {};
}

}  // namespace millrace::mapping
