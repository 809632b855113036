#include "storage/expressions/expression_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "core/base/shown_text.h"
#include "storage/expressions/expression_tokens.h"

namespace millrace::expressions {
namespace {

using Kind = NodeKind;

constexpr std::size_t kShownNumber = 40;

std::optional<Kind> comparison_of(const Token& token) {
    static constexpr std::pair<std::string_view, Kind> kComparisons[] = {
        {"=", Kind::equal},       {"==", Kind::equal},     {"<=>", Kind::same},
        {"!=", Kind::not_equal},  {"<>", Kind::not_equal}, {"<", Kind::less},
        {"<=", Kind::less_equal}, {">", Kind::greater},    {">=", Kind::greater_equal}};
    for (const auto& [symbol, kind] : kComparisons) {
        if (token.is_symbol(symbol)) return kind;
    }
    return std::nullopt;
}

std::optional<Kind> factor_of(const Token& token) {
    if (token.is_symbol("*")) return Kind::multiply;
    if (token.is_symbol("/")) return Kind::divide;
    if (token.is_symbol("%") || token.is_word("mod")) return Kind::remainder;
    if (token.is_word("div")) return Kind::whole_divide;
    return std::nullopt;
}

// Words that begin no value unless they are in backticks.
bool is_reserved(const Token& token) {
    static constexpr std::string_view kReserved[] = {"and",  "or",   "in",   "is",     "like",
                                                     "then", "when", "else", "end",    "between",
                                                     "div",  "as",   "from", "escape", "where"};
    return std::any_of(std::begin(kReserved), std::end(kReserved),
                       [&](std::string_view word) { return token.is_word(word); });
}

// Makes a literal of a number as it is written, which is what it is in SQL: 7.7 is a decimal.
Result<void> set_number(ExpressionNode& node, const std::string& text) {
    const auto* const end = text.data() + text.size();
    node.text = text;
    if (text.find_first_of("eE") != std::string::npos) {
        node.kind = Kind::float64;
        const auto parsed = std::from_chars(text.data(), end, node.real);
        if (parsed.ec == std::errc() && parsed.ptr == end) return {};
        return Error(
            Code::invalid,
            fmt::format("the number {} at {} is larger or nearer to 0 than a DOUBLE can be",
                        shortened(text, kShownNumber), node.position));
    }
    const auto parsed = std::from_chars(text.data(), end, node.integer);
    const bool is_whole = parsed.ec == std::errc() && parsed.ptr == end;
    node.kind = is_whole ? Kind::integer : Kind::decimal;
    return {};
}

class Parser {
public:
    explicit Parser(std::string_view text) : tokens_(text) {}

    Result<NodePointer> parse() {
        TRY(advance());
        if (token_.kind == Token::Kind::end) {
            return Error(Code::invalid, "there is no expression");
        }
        TRY_ASSIGN(auto node, disjunction());
        if (token_.kind != Token::Kind::end) return unexpected("the end");
        return node;
    }

private:
    using Rule = Result<NodePointer> (Parser::*)();

    Result<void> advance() {
        TRY_ASSIGN(token_, tokens_.next());
        return {};
    }

    // Moves on if the token is the word or symbol.
    Result<bool> take(std::string_view text) {
        if (!token_.is_word(text) && !token_.is_symbol(text)) return false;
        TRY(advance());
        return true;
    }

    Result<void> expect(std::string_view text) {
        TRY_ASSIGN(const bool found, take(text));
        if (!found) return unexpected(fmt::format("\"{}\"", text));
        return {};
    }

    Error unexpected(std::string_view wanted) const {
        if (token_.is_symbol("||")) {
            return Error(Code::invalid,
                         fmt::format("|| at {} is OR for Apache Doris: write OR, or concat(a, b) "
                                     "to join texts",
                                     token_.position));
        }
        return Error(Code::invalid, fmt::format("{} where {} is expected", shown(token_), wanted));
    }

    Result<NodePointer> make(Kind kind, std::size_t position) {
        if (++nodes_ > kNodesMax) {
            return Error(Code::invalid, fmt::format("over {} parts", kNodesMax));
        }
        auto node = std::make_unique<ExpressionNode>();
        node->kind = kind;
        node->position = position;
        return node;
    }

