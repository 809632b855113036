#pragma once
// LoadRows: the bytes of the body of one load -> rows of its table, in slice files of its own.
//
//   bytes as they come -> plain bytes (BodyDecoder) -> rows (BulkReader) -> slices (LoadWriter)
//
// Thread  one at a time; it waits for the disk and the catalog.
// Errors  invalid, too_large: of the body; conflict: what ended the load; else those of LoadWriter

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/stream_load/body_decoder.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/bulk/bulk_reader.h"
#include "core/pipeline/load_writer.h"
#include "core/ports/clock.h"

namespace millrace::stream_load {

class LoadRows {
public:
    struct Parts {
        std::unique_ptr<BodyDecoder> decoder;
        std::unique_ptr<bulk::BulkReader> reader;
        std::unique_ptr<pipeline::LoadWriter> writer;
    };

    // `may_go_on` is asked before each piece of plain bytes, as a piece of a body may be very much
    // when it is decoded. Its error ends the body.
    LoadRows(const Clock& clock, Parts parts, std::function<Result<void>()> may_go_on);

    // The next bytes of the body.
    Result<void> feed(std::string_view bytes);

    // No more bytes: all rows are made.
    Result<void> finish();

    // Makes the rows durable; after finish().
    Result<void> write_out();

    // Gives the load up, unless write_out() has succeeded.
    void abort(std::string_view reason) { parts_.writer->abort(reason); }

    const Load& load() const { return parts_.writer->load(); }
    const bulk::BulkReader& reader() const { return *parts_.reader; }
    SteadyTime::duration parsing() const { return parsing_; }  // so far
    SteadyTime::duration writing() const { return writing_; }  // waited for so far

private:
    Result<void> take_plain(std::string_view plain);
    Result<void> write(const bulk::BulkReader::Rows& rows);
    template <typename Parse>
    Result<void> timed(Parse parse);

    const Clock& clock_;
    const Parts parts_;
    const std::function<Result<void>()> may_go_on_;
    SteadyTime::duration parsing_{0};
    SteadyTime::duration writing_{0};
};

}  // namespace millrace::stream_load
