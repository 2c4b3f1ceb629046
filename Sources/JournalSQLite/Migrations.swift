// The tables, as numbered steps; `user_version` is the number of steps taken. Never change a step that was released:
// add one. Protocols/Journal.md describes the result.

import GRDB
import Journal

enum Migrations {
    /// Of the journal.
    static let journal: [String] = [
        """
        CREATE TABLE shard (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            shard INTEGER NOT NULL,
            shards INTEGER NOT NULL,
            term INTEGER NOT NULL,
            holder TEXT NOT NULL,
            checkpoint INTEGER NOT NULL,
            buyers INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE TABLE events (
            first INTEGER PRIMARY KEY,
            last INTEGER NOT NULL CHECK (last >= first),
            term INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE TABLE shops (
            shop TEXT NOT NULL PRIMARY KEY,
            reflects INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE TABLE buyers (
            shop TEXT NOT NULL,
            buyer TEXT NOT NULL,
            reflects INTEGER NOT NULL,
            open INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (shop, buyer)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX buyers_open ON buyers (shop, buyer) WHERE open = 1;
        CREATE TRIGGER buyers_counted AFTER INSERT ON buyers BEGIN UPDATE shard SET buyers = buyers + 1; END;
        CREATE TABLE sessions (
            shop TEXT NOT NULL,
            number INTEGER NOT NULL,
            buyer TEXT NOT NULL,
            agent TEXT,
            ended_at INTEGER NOT NULL,
            last_sequence INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (shop, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sessions_agent ON sessions (shop, agent, number) WHERE agent IS NOT NULL;
        CREATE INDEX sessions_buyer ON sessions (shop, buyer, number);
        CREATE TABLE answers (
            first INTEGER PRIMARY KEY,
            last INTEGER NOT NULL CHECK (last >= first),
            body BLOB NOT NULL
        ) STRICT;
        """,
        // The rows have a file of their own, made again from the events once; the journal may go on in further files.
        """
        DROP TRIGGER buyers_counted;
        DROP TABLE shops;
        DROP TABLE buyers;
        DROP TABLE sessions;
        DROP TABLE answers;
        ALTER TABLE shard DROP COLUMN checkpoint;
        ALTER TABLE shard DROP COLUMN buyers;
        ALTER TABLE shard ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE segments (
            number INTEGER PRIMARY KEY,
            first INTEGER NOT NULL
        ) STRICT;
        """,
        // The commit log that may hold what this file does not.
        """
        ALTER TABLE shard ADD COLUMN log TEXT;
        """,
    ]

    /// Of a file of a commit log.
    static let commits: [String] = [
        """
        CREATE TABLE log (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            taken INTEGER NOT NULL
        ) STRICT;
        INSERT INTO log (id, taken) VALUES (1, 0);
        CREATE TABLE shards (
            shard INTEGER PRIMARY KEY
        ) STRICT;
        CREATE TABLE entries (
            number INTEGER PRIMARY KEY,
            shard INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL CHECK (last >= first),
            term INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        """
    ]

    /// Of the rows beside it.
    static let rows: [String] = [
        """
        CREATE TABLE shard (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            shard INTEGER NOT NULL,
            shards INTEGER NOT NULL,
            term INTEGER NOT NULL,
            checkpoint INTEGER NOT NULL,
            durable INTEGER NOT NULL,
            buyers INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE shops (
            shop TEXT NOT NULL PRIMARY KEY,
            reflects INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE TABLE buyers (
            first INTEGER PRIMARY KEY,
            open INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX buyers_open ON buyers (first) WHERE open = 1;
        CREATE TABLE sessions (
            shop TEXT NOT NULL,
            number INTEGER NOT NULL,
            buyer TEXT NOT NULL,
            agent TEXT,
            ended_at INTEGER NOT NULL,
            last_sequence INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (shop, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sessions_agent ON sessions (shop, agent, number) WHERE agent IS NOT NULL;
        CREATE INDEX sessions_buyer ON sessions (shop, buyer, number);
        CREATE TABLE answers (
            first INTEGER PRIMARY KEY,
            last INTEGER NOT NULL CHECK (last >= first),
            body BLOB NOT NULL
        ) STRICT;
        """,
        // Buyers have runs of their own, made again from the events once.
        """
        DROP TABLE buyers;
        DELETE FROM shops;
        DELETE FROM sessions;
        DELETE FROM answers;
        ALTER TABLE shard DROP COLUMN buyers;
        UPDATE shard SET checkpoint = 0, durable = 0;
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY,
            age INTEGER NOT NULL UNIQUE
        ) STRICT;
        """,
    ]

    /// Of a run of buyers' rows, which is written once.
    static let run = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            shard INTEGER NOT NULL,
            number INTEGER NOT NULL,
            rows INTEGER NOT NULL,
            filter BLOB NOT NULL
        ) STRICT;
        CREATE TABLE buyers (
            first INTEGER PRIMARY KEY,
            open INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX buyers_open ON buyers (first) WHERE open = 1;
        """

    /// Takes the steps that are missing, each in a transaction of its own.
    static func run(_ db: Database, _ steps: [String]) throws {
        let taken = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard taken <= steps.count else {
            throw StoreFault(.mismatch, "format \(taken) is newer than this program's \(steps.count)")
        }
        for (index, step) in steps.enumerated().dropFirst(taken) {
            try db.inTransaction(.immediate) {
                try db.execute(sql: step)
                try db.execute(sql: "PRAGMA user_version = \(index + 1)")
                return .commit
            }
        }
    }
}
