#define _GNU_SOURCE
#include "CCalls.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int write_out_range(int file, int64_t start, int64_t count) {
    return sync_file_range(
        file, start, count,
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
}

// Of libsqlite3, which whoever calls this links.
extern int sqlite3_db_config(void *connection, int option, ...);

int keep_log_at_close(void *connection) {
    // SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE
    return sqlite3_db_config(connection, 1006, 1, (int *)0);
}

// `sched_attr` of Linux, which Glibc 2.36 leaves out.
struct attributes {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};

int set_turn(int thread, uint64_t nanos) {
    struct attributes now = {0};
    if (syscall(SYS_sched_getattr, thread, &now, sizeof now, 0) != 0) return -1;
    now.runtime = nanos;
    return (int)syscall(SYS_sched_setattr, thread, &now, 0);
}

uint64_t turn(int thread) {
    struct attributes now = {0};
    return syscall(SYS_sched_getattr, thread, &now, sizeof now, 0) == 0 ? now.runtime : 0;
}

void give_way(int nice) {
    // Of the thread alone: its number is no process's.
    if (nice > getpriority(PRIO_PROCESS, 0)) setpriority(PRIO_PROCESS, 0, nice);
    set_turn(0, 4000000);
}
