// Calls of Linux and SQLite that Swift does not see: those that Glibc's module leaves out, and those with any number of
// arguments.
#pragma once

#include <stdint.h>
#include <sys/epoll.h>

/// Writes what has changed in a part of a file to its device and waits until it is there, which is no sync: the device may
/// hold it in a cache, and what the file system notes of the file is not written. 0, or -1 with `errno`.
int write_out_range(int file, int64_t start, int64_t count);

/// From now on closing an SQLite connection leaves the write-ahead log as it is. `connection`: an `sqlite3 *`. SQLite's
/// result code.
int keep_log_at_close(void *connection);
