#include "core/mapping/template_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <optional>

#include "core/base/time_pattern.h"
#include "core/mapping/header_list.h"
#include "core/mapping/jsonnet_text.h"
#include "core/mapping/path.h"
#include "core/mapping/template_lexer.h"
#include "core/mapping/utf8.h"

namespace millrace::mapping {
namespace {

using Kind = TemplateNode::Kind;
using Token = TemplateToken;

constexpr int kDepthMax = 32;
constexpr std::string_view kDefaultTime = "%Y-%m-%dT%H:%M:%S.%fZ";

constexpr std::string_view kFunctions[] = {"Body", "BodyStr", "Header", "HeaderStr", "Ip", "Now"};

constexpr std::string_view kKeywords[] = {"assert",     "else",      "error",  "false",     "for",
                                          "function",   "if",        "import", "importstr", "in",
                                          "local",      "importbin", "null",   "self",      "super",
                                          "tailstrict", "then",      "true"};

template <typename Range>
bool contains(const Range& range, std::string_view text) {
    return std::find(std::begin(range), std::end(range), text) != std::end(range);
}

// `1:1-8`: where bytes [begin, end) of `text` are.
std::string position(std::string_view text, std::size_t begin, std::size_t end) {
    const auto place = [&](std::size_t at) {
        const auto before = text.substr(0, at);
        const auto line = 1 + std::count(before.begin(), before.end(), '\n');
        const auto newline = before.rfind('\n');
        const auto column = newline == std::string_view::npos ? at + 1 : at - newline;
        return std::pair(line, column);
    };
    const auto [line, column] = place(begin);
    const auto [last_line, last_column] = place(end);
    if (line != last_line) {
        return fmt::format("({}:{})-({}:{})", line, column, last_line, last_column);
    }
    if (last_column <= column + 1) return fmt::format("{}:{}", line, column);
    return fmt::format("{}:{}-{}", line, column, last_column);
}

// Whether the value is a string whatever the event.
bool is_string(const TemplateNode& node) {
    switch (node.kind) {
        case Kind::string:
        case Kind::ip:
        case Kind::now:
        case Kind::body_str:
        case Kind::header_str:
        case Kind::concat:
            return true;
        case Kind::header:
            return node.fallback == nullptr || is_string(*node.fallback);
        case Kind::constant:
        case Kind::body:
        case Kind::headers:
        case Kind::object:
        case Kind::array:
            return false;
    }
    return false;
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text), lexer_(text) { advance(); }

    std::variant<TemplateNode, TemplateProblem> parse() {
        auto node = expression();
        if (node && token_.kind != Token::Kind::end) unexpected();
        if (!problem_) return std::move(*node);
        return std::move(*problem_);
    }

private:
    using Node = std::optional<TemplateNode>;

    // One argument of a call, by place or by name.
    struct Argument {
        std::string name;  // empty: by place
        TemplateNode value;
        Token at;
        bool is_taken = false;  // by a parameter
    };

    void advance() {
        if (problem_) return;
        if (auto token = lexer_.next()) {
            token_ = std::move(*token);
        } else {
            refuse(lexer_.fault_begin(), lexer_.fault_end(), lexer_.fault());
        }
    }

    std::nullopt_t refuse(std::size_t begin, std::size_t end, std::string_view why) {
        if (!problem_) {
            problem_ = TemplateProblem{fmt::format("{} {}", position(text_, begin, end), why)};
        }
        return std::nullopt;
    }
    std::nullopt_t refuse(const Token& at, std::string_view why) {
        return refuse(at.begin, at.end, why);
    }

    std::nullopt_t unexpected() {
        if (token_.kind == Token::Kind::end)
            return refuse(token_, "unexpected end of the template");
        const auto written = text_.substr(token_.begin, token_.end - token_.begin);
        return refuse(token_, fmt::format("\"{}\" is not supported here", written));
    }

    bool take(char symbol) {
        if (problem_ || !token_.is(symbol)) return false;
        advance();
        return true;
    }
    bool expect(char symbol) {
        if (take(symbol)) return true;
        unexpected();
        return false;
    }

    Node expression() {
        auto left = operand();
        while (left && !problem_ && token_.is('+')) {
            const auto plus = token_;
            advance();
            auto right = operand();
            if (!right) return std::nullopt;
            if (!is_string(*left) && !is_string(*right)) {
                return refuse(plus,
                              "\"+\" is supported only where one of its sides is a string whatever "
                              "the event: put a string such as '' before it");
            }
            left = joined(std::move(*left), std::move(*right));
        }
        if (problem_) return std::nullopt;
        return left;
    }