    static Result<void> adopt(ExpressionNode& parent, NodePointer child) {
        parent.depth = std::max(parent.depth, child->depth + 1);
        if (parent.depth > kDepthMax) return too_deep(child->position);
        parent.children.push_back(std::move(child));
        return {};
    }

    static Error too_deep(std::size_t position) {
        return Error(Code::invalid,
                     fmt::format("nested deeper than {} at {}", kDepthMax, position));
    }

    Result<NodePointer> join(Kind kind, std::size_t position, NodePointer left, NodePointer right) {
        TRY_ASSIGN(auto node, make(kind, position));
        TRY(adopt(*node, std::move(left)));
        TRY(adopt(*node, std::move(right)));
        return node;
    }

    // Counts how deep the text is nested, which is how deep these functions call each other.
    Result<NodePointer> nested(Rule rule) {
        if (++nesting_ > kDepthMax) return too_deep(token_.position);
        auto node = (this->*rule)();
        --nesting_;
        return node;
    }

    Result<NodePointer> disjunction() {
        return list(Kind::any_of, "or", "or", &Parser::conjunction);
    }
    Result<NodePointer> conjunction() { return list(Kind::all_of, "and", "&&", &Parser::negation); }

    // a AND b AND c is one node of three.
    Result<NodePointer> list(Kind kind, std::string_view word, std::string_view symbol, Rule rule) {
        const auto position = token_.position;
        TRY_ASSIGN(auto first, (this->*rule)());
        if (!token_.is_word(word) && !token_.is_symbol(symbol)) return first;
        TRY_ASSIGN(auto node, make(kind, position));
        TRY(adopt(*node, std::move(first)));
        while (token_.is_word(word) || token_.is_symbol(symbol)) {
            TRY(advance());
            TRY_ASSIGN(auto next, (this->*rule)());
            TRY(adopt(*node, std::move(next)));
        }
        return node;
    }

    Result<NodePointer> negation() {
        const auto position = token_.position;
        TRY_ASSIGN(const bool is_negated, take("not"));
        if (!is_negated) return comparison();
        TRY_ASSIGN(auto node, make(Kind::negation, position));
        TRY_ASSIGN(auto child, nested(&Parser::negation));
        TRY(adopt(*node, std::move(child)));
        return node;
    }

    Result<NodePointer> comparison() {
        TRY_ASSIGN(auto left, sum());
        while (true) {
            const auto position = token_.position;
            if (const auto kind = comparison_of(token_)) {
                TRY(advance());
                TRY_ASSIGN(auto right, sum());
                TRY_ASSIGN(left, join(*kind, position, std::move(left), std::move(right)));
                continue;
            }
            TRY_ASSIGN(const bool is_test, take("is"));
            TRY_ASSIGN(const bool is_negated, take("not"));
            auto made =
                is_test ? test(position, std::move(left)) : predicate(position, is_negated, left);
            if (!made.ok()) return std::move(made).error();
            if (made.value() == nullptr) return left;
            left = std::move(made).value();
            if (!is_negated) continue;
            TRY_ASSIGN(auto node, make(Kind::negation, position));
            TRY(adopt(*node, std::move(left)));
            left = std::move(node);
        }
    }

    // After IS [NOT].
    Result<NodePointer> test(std::size_t position, NodePointer left) {
        auto kind = Kind::is_null;
        if (token_.is_word("true")) {
            kind = Kind::is_true;
        } else if (token_.is_word("false")) {
            kind = Kind::is_false;
        } else if (!token_.is_word("null")) {
            return unexpected("NULL, TRUE or FALSE");
        }
        TRY(advance());
        TRY_ASSIGN(auto node, make(kind, position));
        TRY(adopt(*node, std::move(left)));
        return node;
    }

