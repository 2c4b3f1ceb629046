#define _GNU_SOURCE
#include "CCalls.h"

#include <fcntl.h>

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
