#pragma once
// Splits a Jsonnet text into the tokens of the compiled subset.
//
// Thread  one.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::mapping {

struct TemplateToken {
    enum class Kind { end, name, string, number, symbol };
    Kind kind = Kind::end;
    std::string text;  // of a string: what it means; else as written
    std::size_t begin = 0;
    std::size_t end = 0;

    bool is(char symbol) const {
        return kind == Kind::symbol && text.size() == 1 && text[0] == symbol;
    }
};

class TemplateLexer {
public:
    explicit TemplateLexer(std::string_view text) : text_(text) {}

    // The next token; nothing at a fault, which fault() tells.
    std::optional<TemplateToken> next();

    const std::string& fault() const { return fault_; }
    std::size_t fault_begin() const { return fault_begin_; }
    std::size_t fault_end() const { return fault_end_; }

private:
    bool skip_space();
    std::optional<TemplateToken> name();
    std::optional<TemplateToken> number();
    std::optional<TemplateToken> string();
    std::optional<TemplateToken> symbol();
    bool escape(std::string& out);
    std::optional<unsigned> hex4(std::size_t at) const;
    TemplateToken token(TemplateToken::Kind kind, std::size_t begin) const;
    bool fail(std::size_t begin, std::size_t end, std::string text);
    std::string_view rest() const { return text_.substr(at_); }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string fault_;
    std::size_t fault_begin_ = 0;
    std::size_t fault_end_ = 0;
};

}  // namespace millrace::mapping