    // [NOT] IN, BETWEEN, LIKE; null, and `left` as it was, if there is none.
    Result<NodePointer> predicate(std::size_t position, bool is_negated, NodePointer& left) {
        for (const auto* word : {"regexp", "rlike"}) {
            if (!token_.is_word(word)) continue;
            return Error(Code::invalid,
                         fmt::format("{} at {} is not there; docs/stream-load.md lists what is",
                                     token_.text, token_.position));
        }
        auto kind = Kind::in;
        if (token_.is_word("between")) {
            kind = Kind::between;
        } else if (token_.is_word("like")) {
            kind = Kind::like;
        } else if (!token_.is_word("in")) {
            if (is_negated) return unexpected("IN, BETWEEN or LIKE");
            return NodePointer();
        }
        TRY(advance());
        TRY_ASSIGN(auto node, make(kind, position));
        TRY(adopt(*node, std::move(left)));
        if (kind == Kind::in) {
            TRY(expect("("));
            TRY(arguments(*node));
            if (node->children.size() == 1) return unexpected("a value");
            return node;
        }
        TRY(adopt_sum(*node));
        if (kind == Kind::between) {
            TRY(expect("and"));
            TRY(adopt_sum(*node));
            return node;
        }
        TRY_ASSIGN(const bool has_escape, take("escape"));
        if (has_escape) TRY(adopt_sum(*node));
        return node;
    }

    Result<void> adopt_sum(ExpressionNode& node) {
        TRY_ASSIGN(auto child, sum());
        return adopt(node, std::move(child));
    }

    Result<NodePointer> sum() {
        TRY_ASSIGN(auto left, product());
        while (token_.is_symbol("+") || token_.is_symbol("-")) {
            const auto kind = token_.is_symbol("+") ? Kind::add : Kind::subtract;
            const auto position = token_.position;
            TRY(advance());
            if (!token_.is_word("interval")) {
                TRY_ASSIGN(auto right, product());
                TRY_ASSIGN(left, join(kind, position, std::move(left), std::move(right)));
                continue;
            }
            TRY_ASSIGN(auto right, interval());
            TRY_ASSIGN(left, join(Kind::call, position, std::move(left), std::move(right)));
            left->text = kind == Kind::add ? "date_add" : "date_sub";
        }
        return left;
    }

    Result<NodePointer> product() {
        TRY_ASSIGN(auto left, unary());
        while (const auto kind = factor_of(token_)) {
            const auto position = token_.position;
            TRY(advance());
            TRY_ASSIGN(auto right, unary());
            TRY_ASSIGN(left, join(*kind, position, std::move(left), std::move(right)));
        }
        return left;
    }

    Result<NodePointer> unary() {
        const auto position = token_.position;
        if (token_.is_symbol("+")) {
            TRY(advance());
            return nested(&Parser::unary);
        }
        if (token_.is_symbol("!")) {
            TRY(advance());
            TRY_ASSIGN(auto node, make(Kind::negation, position));
            TRY_ASSIGN(auto child, nested(&Parser::unary));
            TRY(adopt(*node, std::move(child)));
            return node;
        }
        if (!token_.is_symbol("-")) return primary();
        TRY(advance());
        if (token_.kind == Token::Kind::number) {
            TRY_ASSIGN(auto node, make(Kind::integer, position));
            TRY(set_number(*node, "-" + token_.text));
            TRY(advance());
            return node;
        }
        TRY_ASSIGN(auto node, make(Kind::negate, position));
        TRY_ASSIGN(auto child, nested(&Parser::unary));
        TRY(adopt(*node, std::move(child)));
        return node;
    }

    Result<NodePointer> primary() {
        TRY_ASSIGN(auto node, make(Kind::null, token_.position));
        switch (token_.kind) {
            case Token::Kind::end:
                return unexpected("a value");
            case Token::Kind::number:
                TRY(set_number(*node, token_.text));
                TRY(advance());
                return node;
            case Token::Kind::text:
                node->kind = Kind::text;
                node->text = token_.text;
                TRY(advance());
                return node;
            case Token::Kind::symbol:
                if (!token_.is_symbol("(")) return unexpected("a value");
                return parentheses();
            case Token::Kind::quoted_name:
                return column(std::move(node));
            case Token::Kind::name:
                return word(std::move(node));
        }
        return node;
    }

    Result<NodePointer> parentheses() {
        TRY(advance());
        TRY_ASSIGN(auto node, nested(&Parser::disjunction));
        TRY(expect(")"));
        return node;
    }