    static TemplateNode joined(TemplateNode left, TemplateNode right) {
        if (left.kind == Kind::concat) {
            left.children.push_back(std::move(right));
            return left;
        }
        TemplateNode node;
        node.kind = Kind::concat;
        node.children.push_back(std::move(left));
        node.children.push_back(std::move(right));
        return node;
    }

    Node operand() {
        if (++depth_ > kDepthMax) return refuse(token_, "nested too deep");
        auto node = primary();
        while (node && !problem_ && (token_.is('.') || token_.is('['))) {
            if (!step(*node)) return std::nullopt;
        }
        --depth_;
        if (problem_) return std::nullopt;
        return node;
    }

    Node primary() {
        if (problem_) return std::nullopt;
        const auto token = token_;
        switch (token.kind) {
            case Token::Kind::end:
                return unexpected();
            case Token::Kind::string:
                advance();
                return literal(Kind::string, token.text);
            case Token::Kind::number:
                return number("");
            case Token::Kind::name:
                return name();
            case Token::Kind::symbol:
                break;
        }
        if (take('(')) {
            auto node = expression();
            if (!node || !expect(')')) return std::nullopt;
            return node;
        }
        if (take('{')) return object();
        if (take('[')) return array();
        if (token.is('-')) {
            advance();
            if (problem_ || token_.kind != Token::Kind::number) {
                return refuse(token, "\"-\" is supported only before a number");
            }
            return number("-");
        }
        return unexpected();
    }

    static TemplateNode literal(Kind kind, std::string text) {
        TemplateNode node;
        node.kind = kind;
        node.text = std::move(text);
        return node;
    }

    Node number(std::string_view sign) {
        const auto value = jsonnet_double(std::string(sign) + token_.text);
        if (!value) return refuse(token_, "the number is too large");
        advance();
        return literal(Kind::constant, jsonnet_number(*value));
    }

    Node name() {
        const auto token = token_;
        advance();
        if (problem_) return std::nullopt;
        if (contains(std::initializer_list<std::string_view>{"true", "false", "null"},
                     token.text)) {
            return literal(Kind::constant, token.text);
        }
        if (contains(kFunctions, token.text)) return call(token);
        if (contains(kKeywords, token.text) || token.text == "std") {
            return refuse(token, fmt::format("\"{}\" is not supported", token.text));
        }
        return refuse(token, fmt::format("Unknown variable: {}", token.text));
    }

    Node object() {
        TemplateNode node;
        node.kind = Kind::object;
        std::vector<std::pair<std::string, TemplateNode>> members;
        while (!take('}')) {
            const auto key = token_;
            const bool named = key.kind == Token::Kind::name && !contains(kKeywords, key.text);
            if (problem_ || (!named && key.kind != Token::Kind::string)) return unexpected();
            const auto same = [&](const auto& member) { return member.first == key.text; };
            if (std::any_of(members.begin(), members.end(), same)) {
                return refuse(key, fmt::format("duplicate field: {}", key.text));
            }
            advance();
            if (!expect(':')) return std::nullopt;
            auto value = expression();
            if (!value) return std::nullopt;
            members.emplace_back(key.text, std::move(*value));
            if (!token_.is('}') && !expect(',')) return std::nullopt;
        }
        std::sort(members.begin(), members.end(),
                  [](const auto& a, const auto& b) { return a.first < b.first; });
        for (auto& [key, value] : members) {
            node.names.push_back(key);
            node.children.push_back(std::move(value));
        }
        return node;
    }

    Node array() {
        TemplateNode node;
        node.kind = Kind::array;
        while (!take(']')) {
            auto value = expression();
            if (!value) return std::nullopt;
            node.children.push_back(std::move(*value));
            if (!token_.is(']') && !expect(',')) return std::nullopt;
        }
        return node;
    }

    // `.name`, `["name"]` or `[0]` behind `node`.
    bool step(TemplateNode& node) {
        const auto at = token_;
        const bool dot = take('.');
        if (!dot) take('[');
        if (problem_) return false;
        if ((node.kind != Kind::body && node.kind != Kind::headers) || node.fallback != nullptr) {
            refuse(at,
                   "fields and elements are supported only of what Body() or Header() return, "
                   "without a default");
            return false;
        }
        const auto token = token_;
        const auto wanted = dot ? Token::Kind::name : Token::Kind::string;
        // libjsonnet 0.18 takes these strings for the signs of a slice, `a[1:2]`.
        const bool is_slice = !dot && (token.text == ":" || token.text == "::");
        if (token.kind == wanted && !is_slice && !(dot && contains(kKeywords, token.text))) {
            node.steps.emplace_back(token.text);
        } else if (!dot && token.kind == Token::Kind::number && is_index(token.text)) {
            node.steps.emplace_back(static_cast<std::size_t>(std::stoul(token.text)));
        } else {
            unexpected();
            return false;
        }
        advance();
        return dot ? !problem_ : expect(']');
    }

