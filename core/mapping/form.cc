#include "core/mapping/form.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <type_traits>

#include "core/base/percent.h"
#include "core/mapping/json_text.h"
#include "core/mapping/utf8.h"

namespace millrace::mapping {
namespace {

constexpr std::uint32_t kRootNode = 0;

// What is kept from form to form.
constexpr std::size_t kKeptNodes = 4096;
constexpr std::size_t kKeptBytes = 1 << 20;

// The number that `text` is the usual spelling of: "12", not "012".
std::optional<std::uint32_t> index_of(std::string_view text) {
    if (text.empty() || text.size() > 9 || (text.size() > 1 && text.front() == '0')) return {};
    std::uint32_t index = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (failure != std::errc() || end != text.data() + text.size()) return {};
    return index;
}

// Keys are the sender's text in an answer to the sender: cut, so that the answer stays small.
std::string quoted(std::string_view text) {
    constexpr std::size_t kShownMax = 64;
    std::string out;
    append_json_string(out, text.substr(0, kShownMax));
    return out;
}

}  // namespace

bool FormReader::read(std::string_view body, Charset charset, const PathTrie* paths) {
    charset_ = charset;
    paths_ = paths;
    has_bad_utf8_ = false;
    broken_.clear();
    if (nodes_.size() > kKeptNodes || decoded_.capacity() > kKeptBytes) release();
    decoded_.clear();
    nodes_.assign(1, Node{});
    std::fill(table_.begin(), table_.end(), kNone);
    keys_ = 0;
    for (std::size_t at = 0; at < body.size();) {
        if (body[at] == '&') {
            ++at;
            continue;
        }
        const auto end = std::min(body.find('&', at), body.size());
        pair_at_ = at;
        if (!read_pair(body.substr(at, end - at))) return false;
        at = end + 1;
    }
    if (has_bad_utf8_) repair_values();
    json_.clear();
    write_children(0, false);
    return true;
}

// Values that are not UTF-8 are text of the charset that the form says it is in.
void FormReader::repair_values() {
    const auto charset = declared_charset();
    if (!charset || *charset != Charset::windows_1252) return;
    for (auto& node : nodes_) {
        if (node.fault != Fault::utf8) continue;
        std::string value;
        append_as_utf8(value, text(node.value), *charset);
        node.value = {.begin = decoded_.size(), .bytes = value.size()};
        node.fault = Fault::none;
        decoded_ += value;
    }
}

std::optional<Charset> FormReader::declared_charset() const {
    std::optional<Charset> found;
    for (auto id = nodes_[0].first_child; id != kNone; id = nodes_[id].next) {
        const auto& node = nodes_[id];
        if (!node.has_value || node.fault != Fault::none) continue;
        const bool is_standard = text(node.key) == "_charset_";
        if (!is_standard && text(node.key) != "charset") continue;
        if (const auto named = parse_charset(text(node.value))) found = named;
        if (is_standard) break;
    }
    return found;
}

bool FormReader::is_broken(std::size_t offset, std::size_t bytes) {
    const auto behind =
        std::upper_bound(broken_.begin(), broken_.end(), offset,
                         [](std::size_t at, const Broken& value) { return at < value.end; });
    if (behind == broken_.end() || behind->begin >= offset + bytes) return false;
    const auto& node = nodes_[behind->node];
    pair_at_ = node.pair_at;
    problem_ = text_of(node.fault);
    return true;
}

// One huge form must not cost all later ones the time to clear its table.
void FormReader::release() {
    // An assignment of what is empty would keep it.
    const auto give_back = [](auto&... buffers) {
        (std::remove_reference_t<decltype(buffers)>().swap(buffers), ...);
    };
    give_back(decoded_, nodes_, table_, json_, broken_);
}

std::string FormReader::problem() const {
    return fmt::format("at byte {}: {}", pair_at_, problem_);
}

bool FormReader::fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
}

bool FormReader::too_many_keys() {
    return fail(fmt::format("more than {} keys, send larger data as JSON", kFormKeysMax));
}

