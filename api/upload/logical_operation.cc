#include <algorithm>
#include <utility>

#include "api/upload/invisible_rows.h"
#include "api/upload/operation_loads.h"
#include "api/upload/sure_commit.h"

namespace millrace::upload {
namespace {

class LogicalOperation final : public WriteOperation,
                               public std::enable_shared_from_this<LogicalOperation> {
public:
    LogicalOperation(const UploadPorts& ports, OperationSpec spec, Load load)
        : ports_(ports), spec_(std::move(spec)), load_(std::move(load)) {}

    LoadNumber number() const override { return load_.number; }

    Result<void> begin_rows(const SliceHeader& header) override {
        writer_ = std::make_unique<pipeline::LoadWriter>(
            ports_.stores, load_, header,
            pipeline::LoadLimits{.gather_rows = ports_.limits.buffer_rows});
        return {};
    }

    Result<void> add(const bulk::BulkReader::Rows& rows) override {
        rows_ += rows.rows;
        end_ = rows.end;
        return writer_->append(rows.csv, rows.rows, ports_.stores.clock.wall());
    }

    Result<void> sync() override {
        const auto batch = ports_.limits.batch_rows;
        if (rows_ / batch == durable_rows_ / batch) return {};
        TRY(writer_->sync());
        durable_rows_ = rows_;
        durable_end_ = end_;
        return {};
    }
    std::uint64_t durable_rows() const override { return durable_rows_; }
    std::uint64_t durable_bytes() const override { return durable_end_; }
    std::uint64_t kept_rows() const override { return 0; }

    void end(Client client, std::function<void(Result<OperationEnd>)> done) override {
        client_ = client;
        done_ = std::move(done);
        if (const auto written = write(); !written.ok()) return tell(written.error());
        commit_surely(ports_, load_.number, [self = shared_from_this()](Result<Load> outcome) {
            self->spec_.on_strand(
                [self, outcome = std::move(outcome)] { self->committed(outcome); });
        });
    }

    void cancel(std::string_view reason, std::function<void()> done) override {
        if (writer_) {
            writer_->abort(reason);
        } else {
            static_cast<void>(ports_.ends.abort(load_.number, reason).ok());
        }
        spec_.on_strand(std::move(done));
    }

private:
    // Without a row there may be no writer.
    Result<void> write() {
        if (writer_) {
            TRY(writer_->finish(0, 0));
        } else {
            TRY(ports_.stores.loads.finish_load(load_.number, {}, instant_of(ports_.stores.clock)));
        }
        return {};
    }

    void committed(const Result<Load>& outcome) {
        if (!outcome.ok()) return tell(outcome.error());
        using IfRefused = pipeline::VisibleLoads::IfRefused;
        ports_.wait_visible(
            outcome.value(), ports_.limits.visible,
            [self = shared_from_this()](bool is_visible) {
                self->spec_.on_strand([self, is_visible] { self->waited(is_visible); });
            },
            client_ == Client::waits ? IfRefused::is_aborted : IfRefused::stays_committed);
    }

    void waited(bool is_visible) {
        OperationEnd end{.rows = rows_, .is_visible = is_visible, .set_aside = {}};
        if (is_visible) return done_(std::move(end));
        const auto fate = fate_of(ports_, load_.number);
        if (!fate.ok()) return done_(fate.error());
        end.set_aside = fate.value();
        done_(std::move(end));
    }

    void tell(Result<OperationEnd> end) {
        spec_.on_strand([self = shared_from_this(), end = std::move(end)] { self->done_(end); });
    }

    const UploadPorts& ports_;
    const OperationSpec spec_;
    const Load load_;
    std::unique_ptr<pipeline::LoadWriter> writer_;  // once the columns are known
    std::uint64_t rows_ = 0;
    std::uint64_t end_ = 0;  // of these in the body
    std::uint64_t durable_rows_ = 0;
    std::uint64_t durable_end_ = 0;
    Client client_ = Client::waits;
    std::function<void(Result<OperationEnd>)> done_;
};

}  // namespace

std::shared_ptr<WriteOperation> make_logical_operation(const UploadPorts& ports, OperationSpec spec,
                                                       Load load) {
    return std::make_shared<LogicalOperation>(ports, std::move(spec), std::move(load));
}

}  // namespace millrace::upload
