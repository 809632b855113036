#include "core/mapping/body_reader.h"

#include "core/base/check.h"
#include "core/mapping/charset.h"
#include "core/mapping/media_type.h"

namespace millrace::mapping {
namespace {

// The body as UTF-8 without a byte order mark, which says more than what is declared. Valid until
// the next call.
std::string_view utf8_body(Scratch& scratch, Charset charset) {
    const auto body = scratch.record.body;
    const bool may_have_mark =
        !body.empty() && static_cast<unsigned char>(body.front()) >= kByteOrderMarkMin;
    scratch.is_decoded = false;
    if (charset == Charset::utf8 && !may_have_mark) return body;
    const auto mark = byte_order_mark(body);
    const auto text = body.substr(mark ? mark->bytes : 0);
    const auto found = mark ? mark->charset : charset;
    scratch.is_decoded = mark || found != Charset::utf8;
    if (found == Charset::utf8) return text;
    scratch.decoded.clear();
    append_as_utf8(scratch.decoded, text, found);
    return scratch.decoded;
}

bool read_json(std::string_view text, const PathTrie& paths, Scratch& scratch) {
    scratch.body_text.assign(text);
    return scratch.json.scan(scratch.body_text, paths);
}

bool read_form(Charset charset, const PathTrie& paths, Scratch& scratch) {
    const auto body = scratch.record.body;
    const auto mark = byte_order_mark(body);
    const bool skips_mark = mark && mark->charset == Charset::utf8;
    scratch.is_form = true;
    if (!scratch.form.read(body.substr(skips_mark ? mark->bytes : 0), charset, &paths))
        return false;
    scratch.has_broken_values = scratch.form.has_broken_values();
    scratch.body_text.assign(scratch.form.json());
    check(scratch.json.scan(scratch.body_text, paths), "a form became broken JSON");
    return true;
}

}  // namespace

bool begins_like_json(std::string_view body) {
    const auto first = body.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
}

BodyState read_body(const PathTrie& paths, PlainText plain_text, Scratch& scratch) {
    scratch.is_form = false;
    scratch.has_broken_values = false;
    const auto type = body_type_of(scratch.record.content_type);
    switch (type.media) {
        case MediaType::json:
        case MediaType::json_lines:  // one line is a JSON text
            return read_json(utf8_body(scratch, type.charset), paths, scratch)
                       ? BodyState::read
                       : BodyState::bad_json;
        case MediaType::form: {
            // What curl -d says of a JSON document, unless it is told better.
            const auto text = utf8_body(scratch, type.charset);
            if (begins_like_json(text) && read_json(text, paths, scratch)) return BodyState::read;
            return read_form(type.charset, paths, scratch) ? BodyState::read : BodyState::bad_form;
        }
        case MediaType::text: {
            // What a browser says of a string that a beacon sends, and SNS of all its messages.
            if (plain_text == PlainText::unsupported) break;
            const auto text = utf8_body(scratch, type.charset);
            if (read_json(text, paths, scratch)) return BodyState::read;
            return begins_like_json(text) ? BodyState::bad_json : BodyState::unsupported;
        }
        case MediaType::other:
            break;
    }
    return BodyState::unsupported;
}

BodyState take_found(const FoundValues& found, Scratch& scratch) {
    scratch.is_form = false;
    scratch.is_decoded = false;
    scratch.has_broken_values = false;
    scratch.json.take(scratch.record.body, found.values);
    return BodyState::read;
}

}  // namespace millrace::mapping
