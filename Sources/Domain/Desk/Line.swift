/// First in, first out, in blocks: neither growing nor shrinking moves what stands in it.
struct Line<Element: Sendable>: Sendable {
    private static var perBlock: Int { 1_024 }

    private var blocks: [[Element]] = []
    /// Of the first block, what is gone.
    private var start = 0
    private(set) var count = 0

    init() {}

    var isEmpty: Bool { count == 0 }
    var first: Element? { count > 0 ? self[0] : nil }
    var last: Element? { count > 0 ? self[count - 1] : nil }

    /// Counted from the first that is there.
    subscript(place: Int) -> Element {
        precondition(place >= 0 && place < count, "no such place")
        let place = start + place
        return blocks[place / Self.perBlock][place % Self.perBlock]
    }

    /// For `Desk.lookAhead`: where the next one goes.
    var seenEnd: Int { blocks.last?.count ?? 0 }

    mutating func append(_ element: Element) {
        if blocks.last.map({ $0.count == Self.perBlock }) ?? true {
            var block: [Element] = []
            // A short line takes little memory.
            if !blocks.isEmpty { block.reserveCapacity(Self.perBlock) }
            blocks.append(block)
        }
        blocks[blocks.count - 1].append(element)
        count += 1
    }

    /// Does nothing if it is empty.
    mutating func removeFirst() {
        guard count > 0 else { return }
        count -= 1
        start += 1
        guard start == Self.perBlock || count == 0 else { return }
        blocks.removeFirst()
        start = 0
    }
}