bool FormReader::read_pair(std::string_view pair) {
    const auto equals = std::min(pair.find('='), pair.size());
    Text key;
    const auto key_fault = decode(pair.substr(0, equals), key);
    if (key_fault != Fault::none) return fail(std::string(text_of(key_fault)));
    Text value;
    const auto fault = decode(pair.substr(std::min(equals + 1, pair.size())), value);
    return add(key, value, fault);
}

// What cannot be read is kept as far as it goes.
FormReader::Fault FormReader::decode(std::string_view encoded, Text& decoded) {
    decoded.begin = decoded_.size();
    auto fault = Fault::none;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        char c = encoded[i];
        if (c == '+') c = ' ';
        if (c == '%') {
            const int high = i + 2 < encoded.size() ? hex_digit(encoded[i + 1]) : -1;
            const int low = i + 2 < encoded.size() ? hex_digit(encoded[i + 2]) : -1;
            if (high < 0 || low < 0) {
                fault = Fault::escape;
            } else {
                c = static_cast<char>(high << 4 | low);
                i += 2;
            }
        } else if (c == ';') {
            fault = Fault::semicolon;
        }
        decoded_.push_back(c);
    }
    decoded.bytes = decoded_.size() - decoded.begin;
    if (charset_ != Charset::utf8) {
        std::string transcoded;
        append_as_utf8(transcoded, text(decoded), charset_);
        decoded_.replace(decoded.begin, decoded.bytes, transcoded);
        decoded.bytes = transcoded.size();
    }
    if (fault != Fault::none || is_valid_utf8(text(decoded))) return fault;
    has_bad_utf8_ = true;
    return Fault::utf8;
}

std::string_view FormReader::text_of(Fault fault) {
    switch (fault) {
        case Fault::none:
            return "";
        case Fault::semicolon:
            return "a semicolon does not separate values, send it as %3B";
        case Fault::escape:
            return "\"%\" without two hexadecimal digits";
        case Fault::utf8:
            return "a key or a value is not valid UTF-8";
    }
    return "";
}

bool FormReader::add(Text key, Text value, Fault fault) {
    const auto bad_key = [&] { return fail("unable to parse key " + quoted(text(key))); };
    const auto name_bytes = std::min(text(key).find('['), key.bytes);
    if (name_bytes == 0) return bad_key();
    if (text(key).substr(0, name_bytes).find(']') != std::string_view::npos) return bad_key();

    std::size_t depth = 1;
    if (++keys_ > kFormKeysMax) return too_many_keys();
    auto node = child(0, {key.begin, name_bytes});
    auto rest = Text{key.begin + name_bytes, key.bytes - name_bytes};
    while (rest.bytes > 0) {
        const auto close = text(rest).find(']');
        if (text(rest).front() != '[' || close == std::string_view::npos) return bad_key();
        const auto subkey = Text{rest.begin + 1, close - 1};
        if (text(subkey).find('[') != std::string_view::npos) return bad_key();
        if (++depth > kFormDepthMax) {
            return fail(fmt::format("key {} is nested deeper than {} levels", quoted(text(key)),
                                    kFormDepthMax));
        }
        if (nodes_[node].has_value) {
            return fail(fmt::format("key {} has both a value and subkeys", quoted(text(key))));
        }
        if (++keys_ > kFormKeysMax) return too_many_keys();
        node = child(node, subkey);
        rest = Text{rest.begin + close + 1, rest.bytes - close - 1};
    }
    if (nodes_[node].children > 0) {
        return fail(fmt::format("key {} has both a value and subkeys", quoted(text(key))));
    }
    nodes_[node].has_value = true;
    nodes_[node].value = value;
    nodes_[node].fault = fault;
    nodes_[node].pair_at = pair_at_;
    return true;
}

