/// How many refusals a connection waits for, and whether it is left unread for that: what it asks for meanwhile would be
/// refused as well.
public struct RefusalsToTell: Sendable {
    private let most: Int
    public private(set) var count = 0
    public private(set) var leavesUnread = false

    /// Beyond `most` it is left unread until half of them are told.
    public init(most: Int) { self.most = most }

    public mutating func change(by change: Int) {
        count += change
        if count > most { leavesUnread = true } else if count <= most / 2 { leavesUnread = false }
    }
}
