#pragma once
// Request bodies: strict JSON, read field by field; every problem is collected, so that the client
// sees all at once.
//
// Refused: broken JSON with its place, invalid UTF-8, equal keys in one object, more than
// kJsonDepthMax levels, anything but an object, unknown fields.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/shown_text.h"

namespace millrace::control {

using Json = nlohmann::json;

inline constexpr std::size_t kJsonDepthMax = 32;

// Errors  invalid  stream.api.missingPayload, stream.api.decodePayload
Result<Json> parse_json_object(std::string_view text);

// Collects what is wrong with a request. The error has the name of the first problem and the texts
// of the first few.
class Problems {
public:
    void add(std::string_view name, const std::string& text);
    bool none() const { return texts_.empty(); }

    // ok if there are none.
    // Errors  invalid, texts joined by "; ", in the end "and N more"
    Result<void> result() const;

private:
    std::string name_;
    ShownList texts_{"; "};
};

struct TextLength {
    std::size_t min = 0;  // in characters, not bytes
    std::size_t max = 0;
};

std::size_t characters_in(std::string_view utf8);

// Reads the fields of one JSON object. A field that is null counts as absent.
// Lifetime  the object and the problems must outlive the reader.
class ObjectReader {
public:
    // `path` is what messages call the object: "body", "body.table".
    ObjectReader(const Json& object, std::string path, Problems& problems)
        : object_(object), path_(std::move(path)), problems_(problems) {}

    // Each returns nothing (or the default) for an absent field and for a wrong one, which is a
    // problem.
    std::optional<std::string> text(std::string_view key, TextLength length);
    std::optional<std::string> required_text(std::string_view key, TextLength length);
    std::optional<bool> boolean(std::string_view key);
    const Json* object(std::string_view key);
    const Json* array(std::string_view key);

    // The field whatever it is; null only if it is absent.
    const Json* any(std::string_view key);

    void missing(std::string_view key);

    // Call last: fields that were not read are problems.
    void finish();

    std::string path_of(std::string_view key) const;

private:
    const Json* present(std::string_view key);
    void wrong_type(std::string_view key, const Json& value, std::string_view expected);

    const Json& object_;
    const std::string path_;
    Problems& problems_;
    std::set<std::string, std::less<>> known_;
};

}  // namespace millrace::control