    Result<NodePointer> word(NodePointer node) {
        if (token_.is_word("select")) {
            return Error(Code::invalid,
                         fmt::format("SELECT at {}: an expression sees nothing but its row",
                                     token_.position));
        }
        if (is_reserved(token_)) return unexpected("a value");
        if (token_.is_word("null")) {
            TRY(advance());
            return node;
        }
        if (token_.is_word("true") || token_.is_word("false")) {
            node->kind = Kind::boolean;
            node->integer = token_.is_word("true") ? 1 : 0;
            TRY(advance());
            return node;
        }
        if (token_.is_word("case")) return choice(std::move(node));
        return column(std::move(node));
    }

    // A column; or a call, if a parenthesis follows.
    Result<NodePointer> column(NodePointer node) {
        node->kind = Kind::column;
        node->text = token_.text;
        const bool is_quoted = token_.kind == Token::Kind::quoted_name;
        TRY(advance());
        if (token_.is_symbol(".")) {
            return Error(Code::invalid, fmt::format("\".\" at {}: a column has no table in front",
                                                    token_.position));
        }
        if (is_quoted || !token_.is_symbol("(")) return node;
        TRY(advance());
        node->text = lower_case(node->text);
        if (node->text == "cast") return cast(std::move(node));
        node->kind = Kind::call;
        TRY(arguments(*node));
        return node;
    }

    // After "(": a, b, c).
    Result<void> arguments(ExpressionNode& node) {
        TRY_ASSIGN(const bool is_empty, take(")"));
        if (is_empty) return {};
        while (true) {
            auto child = token_.is_word("interval") ? interval() : nested(&Parser::disjunction);
            if (!child.ok()) return std::move(child).error();
            TRY(adopt(node, std::move(child).value()));
            TRY_ASSIGN(const bool is_last, take(")"));
            if (is_last) return {};
            if (!token_.is_symbol(",")) return unexpected("\",\" or \")\"");
            TRY(advance());
        }
    }

    // INTERVAL 3 DAY
    Result<NodePointer> interval() {
        TRY_ASSIGN(auto node, make(Kind::interval, token_.position));
        TRY(advance());
        TRY_ASSIGN(auto count, nested(&Parser::sum));
        TRY(adopt(*node, std::move(count)));
        if (token_.kind != Token::Kind::name) return unexpected("a unit of time");
        node->text = lower_case(token_.text);
        TRY(advance());
        return node;
    }

    Result<NodePointer> choice(NodePointer node) {
        TRY(advance());
        node->kind = Kind::choice;
        if (!token_.is_word("when")) {
            node->has_subject = true;
            TRY(adopt_nested(*node));
        }
        while (token_.is_word("when")) {
            TRY(advance());
            TRY(adopt_nested(*node));
            TRY(expect("then"));
            TRY(adopt_nested(*node));
        }
        if (node->children.size() < 2) return unexpected("WHEN");
        TRY_ASSIGN(node->has_else, take("else"));
        if (node->has_else) TRY(adopt_nested(*node));
        TRY(expect("end"));
        return node;
    }

    Result<void> adopt_nested(ExpressionNode& node) {
        TRY_ASSIGN(auto child, nested(&Parser::disjunction));
        return adopt(node, std::move(child));
    }

    // After CAST(: value AS type[(n[, n])]).
    Result<NodePointer> cast(NodePointer node) {
        node->kind = Kind::cast;
        TRY(adopt_nested(*node));
        TRY(expect("as"));
        if (token_.kind != Token::Kind::name) return unexpected("a type");
        node->text = lower_case(token_.text);
        node->position = token_.position;
        TRY(advance());
        TRY_ASSIGN(const bool has_lengths, take("("));
        if (has_lengths) {
            while (true) {
                ExpressionNode length;
                length.position = token_.position;
                TRY(set_number(length, token_.text));
                if (token_.kind != Token::Kind::number || length.kind != Kind::integer) {
                    return unexpected("a length");
                }
                node->lengths.push_back(length.integer);
                TRY(advance());
                TRY_ASSIGN(const bool is_last, take(")"));
                if (is_last) break;
                TRY(expect(","));
            }
        }
        TRY(expect(")"));
        return node;
    }

    ExpressionTokens tokens_;
    Token token_;
    int nesting_ = 0;
    std::size_t nodes_ = 0;
};

}  // namespace

Result<NodePointer> parse_expression(std::string_view text) {
    return Parser(text).parse();
}

}  // namespace millrace::expressions
