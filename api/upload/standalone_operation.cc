#include <algorithm>
#include <string>
#include <utility>

#include "api/upload/invisible_rows.h"
#include "api/upload/operation_loads.h"
#include "api/upload/sure_commit.h"
#include "core/base/error_names.h"
#include "core/pipeline/upload_parts.h"

namespace millrace::upload {
namespace {

class StandaloneOperation final : public WriteOperation,
                                  public std::enable_shared_from_this<StandaloneOperation> {
public:
    StandaloneOperation(const UploadPorts& ports, OperationSpec spec, Load load,
                        const pipeline::LastPart& last)
        : ports_(ports),
          spec_(std::move(spec)),
          load_(std::move(load)),
          rows_before_(last.rows),
          crc_before_(last.crc),
          parts_(last.part),
          durable_rows_(last.rows) {}

    LoadNumber number() const override { return load_.number; }
    std::uint64_t rows_before() const override { return rows_before_; }
    std::optional<std::uint32_t> crc_before() const override { return crc_before_; }

    Result<void> begin_rows(const SliceHeader& header) override {
        header_ = header;
        return {};
    }

    Result<void> add(const bulk::BulkReader::Rows& rows) override {
        waiting_ += rows.csv;
        waiting_rows_ += rows.rows;
        waiting_crc_ = rows.crc;
        waiting_end_ = rows.end;
        return write_next();
    }
    bool is_full() const override {
        return is_committing_ && waiting_rows_ >= ports_.limits.buffer_rows;
    }
    std::optional<Error> failure() const override { return failure_; }

    // Batches become durable by themselves.
    Result<void> sync() override { return {}; }
    std::uint64_t durable_rows() const override { return durable_rows_; }
    std::uint64_t durable_bytes() const override { return durable_end_; }
    std::uint64_t kept_rows() const override { return durable_rows_; }

    // What it has told of cannot be taken back.
    void end(Client /*client*/, std::function<void(Result<OperationEnd>)> done) override {
        done_ = std::move(done);
        go_on();
    }

    void cancel(std::string_view reason, std::function<void()> done) override {
        waiting_.clear();
        waiting_rows_ = 0;
        reason_ = reason;
        cancelled_ = std::move(done);
        go_on();
    }

private:
    // What waits becomes a load, if none is under way.
    Result<void> write_next() {
        if (failure_) return *failure_;
        if (is_committing_ || waiting_rows_ == 0) return {};
        TRY_ASSIGN(auto begun, begin_load(ports_, spec_,
                                          pipeline::upload_part_label(spec_.query_id, parts_ + 1),
                                          {.rows_before = durable_rows_, .crc = waiting_crc_}));
        if (!begun.is_new) {
            return Error(Code::conflict,
                         "Another upload with this queryId is writing into the table.")
                .named(error_names::kUploadQueryIdRunning);
        }
        const auto number = begun.load.number;
        pipeline::LoadWriter writer(ports_.stores, std::move(begun.load), header_);
        TRY(writer.append(waiting_, waiting_rows_, ports_.stores.clock.wall()));
        TRY(writer.finish(0, 0));
        waiting_.clear();
        waiting_rows_ = 0;
        committing_end_ = waiting_end_;
        is_committing_ = true;
        commit_surely(ports_, number, [self = shared_from_this()](Result<Load> outcome) {
            self->spec_.on_strand(
                [self, outcome = std::move(outcome)] { self->committed(outcome); });
        });
        return {};
    }

    void committed(const Result<Load>& outcome) {
        is_committing_ = false;
        if (outcome.ok()) {
            ++parts_;
            durable_rows_ += outcome.value().counts.rows;
            durable_end_ = committing_end_;
            wait_visible(outcome.value());
        } else {
            failure_ = outcome.error();
        }
        if (const auto written = write_next(); !written.ok()) failure_ = written.error();
        go_on();
    }

    void wait_visible(const Load& load) {
        ++invisible_;
        ports_.wait_visible(
            load, ports_.limits.visible,
            [self = shared_from_this(), number = load.number](bool is_visible) {
                self->spec_.on_strand([self, number, is_visible] {
                    --self->invisible_;
                    if (!is_visible) self->note_invisible(number);
                    self->go_on();
                });
            },
            pipeline::VisibleLoads::IfRefused::stays_committed);
    }

    void note_invisible(LoadNumber part) {
        are_visible_ = false;
        if (!set_aside_.empty()) return;
        if (const auto fate = fate_of(ports_, part); fate.ok()) set_aside_ = fate.value();
    }

    // Of attempts before this one, which waits for none of them.
    void look_at_earlier_parts() {
        if (rows_before_ == 0 || !set_aside_.empty()) return;
        const auto imported = ports_.stores.loads.is_imported(load_);
        if (imported.ok() && imported.value()) return;
        note_invisible(load_.number);
    }

    // Towards the end, if that is wanted, as far as it goes.
    void go_on() {
        if (cancelled_ && !is_committing_) return abort();
        if (!done_ || is_committing_) return;
        if (!failure_) {
            if (const auto written = write_next(); !written.ok()) failure_ = written.error();
        }
        if (failure_) return std::exchange(done_, nullptr)(*failure_);
        if (is_committing_) return;
        if (!is_ending_) return commit_operation();
        if (!is_over_ || invisible_ > 0) return;
        look_at_earlier_parts();
        std::exchange(done_, nullptr)(OperationEnd{
            .rows = durable_rows_, .is_visible = are_visible_, .set_aside = set_aside_});
    }

    void commit_operation() {
        is_ending_ = true;
        const auto written =
            ports_.stores.loads.finish_load(load_.number, {}, instant_of(ports_.stores.clock));
        if (!written.ok()) {
            failure_ = written.error();
            return go_on();
        }
        commit_surely(ports_, load_.number, [self = shared_from_this()](Result<Load> outcome) {
            self->spec_.on_strand([self, outcome = std::move(outcome)] {
                self->is_over_ = true;
                if (!outcome.ok()) self->failure_ = outcome.error();
                self->go_on();
            });
        });
    }

    void abort() {
        static_cast<void>(ports_.ends.abort(load_.number, reason_).ok());
        std::exchange(cancelled_, nullptr)();
    }

    const UploadPorts& ports_;
    const OperationSpec spec_;
    const Load load_;  // of the operation
    const std::uint64_t rows_before_;
    const std::optional<std::uint32_t> crc_before_;
    SliceHeader header_;
    std::string waiting_;  // rows
    std::uint64_t waiting_rows_ = 0;
    std::uint32_t waiting_crc_ = 0;  // of all rows up to the last of them
    std::uint64_t waiting_end_ = 0;  // where that ends in the body
    std::uint64_t committing_end_ = 0;
    std::uint64_t durable_end_ = 0;
    bool is_committing_ = false;   // a part
    std::uint64_t parts_;          // committed
    std::uint64_t durable_rows_;   // in them
    std::uint64_t invisible_ = 0;  // parts that are committed and not in the table yet
    bool are_visible_ = true;
    std::string set_aside_;  // why, of the first part that is
    std::optional<Error> failure_;
    std::function<void(Result<OperationEnd>)> done_;
    bool is_ending_ = false;  // the operation itself is committed
    bool is_over_ = false;
    std::function<void()> cancelled_;
    std::string reason_;
};

}  // namespace

Result<std::shared_ptr<WriteOperation>> make_standalone_operation(const UploadPorts& ports,
                                                                  OperationSpec spec, Load load) {
    TRY_ASSIGN(const auto last,
               pipeline::find_last_part(ports.stores.loads, ports.scope, spec.query_id));
    return std::shared_ptr<WriteOperation>(
        std::make_shared<StandaloneOperation>(ports, std::move(spec), std::move(load), last));
}

}  // namespace millrace::upload