// The child of `parent` with this key, made if it is new; an empty subkey always makes one.
FormReader::NodeId FormReader::child(NodeId parent, Text key) {
    if (key.bytes == 0) {
        key.begin = decoded_.size();
        fmt::format_to(std::back_inserter(decoded_), "{}", nodes_[parent].next_index);
        key.bytes = decoded_.size() - key.begin;
    }
    if (2 * (nodes_.size() + 1) > table_.size()) grow_table();
    const auto mask = table_.size() - 1;
    auto at = hash(parent, text(key)) & mask;
    for (; table_[at] != kNone; at = (at + 1) & mask) {
        const auto& known = nodes_[table_[at]];
        if (known.parent == parent && text(known.key) == text(key)) return table_[at];
    }
    table_[at] = new_child(parent, key);
    return table_[at];
}

FormReader::NodeId FormReader::new_child(NodeId parent, Text key) {
    const auto id = static_cast<NodeId>(nodes_.size());
    nodes_.push_back({.key = key, .value = {}, .parent = parent});
    auto& above = nodes_[parent];
    (above.last_child == kNone ? above.first_child : nodes_[above.last_child].next) = id;
    above.last_child = id;
    const auto index = index_of(text(key));
    above.is_list = above.is_list && index == above.children;
    if (index) above.next_index = std::max(above.next_index, *index + 1);
    ++above.children;
    return id;
}

void FormReader::grow_table() {
    table_.assign(std::max<std::size_t>(64, 2 * table_.size()), kNone);
    const auto mask = table_.size() - 1;
    for (NodeId id = 1; id < nodes_.size(); ++id) {
        auto at = hash(nodes_[id].parent, text(nodes_[id].key)) & mask;
        while (table_[at] != kNone) at = (at + 1) & mask;
        table_[at] = id;
    }
}

std::uint64_t FormReader::hash(NodeId parent, std::string_view key) const {
    std::uint64_t state = salt_ ^ (parent * 0x9e3779b97f4a7c15);
    for (const char c : key) {
        state = (state ^ static_cast<unsigned char>(c)) * 0x00000100000001b3;
        state ^= state >> 29;
    }
    return state ^ (state >> 32);
}

// Whether the value is a JSON object or array that a path leads into.
bool FormReader::is_json_field(NodeId node) {
    const auto value = text(nodes_[node].value);
    const bool may_be = paths_ != nullptr && paths_->has_members(PathTrie::kRoot) &&
                        nodes_[node].parent == kRootNode && nodes_[node].fault == Fault::none &&
                        (value.starts_with('{') || value.starts_with('['));
    if (!may_be) return false;
    const auto key = std::string(text(nodes_[node].key)) + std::string(kKeyPadding, '\0');
    const auto state =
        paths_->member(PathTrie::kRoot, std::string_view(key).substr(0, key.size() - kKeyPadding));
    if (state == PathTrie::kNone) return false;
    if (!paths_->has_members(state) && paths_->elements(state).empty()) return false;
    if (!json_check_.is_json(value)) return false;
    // One level deeper it must be JSON too.
    return value.size() < kJsonDepthMax || json_check_.is_json(fmt::format("[{}]", value));
}

void FormReader::write(NodeId node, bool as_list) {
    if (!as_list) {
        append_json_string(json_, text(nodes_[node].key), JsonEscapes::html);
        json_.push_back(':');
    }
    if (nodes_[node].has_value && is_json_field(node)) {
        json_ += text(nodes_[node].value);
    } else if (nodes_[node].has_value) {
        const auto begin = json_.size();
        append_json_string(json_, text(nodes_[node].value), JsonEscapes::html);
        if (nodes_[node].fault != Fault::none) {
            broken_.push_back({.begin = begin, .end = json_.size(), .node = node});
        }
    } else {
        write_children(node, nodes_[node].is_list);
    }
}

// Calls itself through write(); kFormDepthMax bounds that.
void FormReader::write_children(NodeId node, bool as_list) {
    json_.push_back(as_list ? '[' : '{');
    for (auto id = nodes_[node].first_child; id != kNone; id = nodes_[id].next) {
        if (id != nodes_[node].first_child) json_.push_back(',');
        write(id, as_list);
    }
    json_.push_back(as_list ? ']' : '}');
}

}  // namespace millrace::mapping
