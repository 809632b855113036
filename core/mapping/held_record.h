#pragma once
// HeldRecord: a record whose request waits, with copies of all that it sees.
//
// Lifetime  used again after release().
// Thread    one.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/record.h"

namespace millrace::mapping {

class HeldRecord {
public:
    // Once; the record that is returned sees the copies. What was found in it is left out, as its
    // maker may find others meanwhile.
    Record hold(Record record);

    // Gives the memory back.
    void release();

    std::size_t bytes() const { return texts_.size(); }

private:
    std::string_view keep(std::string_view text);

    std::string texts_;
    std::vector<RequestHeader> headers_;
    std::string_view client_certificate_;
};

}  // namespace millrace::mapping
