#pragma once
// SignedText: which bytes of a request its sender has signed, "{timestamp}.{body}", compiled.
//
// {body}       the body as it came
// {timestamp}  of a header, as it stands there
// {id}         of a header
// {url}        the URL as the sender knows it, {form} behind it: the pairs of a form, sorted and
//              without separators; of another body the URL has its SHA-256 (Twilio)

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::webhooks {

// The views of one request.
struct SignedParts {
    std::string_view body;
    std::string_view timestamp;
    std::string_view id;
    std::string_view url;
    std::string_view form;
};

class SignedText {
public:
    static constexpr std::size_t kPiecesMax = 16;

    // Errors  invalid: a placeholder that is not known, none of {body} and {form}, or too many
    //         pieces
    static Result<SignedText> compile(std::string_view text);

    bool has_timestamp() const { return has(Kind::timestamp); }
    bool has_id() const { return has(Kind::id); }
    bool has_url() const { return has(Kind::url); }
    bool has_form() const { return has(Kind::form); }

    // The pieces that are signed, in `room`.
    std::span<const std::string_view> pieces(const SignedParts& parts,
                                             std::span<std::string_view, kPiecesMax> room) const;

private:
    enum class Kind { literal, body, timestamp, id, url, form };
    struct Piece {
        Kind kind;
        std::string literal;
    };

    bool has(Kind kind) const;

    std::vector<Piece> pieces_;
};

}  // namespace millrace::webhooks
