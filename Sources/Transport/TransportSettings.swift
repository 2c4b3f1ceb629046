// The bounds of both ends of a connection. Bytes and counts; what is beyond is refused or cut off, never kept.

import NIOCore
import Wire

public struct FrameServerSettings: Sendable {
    public var frames = FrameLimits()
    /// Unanswered calls of one connection; the next is answered `overloaded`. Default 16,384.
    public var callsInFlight = 16_384
    /// Open streams of one connection. Default 1,024.
    public var streams = 1_024
    /// Bytes that wait for one reader; with more the connection is closed (I11). Default 8 MiB.
    public var outbound = 8 << 20
    /// Bytes that wait for one reader from which nothing more is read from it, until half are gone. Default 1 MiB.
    public var pauseReadingAt = 1 << 20
    /// A reader who takes nothing for so long while something waits is cut off (I11). Default 10 s.
    public var stall = TimeAmount.seconds(10)
    /// From the connection to its hello. Default 5 s.
    public var handshake = TimeAmount.seconds(5)
    /// How long a graceful stop waits for what is in flight. Default 5 s.
    public var drain = TimeAmount.seconds(5)
    /// Connections that wait to be accepted. Default 256.
    public var backlog: Int32 = 256

    public init() {}
}

public struct WireClientSettings: Sendable {
    /// What becomes of a call while there is no connection.
    public enum Unconnected: Sendable {
        /// It waits until its deadline.
        case wait
        /// It fails at once with `disconnected`; nothing was done.
        case fail
    }

    public var frames = FrameLimits()
    /// Unanswered calls, those that wait for a connection included; the next fails with `overloaded`. Default 16,384.
    public var callsInFlight = 16_384
    /// Open streams. Default 256.
    public var streams = 256
    /// Bytes that wait for the other end; calls beyond fail with `overloaded`. Default 16 MiB.
    public var outbound = 16 << 20
    public var unconnected = Unconnected.wait
    public var backoff = Backoff()
    /// Default 2 s.
    public var connect = TimeAmount.seconds(2)
    /// From the connection to the welcome. Default 5 s.
    public var handshake = TimeAmount.seconds(5)
    /// A connection that was silent for so long is asked for a sign of life, after as long again it is given up.
    /// Default 5 s.
    public var ping = TimeAmount.seconds(5)
    /// Least time between two looks for calls whose deadline passed. Default 10 ms.
    public var deadlineScan = TimeAmount.milliseconds(10)
    /// How long a graceful close waits for replies. Default 5 s.
    public var drain = TimeAmount.seconds(5)

    public init() {}
}

/// Pauses between attempts to connect: `first`, then each `factor` times the one before, at most `longest`.
public struct Backoff: Hashable, Sendable {
    public var first: TimeAmount
    public var factor: Int64
    public var longest: TimeAmount

    public init(first: TimeAmount = .milliseconds(10), factor: Int64 = 2, longest: TimeAmount = .seconds(1)) {
        self.first = first
        self.factor = factor
        self.longest = longest
    }

    /// The pause after that many failures in a row, counted from 1.
    public func pause(after failures: Int) -> TimeAmount {
        var pause = first.nanoseconds
        for _ in 1..<max(1, failures) {
            guard pause < longest.nanoseconds else { break }
            pause = pause.multipliedReportingOverflow(by: factor).overflow ? .max : pause * factor
        }
        return .nanoseconds(min(pause, longest.nanoseconds))
    }
}
