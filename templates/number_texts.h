#pragma once
// NumberTexts gives numbers that a template only passes on the text they were sent with:
// Jsonnet knows doubles only, and prints 19.90 as 19.899999999999999.
//
// A number of a value that is the same double as one that was looked up is taken for it. Where two
// were looked up that are the same double with different texts, Jsonnet's print stays.
//
// Lifetime  one for all evaluations; the texts of one evaluation must live until its restored().
// Thread    one.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::templates {

class NumberTexts {
public:
    // Begins an evaluation.
    void clear();

    // A number of the event was looked up: its text and the double that Jsonnet got.
    void add(std::string_view text, double number);

    // `json`, as Jsonnet prints it, without white space and with the texts given back; nothing
    // where that is over `bytes_max`: a short print may stand for a text of any length.
    std::optional<std::string> restored(std::string_view json, std::size_t bytes_max);

private:
    std::string_view next_piece(std::string_view json, std::size_t& at) const;
    std::string_view text_of(std::string_view printed) const;
    void join_equal();

    struct Known {
        std::uint64_t bits;  // of the double: 0 and -0 are equal, but print differently
        std::optional<std::string_view> text;  // nothing where it had several
    };
    std::vector<Known> texts_;
    bool all_same_ = true;  // each is what Jsonnet prints
};

}  // namespace millrace::templates
