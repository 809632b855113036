#pragma once
// PinotFindings: what is noticed while a document of Pinot is read; DocumentReader: one JSON object
// of it, read field by field.
//
// As in Pinot, unknown keys are no mistake: they are told in the answer, each by its JSON pointer.
// What is known and has no effect here is a warning; what is wrong, or cannot be honoured, is an
// error, and all errors of a document are told at once.

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::pinot {

using Json = nlohmann::ordered_json;  // the order as sent

class PinotFindings {
public:
    void error(std::string text) { errors_.push_back(std::move(text)); }
    void warn(std::string text) { warnings_.push_back(std::move(text)); }
    void unrecognized(const std::string& pointer, const Json& value) {
        unrecognized_[pointer] = value;
    }

    bool is_fine() const { return errors_.empty(); }
    const std::vector<std::string>& errors() const { return errors_; }
    const std::vector<std::string>& warnings() const { return warnings_; }
    // {"/path": value}
    const Json& unrecognized_properties() const { return unrecognized_; }

    // ok if there are no errors.
    // Errors  invalid, the first few joined by "; "
    Result<void> result() const;

private:
    std::vector<std::string> errors_;
    std::vector<std::string> warnings_;
    Json unrecognized_ = Json::object();
};

class DocumentReader {
public:
    // `pointer` is that of the object: "" or "/segmentsConfig".
    // Lifetime  object and findings outlive it.
    DocumentReader(const Json& object, std::string pointer, PinotFindings& findings)
        : object_(object), pointer_(std::move(pointer)), findings_(findings) {}

    // Nothing for an absent or null field, and for a wrong one, which is an error. A number or
    // truth value is as good as its text, and the other way round.
    std::optional<std::string> text(std::string_view key);
    std::optional<bool> boolean(std::string_view key);
    std::optional<std::int64_t> integer(std::string_view key);
    const Json* object(std::string_view key);
    const Json* array(std::string_view key);
    const Json* any(std::string_view key);
    std::vector<std::string> texts(std::string_view key);  // an array of them

    // A key that is known and has no effect: a warning unless its value is empty (null, {}, [], "",
    // false).
    void no_effect(std::string_view key, std::string_view why);
    // A key that cannot be honoured: an error unless its value is empty.
    void refuse(std::string_view key, std::string_view why);

    // Call last: keys that were not asked for are unrecognized.
    void finish();

    std::string pointer_of(std::string_view key) const;

private:
    const Json* present(std::string_view key);
    void wrong_type(std::string_view key, std::string_view expected);

    const Json& object_;
    const std::string pointer_;
    PinotFindings& findings_;
    std::set<std::string, std::less<>> known_;
};

// Whether a value says nothing: null, {}, [], "" or false.
bool is_empty_value(const Json& value);

// One JSON object, its keys in order.
// Errors  invalid: broken, too deep, equal keys, no object; the text is the reason
Result<Json> parse_pinot_document(std::string_view text);

}  // namespace millrace::pinot
