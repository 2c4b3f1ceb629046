// The edge's bounds, with their defaults. A wrong one is named when the process starts.

import Foundation

/// Settings of one ingress process.
public struct IngressSettings: Sendable {
    /// Largest body of a request that is not streamed, in bytes. 1,024…16,777,216, default 262,144.
    public var bodyLimit = 262_144
    /// Longest text of a message, in bytes of UTF-8. 1…65,536, default 8,192.
    public var textLimit = 8_192
    /// Most requests in hand. Consults may use all of it, agents' replies a quarter more, reads three quarters,
    /// imports half. 16…1,000,000, default 4,096.
    public var inFlight = 4_096
    /// One shop's part of `inFlight`: one in so many. 1…1,000, default 4.
    public var shopPart = 4
    /// When even the fastest answers take longer, `inFlight` shrinks until they do not. 1…60,000, default 250.
    public var oldAnswerMillis = 250
    /// Messages of one event loop that are with the routers, from which on others stand in line, where the shops take turns,
    /// until nobody does. 1…1,000,000, default 256.
    public var lineFrom = 256
    /// Messages in line that one event loop gives to the routers before it reads its sockets again, and of a long line at
    /// least one in sixteen. 1…10,000, default 32.
    public var asksAtOnce = 32
    /// Messages of one event loop that are with the routers at once, while there is a line; twice as many for agents'
    /// replies, and for shops of which no more than one turn waits. Those that are there for longer than `slowAskMillis`,
    /// twice as long at most, are not counted. 1…1,000,000, default 512, and 1…60,000, default 20.
    public var asking = 512
    public var slowAskMillis = 20
    /// Messages of one shop that go to the routers before the next shop's turn. 1…10,000, default 4.
    public var askTurn = 4
    /// While a line waits, whoever is refused is told so later. 0…2,000 ms, default 200.
    public var refusalMillis = 200
    /// Most streams at once, and one shop's part of them as above. 1…1,000,000, default 10,000.
    public var streams = 10_000
    /// Most connections at once. 1…1,000,000, default 20,000.
    public var connections = 20_000
    /// Event loops. 1…64; default one for two processors, since the routers need the others.
    public var threads = min(max(1, ProcessInfo.processInfo.activeProcessorCount / 2), 64)
    /// Seconds after which a connection without a request is closed, and within which the body of a command must have
    /// come in. 1…3,600, default 75.
    public var idleSeconds = 75
    /// A stream whose reader is this many bytes or seconds behind is cut off (I11). Defaults 1,048,576 and 10.
    public var streamBacklogBytes = 1_048_576
    public var streamBacklogSeconds = 10
    /// Seconds between two heartbeats of a stream. 1…300, default 15.
    public var heartbeatSeconds = 15
    /// Longest line of an import, in bytes, and most lines of it on their way to the desk. Defaults 262,144 and 256.
    public var importLineLimit = 262_144
    public var importWindow = 256
    /// Most bad lines of an import that are named; all are counted. Default 1,000.
    public var importNamedLines = 1_000
    /// Verified tokens that are remembered, beside the last one of each connection. 0…1,000,000, default 10,000.
    public var rememberedTokens = 10_000

    public init() {}

    /// The settings that are out of their ranges, each as a line; empty if none.
    public func faults() -> [String] {
        var faults: [String] = []
        func check(_ value: Int, _ range: ClosedRange<Int>, _ name: String) {
            if !range.contains(value) {
                faults.append("\(name) must be \(range.lowerBound) to \(range.upperBound), is \(value)")
            }
        }
        check(bodyLimit, 1_024...16_777_216, "bodyLimit")
        check(textLimit, 1...65_536, "textLimit")
        check(inFlight, 16...1_000_000, "inFlight")
        check(shopPart, 1...1_000, "shopPart")
        check(oldAnswerMillis, 1...60_000, "oldAnswerMillis")
        check(lineFrom, 1...1_000_000, "lineFrom")
        check(asksAtOnce, 1...10_000, "asksAtOnce")
        check(asking, 1...1_000_000, "asking")
        check(slowAskMillis, 1...60_000, "slowAskMillis")
        check(askTurn, 1...10_000, "askTurn")
        check(refusalMillis, 0...2_000, "refusalMillis")
        check(streams, 1...1_000_000, "streams")
        check(connections, 1...1_000_000, "connections")
        check(threads, 1...64, "threads")
        check(idleSeconds, 1...3_600, "idleSeconds")
        check(streamBacklogBytes, 65_536...67_108_864, "streamBacklogBytes")
        check(streamBacklogSeconds, 1...3_600, "streamBacklogSeconds")
        check(heartbeatSeconds, 1...300, "heartbeatSeconds")
        check(importLineLimit, 1_024...16_777_216, "importLineLimit")
        check(importWindow, 1...4_096, "importWindow")
        check(importNamedLines, 0...100_000, "importNamedLines")
        check(rememberedTokens, 0...1_000_000, "rememberedTokens")
        return faults
    }
}
