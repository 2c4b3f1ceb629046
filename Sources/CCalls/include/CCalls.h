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

/// How long a thread of the process keeps a processor that others want too, in nanoseconds; Linux before 6.12 takes no
/// notice. `thread`: by number, 0 is the calling one. 0, or -1 with `errno`.
int set_turn(int thread, uint64_t nanos);

/// The same read back; 0 where Linux does not say.
uint64_t turn(int thread);

/// The calling thread gives way to others when the processor is short: `nice`, 0…19, unless it has a higher one already, and
/// turns of 4 ms, since whoever has shorter ones and is woken gets its own at once (Linux 6.12 and later). Best effort.
/// Threads that it starts later do as well.
void give_way(int nice);

/// Lets a read of an address not wait for memory later.
static inline void will_be_read(const void *_Nonnull address) { __builtin_prefetch(address); }
