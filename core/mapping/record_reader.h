#pragma once
// RecordReader: the records of a request's body, one after the other.
//
// Lines are checked where they are mapped; an array is JSON as a whole or it is refused. Records of
// lines and arrays are UTF-8 without a byte order mark, whatever the body is; a single one is the
// body as it is.
//
// Lifetime  reused from body to body; allocates only while its buffer grows.
// Thread    one.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/mapping/json_check.h"
#include "core/model/settings.h"

namespace millrace::mapping {

class RecordReader {
public:
    // `body` must stay valid until the last next(); `content_type` says its charset.
    // Errors  invalid stream.in.invalidJson: the form is array and the body is none
    Result<void> begin(std::string_view body, RecordForm form, std::string_view content_type = "");

    // The body is at another place now, the same bytes.
    void move_to(std::string_view body);

    // Goes to the next record; false if there is none.
    bool next();

    std::string_view record() const { return record_; }

    // Counted from 1: of lines the line, also those that are empty and no record; else the record.
    std::uint64_t number() const { return number_; }

    // What the reader keeps beside the body.
    std::size_t bytes() const {
        return decoded_.size() + (form_ == RecordForm::array ? json_.text().size() : 0);
    }

private:
    bool next_line();
    bool skip_blank_lines();
    bool next_item();

    RecordForm form_ = RecordForm::single;
    std::string_view rest_;  // the end of the body, or of the text in json_ or decoded_
    std::string_view record_;
    std::uint64_t number_ = 0;
    JsonCheck json_;       // of arrays
    std::string decoded_;  // the body, if it is in another charset than UTF-8
};

}  // namespace millrace::mapping