    static bool is_index(std::string_view text) {
        return text.size() <= 9 &&
               std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    }

    Node call(const Token& function) {
        if (!expect('(')) return std::nullopt;
        std::vector<Argument> arguments;
        while (!take(')')) {
            auto argument = this->argument();
            if (!argument) return std::nullopt;
            if (argument->name.empty() && !arguments.empty() && !arguments.back().name.empty()) {
                return refuse(argument->at, "positional argument after a named argument");
            }
            arguments.push_back(std::move(*argument));
            if (token_.is(')')) continue;
            if (!expect(',')) return std::nullopt;
            if (token_.is(')')) return unexpected();
        }
        if (problem_) return std::nullopt;
        const auto& name = function.text;
        if (name == "Body") return lookup(function, std::move(arguments), "path");
        if (name == "Header") return lookup(function, std::move(arguments), "header");
        if (name == "Now") return now(function, std::move(arguments));
        if (!arguments.empty()) return refuse(arguments.front().at, "too many arguments");
        if (name == "Ip") return literal(Kind::ip, "");
        return literal(name == "BodyStr" ? Kind::body_str : Kind::header_str, "");
    }

    std::optional<Argument> argument() {
        Argument argument;
        argument.at = token_;
        if (token_.kind == Token::Kind::name) {  // maybe `name=`
            auto ahead = lexer_;
            const auto next = ahead.next();
            if (next && next->is('=')) {
                argument.name = token_.text;
                advance();
                advance();
            }
        }
        auto value = expression();
        if (!value) return std::nullopt;
        argument.value = std::move(*value);
        return argument;
    }

    // The value of parameter number `place`, called `name`; takes it out of `arguments`.
    Node take_argument(std::vector<Argument>& arguments, std::size_t place, std::string_view name) {
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            if (arguments[i].is_taken) continue;
            const bool by_place = arguments[i].name.empty() && i == place;
            if (!by_place && arguments[i].name != name) continue;
            auto value = std::move(arguments[i].value);
            arguments[i].is_taken = true;
            return value;
        }
        return std::nullopt;
    }

    // The text of a literal argument, "" where it is absent.
    std::optional<std::string> take_text(const Token& function, std::vector<Argument>& arguments,
                                         std::size_t place, std::string_view name) {
        auto value = take_argument(arguments, place, name);
        if (!value) return "";
        if (value->kind == Kind::string) return value->text;
        return refuse(function, fmt::format("\"{}\" is supported only with a string literal as {}",
                                            function.text, name));
    }

    bool all_taken(const std::vector<Argument>& arguments) {
        for (const auto& argument : arguments) {
            if (argument.is_taken) continue;
            refuse(argument.at, "the function has no such parameter");
            return false;
        }
        return true;
    }

    Node lookup(const Token& function, std::vector<Argument> arguments, std::string_view first) {
        const auto text = take_text(function, arguments, 0, first);
        if (!text) return std::nullopt;
        auto fallback = take_argument(arguments, 1, "default");
        if (!all_taken(arguments)) return std::nullopt;
        TemplateNode node;
        node.text = *text;
        node.kind = first == "path" ? Kind::body : text->empty() ? Kind::headers : Kind::header;
        if (node.kind == Kind::headers) return node;  // they are never missing
        if (fallback) node.fallback = std::make_unique<TemplateNode>(std::move(*fallback));
        if (node.kind == Kind::body) {
            if (text->empty()) return node;
            if (const auto path = parse_path(*text); !path.ok()) {
                return refuse(function, path.error().client_text());
            }
            return node;
        }
        node.text.clear();
        append_canonical_header(node.text, *text);
        return node;
    }

    Node now(const Token& function, std::vector<Argument> arguments) {
        const bool has_pattern = !arguments.empty();
        auto pattern = take_text(function, arguments, 0, "format");
        if (!pattern || !all_taken(arguments)) return std::nullopt;
        if (!has_pattern) pattern = kDefaultTime;
        if (const auto checked = check_time_pattern(*pattern); !checked.ok()) {
            return refuse(function, checked.error().client_text());
        }
        return literal(Kind::now, std::move(*pattern));
    }

    std::string_view text_;
    TemplateLexer lexer_;
    Token token_;
    int depth_ = 0;
    std::optional<TemplateProblem> problem_;
};

}  // namespace

std::variant<TemplateNode, TemplateProblem> parse_template(std::string_view text) {
    if (!is_valid_utf8(text)) return TemplateProblem{"1:1 the template is not valid UTF-8"};
    return Parser(text).parse();
}

}  // namespace millrace::mapping
