#pragma once
// ReceiptLines: makes the header lines of receipts. Requests of one batch often have the same:
// those made last are kept.
//
// Thread  one.

#include <memory>
#include <string>
#include <string_view>

#include "core/model/receipt.h"
#include "core/pipeline/request.h"

namespace millrace::doors {

class ReceiptLines {
public:
    // Valid until the next call.
    std::string_view of(const pipeline::Request& request, const pipeline::Place& place);

private:
    // Of the lines; null: they are of one request only.
    std::shared_ptr<const pipeline::SourceRoute> route_;
    Ack ack_ = Ack::disk;
    pipeline::Place place_;
    Receipt receipt_;
    std::string lines_;
};

}  // namespace millrace::doors
