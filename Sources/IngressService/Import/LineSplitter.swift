/// Cuts a stream of bytes into lines. A line longer than the limit is passed over and told as such, so that no more
/// than one line is ever kept.
struct LineSplitter {
    enum Line: Equatable {
        case text([UInt8])
        case tooLong
    }

    private let limit: Int
    private var rest: [UInt8] = []
    private var isTooLong = false

    init(limit: Int) {
        self.limit = limit
    }

    /// The lines that these bytes complete, in order.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> [Line] {
        var lines: [Line] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(take())
            } else if rest.count < limit {
                rest.append(byte)
            } else {
                isTooLong = true
            }
        }
        return lines
    }

    /// The last line, if it has no end.
    mutating func finish() -> Line? {
        rest.isEmpty && !isTooLong ? nil : take()
    }

    private mutating func take() -> Line {
        defer {
            rest = []
            isTooLong = false
        }
        return isTooLong ? .tooLong : .text(rest)
    }
}
