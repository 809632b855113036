#pragma once
// Gives the disk what SQLite writes while it writes on, instead of all of it at the next sync.
//
// A large import writes its log of a gigabyte, and a checkpoint its database, without a sync until
// their end. That sync held up everybody's disk for half a second, and with it the small syncs of
// the journal that senders wait for.
// See  docs/adr/0033-sqlite-gives-the-disk-its-bytes-early.md

namespace millrace::sqlite {

// For all databases of the process; a second call does nothing. Errors of the disk are told by the
// sync that follows, as before. Where SQLite does not take the place of its write calls, everything
// stays as it was.
// Thread  any.
void write_early();

}  // namespace millrace::sqlite
